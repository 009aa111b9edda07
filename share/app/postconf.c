/* postconf: what a host's Postfix is configured to do - see postconf.h */
#include "config.h"

#include "share/app/capture.h"
#include "share/app/postconf.h"
#include "share/base/xmem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

struct setting {
	char *name;
	char *value;
};

struct settings {
	struct setting *at;
	size_t n;
};

struct postconf {
	struct settings main;
	struct settings overrides; /* names "smtp/unix/parameter" */
	struct postconf_service *services;
	size_t nservices;
};

struct postconf *
postconf_new(void)
{
	return xcalloc(1, sizeof(struct postconf));
}

static void
settings_clear(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->at[i].name);
		free(s->at[i].value);
	}
	free(s->at);
}

void
postconf_free(struct postconf *p)
{
	size_t i;

	if (p == NULL)
		return;
	settings_clear(&p->main);
	settings_clear(&p->overrides);
	for (i = 0; i < p->nservices; i++) {
		free(p->services[i].name);
		free(p->services[i].command);
	}
	free(p->services);
	free(p);
}

/* Reads lines "name = value"; others are passed over. */
static void
settings_add(struct settings *s, const char *text)
{
	while (*text != '\0') {
		size_t line = strcspn(text, "\n"), name;
		const char *equal = memchr(text, '=', line), *value;

		if (equal != NULL) {
			for (name = (size_t)(equal - text); name > 0; name--)
				if (!isspace((unsigned char)text[name - 1]))
					break;
			value = equal + 1;
			while (value < text + line && *value == ' ')
				value++;
			s->at = xreallocarray(s->at, s->n + 1, sizeof(*s->at));
			s->at[s->n].name = xstrndup(text, name);
			s->at[s->n++].value =
			    xstrndup(value, (size_t)(text + line - value));
		}
		text += line;
		text += *text == '\n';
	}
}

static const char *
settings_get(const struct settings *s, const char *name)
{
	size_t i;

	/* a parameter given twice: postconf prints what counts, once */
	for (i = 0; i < s->n; i++)
		if (strcmp(s->at[i].name, name) == 0)
			return s->at[i].value;
	return NULL;
}

void
postconf_add_main(struct postconf *p, const char *text)
{
	settings_add(&p->main, text);
}

void
postconf_add_overrides(struct postconf *p, const char *text)
{
	settings_add(&p->overrides, text);
}

/* Takes the next word of *text within its line; false at the line's end. */
static bool
word(const char **text, const char **start, size_t *len)
{
	*text += strspn(*text, " \t");
	*start = *text;
	*len = strcspn(*text, BLANKS);
	*text += *len;
	return *len > 0;
}

/* name type private unprivileged chroot wakeup maxproc command args... */
static void
service_add(struct postconf *p, const char *line)
{
	const char *field[8];
	size_t len[8], i;
	struct postconf_service *s;

	for (i = 0; i < 8; i++)
		if (!word(&line, &field[i], &len[i]))
			return;
	p->services =
	    xreallocarray(p->services, p->nservices + 1, sizeof(*p->services));
	s = &p->services[p->nservices++];
	s->name = xasprintf("%.*s/%.*s", (int)len[0], field[0], (int)len[1],
	    field[1]);
	s->chroot = len[4] == 1 && *field[4] == 'y';
	/* "-" is the default, which was y until Postfix 3.0 */
	if (len[4] == 1 && *field[4] == '-') {
		const char *level = postconf_get(p, "compatibility_level");

		s->chroot = level != NULL && strtol(level, NULL, 10) < 1;
	}
	s->command = xstrndup(field[7], len[7]);
}

void
postconf_add_services(struct postconf *p, const char *text)
{
	while (*text != '\0') {
		/* blanks begin a continuation, which we don't read */
		if (!isspace((unsigned char)*text) && *text != '#')
			service_add(p, text);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

const char *
postconf_get(const struct postconf *p, const char *name)
{
	return settings_get(&p->main, name);
}

const char *
postconf_get_for(const struct postconf *p, const char *service,
    const char *name)
{
	char *key = xasprintf("%s/%s", service, name);
	const char *value = settings_get(&p->overrides, key);

	free(key);
	return value != NULL ? value : postconf_get(p, name);
}

const struct postconf_service *
postconf_service_at(const struct postconf *p, size_t i)
{
	return i < p->nservices ? &p->services[i] : NULL;
}

const struct postconf_service *
postconf_service(const struct postconf *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nservices; i++)
		if (strcmp(p->services[i].name, name) == 0)
			return &p->services[i];
	return NULL;
}

long
postconf_version(const struct postconf *p)
{
	const char *s = postconf_get(p, "mail_version");
	long part[3] = { 0, 0, 0 };
	size_t i;
	char *end;

	if (s == NULL)
		return 0;
	for (i = 0; i < 3; i++) {
		part[i] = strtol(s, &end, 10);
		if (end == s || part[i] < 0 || part[i] > 9999)
			return i == 0 ? 0 : part[0] * 10000 + part[1] * 100;
		if (*end != '.')
			break;
		s = end + 1;
	}
	/* a snapshot's date ("3.11-20251018") says nothing of the patch */
	if (part[2] > 99)
		part[2] = 99;
	return part[0] * 10000 + part[1] * 100 + part[2];
}

char *
postconf_list_next(const char **cursor)
{
	const char *s = *cursor + strspn(*cursor, BLANKS ","), *p;
	int depth = 0;

	for (p = s; *p != '\0'; p++) {
		if (*p == '{')
			depth++;
		else if (*p == '}' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(BLANKS ",", *p) != NULL)
			break;
	}
	*cursor = p;
	return p == s ? NULL : xstrndup(s, (size_t)(p - s));
}

/* Runs postconf with up to two options; gives its output, or NULL and e. */
static char *
run(const char *dir, const char *opt1, const char *opt2, struct err *e)
{
	char *argv[6];
	int status, n = 0;
	char *out;

	argv[n++] = (char *)"postconf";
	if (dir != NULL) {
		argv[n++] = (char *)"-c";
		argv[n++] = (char *)dir;
	}
	argv[n++] = (char *)opt1;
	argv[n++] = (char *)opt2;
	argv[n] = NULL;
	out = capture_output(argv, &status, e);
	if (out != NULL && status != 0) {
		err_set(e, ERR_PERM,
		    "postconf %s ended with status %d (run it to see why)",
		    opt1, status);
		free(out);
		out = NULL;
	}
	return out;
}

struct postconf *
postconf_read(const char *dir, struct err *e)
{
	struct postconf *p = postconf_new();
	char *main_cf, *services = NULL, *overrides = NULL;

	main_cf = run(dir, "-x", NULL, e);
	if (main_cf != NULL)
		services = run(dir, "-M", NULL, e);
	if (services != NULL)
		overrides = run(dir, "-P", "-x", e);
	if (overrides != NULL) {
		postconf_add_main(p, main_cf);
		postconf_add_services(p, services);
		postconf_add_overrides(p, overrides);
	} else {
		postconf_free(p);
		p = NULL;
	}
	free(main_cf);
	free(services);
	free(overrides);
	return p;
}
