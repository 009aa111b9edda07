/* ctl: sub-commands that ask a running daemon - see ctl.h */
#include "config.h"

#include "share/app/ctl.h"

#include "share/app/control_json.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/socketmap_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define CONNECT_MS 1000
#define ANSWER_MS \
	30000 /* a reload makes a resolver, an import waits for disk */

/* Says what the daemon refused, and gives the status that it means. */
static int
refuse(const struct ctl *ctl, const char *reply, char **refused)
{
	const char *why = strchr(reply, ' ');
	char safe[1024];

	why = why != NULL ? why + 1 : reply;
	if (refused != NULL && strncmp(reply, "PERM ", 5) == 0 &&
	    strncmp(why, CONTROL_DENIED, strlen(CONTROL_DENIED)) != 0) {
		*refused = xstrdup(why);
		return EX_DATAERR;
	}
	fprintf(stderr, "%s: %s\n", ctl->program,
	    text_escape(safe, sizeof(safe), why, strlen(why)));
	if (strncmp(why, CONTROL_DENIED, strlen(CONTROL_DENIED)) == 0)
		return EX_NOPERM;
	return strncmp(reply, "PERM ", 5) == 0 ? EX_DATAERR : EX_TEMPFAIL;
}

json_t *
ctl_ask(const struct ctl *ctl, const char *command, const char *arg,
    char **refused, int *status)
{
	char *listen = xasprintf("unix:%s", ctl->socket), *reply;
	json_t *o = NULL;
	struct err e;

	reply = socketmap_ask(listen, command, arg, CONNECT_MS, ANSWER_MS, &e);
	free(listen);
	if (reply == NULL) {
		fprintf(stderr, "%s: %s: %s\n", ctl->program, ctl->socket,
		    e.text);
		*status = e.code == ERR_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
		return NULL;
	}
	if (strncmp(reply, "OK ", 3) != 0) {
		*status = refuse(ctl, reply, refused);
	} else {
		o = json_loads(reply + 3, 0, NULL);
		if (!json_is_object(o)) {
			json_decref(o);
			o = NULL;
			fprintf(stderr,
			    "%s: the daemon's answer "
			    "is no JSON object\n",
			    ctl->program);
			*status = EX_TEMPFAIL;
		}
	}
	free(reply);
	return o;
}

char *
ctl_string(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	size_t size;
	char *safe;

	if (s == NULL)
		return xstrdup("");
	size = 4 * strlen(s) + 1;
	safe = xmalloc(size);
	return text_escape(safe, size, s, strlen(s));
}

static void
show_all(const json_t *items, bool json, ctl_item *show)
{
	const json_t *item;
	size_t i;
	char *line;

	json_array_foreach(items, i, item)
	{
		if (!json) {
			show(item);
			continue;
		}
		line = json_dumps(item, JSON_COMPACT);
		if (line != NULL)
			puts(line);
		free(line);
	}
}

int
ctl_list(const struct ctl *ctl, const char *command, bool json, ctl_item *show,
    size_t *n)
{
	char *cursor = xstrdup("");
	int status = EX_OK;
	size_t count = 0;

	while (cursor != NULL && status == EX_OK) {
		json_t *page = ctl_ask(ctl, command, cursor, NULL, &status);
		const char *next;

		free(cursor);
		cursor = NULL;
		if (page == NULL)
			break;
		show_all(json_object_get(page, "items"), json, show);
		count += json_array_size(json_object_get(page, "items"));
		next = json_string_value(json_object_get(page, "next"));
		if (next != NULL)
			cursor = xstrdup(next);
		json_decref(page);
		if (fflush(stdout) != 0)
			status = EX_IOERR;
	}
	free(cursor);
	if (n != NULL)
		*n = count;
	return status;
}

int
ctl_json_only(int argc, char **argv, int at)
{
	if (argc == at)
		return 0;
	return argc == at + 1 && strcmp(argv[at], "--json") == 0 ? 1 : -1;
}

int
ctl_usage(const char *program, const char *text)
{
	fprintf(stderr, "usage: %s %s\n", program, text);
	return EX_USAGE;
}
