/* stats: the sub-command that prints the daemon's counters - see stats.h */
#include "config.h"

#include "milter/stats.h"

#include "share/base/xmem.h"
#include "share/net/socketmap_client.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define CONNECT_MS 1000
#define ANSWER_MS 5000

/* Prints one value under its dotted name, objects member by member. */
static void
print_value(const char *name, const json_t *value)
{
	const char *key;
	json_t *member;
	char *full;

	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, member)
		{
			full = name[0] == '\0' ? xstrdup(key)
					       : xasprintf("%s.%s", name, key);
			print_value(full, member);
			free(full);
		}
		return;
	}
	if (json_is_integer(value))
		printf("%-36s %lld\n", name,
		    (long long)json_integer_value(value));
	else if (json_is_string(value))
		printf("%-36s %s\n", name, json_string_value(value));
	else if (json_is_boolean(value))
		printf("%-36s %s\n", name, json_is_true(value) ? "yes" : "no");
}

static int
print_text(const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	if (!json_is_object(o)) {
		json_decref(o);
		fprintf(stderr,
		    "tlsherald-milter: the daemon's answer is no "
		    "JSON object\n");
		return EX_TEMPFAIL;
	}
	print_value("", o);
	json_decref(o);
	return EX_OK;
}

int
stats_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	char *listen, *reply;
	struct err e;
	int status = EX_OK;

	(void)conf_path;
	if (argc > 1 && !json) {
		fprintf(stderr, "usage: tlsherald-milter stats [--json]\n");
		return EX_USAGE;
	}
	listen = xasprintf("unix:%s", c->control_socket);
	reply = socketmap_ask(listen, "stats", "", CONNECT_MS, ANSWER_MS, &e);
	free(listen);
	if (reply == NULL) {
		fprintf(stderr, "tlsherald-milter: %s: %s\n", c->control_socket,
		    e.text);
		return e.code == ERR_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
	}
	if (strncmp(reply, "OK ", 3) != 0) {
		fprintf(stderr, "tlsherald-milter: %s\n", reply);
		status = EX_TEMPFAIL;
	} else if (json) {
		puts(reply + 3);
	} else {
		status = print_text(reply + 3);
	}
	free(reply);
	return status;
}
