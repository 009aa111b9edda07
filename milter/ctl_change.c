/* ctl_change: sub-commands that change something - see ctl_milter.h */
#include "config.h"

#include "milter/ctl_milter.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/socketmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void
print_object(const json_t *o)
{
	char *line = json_dumps(o, JSON_COMPACT);

	if (line != NULL)
		puts(line);
	free(line);
}

/* ---- purge ---- */

static void
tell_purged(const json_t *o)
{
	char *domain = ctl_string(o, "domain");

	printf("%s: %lld verdicts forgotten%s%s\n", domain,
	    (long long)json_integer_value(json_object_get(o, "verdicts")),
	    json_is_true(json_object_get(o, "failure"))
		? ", what failed is tried again"
		: "",
	    json_is_true(json_object_get(o, "policy"))
		? ", its MTA-STS policy forgotten"
		: "");
	free(domain);
}

int
ctl_purge(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	bool policy = false, json = false;
	const char *domain = NULL;
	char *arg;
	json_t *o;
	int i, status = EX_OK;

	(void)conf_path;
	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--policy") == 0)
			policy = true;
		else if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (argv[i][0] != '-' && domain == NULL)
			domain = argv[i];
		else
			return ctl_milter_usage(
			    "purge DOMAIN [--policy] [--json]");
	if (domain == NULL)
		return ctl_milter_usage("purge DOMAIN [--policy] [--json]");
	arg = xasprintf("%s%s", domain, policy ? " policy" : "");
	o = ctl_milter_ask(c, "purge", arg, NULL, &status);
	free(arg);
	if (o == NULL)
		return status;
	if (json)
		print_object(o);
	else
		tell_purged(o);
	json_decref(o);
	return EX_OK;
}

/* ---- reload ---- */

static void
print_lines(const json_t *o, const char *name, const char *kind)
{
	const json_t *list = json_object_get(o, name);
	char safe[1024];
	const char *text;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		text = json_string_value(json_array_get(list, i));
		if (text != NULL)
			fprintf(stderr, "%s%s\n",
			    text_escape(safe, sizeof(safe), text, strlen(text)),
			    kind);
	}
}

int
ctl_reload(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	int json = ctl_json_only(argc, argv, 1), status = EX_OK;
	bool in_force;
	json_t *o;

	(void)conf_path;
	if (json == -1)
		return ctl_milter_usage("reload [--json]");
	o = ctl_milter_ask(c, "reload", "", NULL, &status);
	if (o == NULL)
		return status;
	in_force = json_is_true(json_object_get(o, "in_force"));
	if (json) {
		print_object(o);
	} else {
		print_lines(o, "mistakes", "");
		print_lines(o, "notices", " (notice)");
		puts(in_force ? "the config file is in force"
			      : "refused: the config in force stays");
	}
	json_decref(o);
	return in_force ? EX_OK : EX_CONFIG;
}

/* ---- import ---- */

enum outcome { KEPT, OLDER, EXPIRED, REFUSED, OUTCOMES };

static const char *const outcome_names[OUTCOMES] = { "kept", "older", "expired",
	"refused" };

struct import {
	const struct conf *conf;
	const char *name; /* of the file */
	size_t n[OUTCOMES];
	size_t line;
	int status;
};

static void
refused(struct import *im, const char *why)
{
	char safe[1024];

	im->n[REFUSED]++;
	fprintf(stderr, "%s:%zu: %s\n", im->name, im->line,
	    text_escape(safe, sizeof(safe), why, strlen(why)));
}

/* One line; false: going on makes no sense. */
static bool
import_line(struct import *im, const char *text)
{
	char *why = NULL;
	const char *result;
	json_t *o;
	size_t i;

	if (strlen(text) + sizeof("import ") > SOCKETMAP_REQUEST_MAX) {
		refused(im, "longer than the daemon takes a policy");
		return true;
	}
	o = ctl_milter_ask(im->conf, "import", text, &why, &im->status);
	if (o == NULL) {
		if (why == NULL)
			return false;
		refused(im, why);
		free(why);
		return true;
	}
	result = json_string_value(json_object_get(o, "result"));
	for (i = 0; i < REFUSED; i++)
		if (result != NULL && strcmp(result, outcome_names[i]) == 0)
			im->n[i]++;
	json_decref(o);
	return true;
}

static void
import_file(struct import *im, FILE *in)
{
	size_t size = 0;
	char *line = NULL;
	ssize_t n;

	while ((n = getline(&line, &size, in)) != -1) {
		im->line++;
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (n == 0)
			continue;
		if (strlen(line) != (size_t)n)
			refused(im, "a NUL octet");
		else if (!import_line(im, line))
			break;
	}
	if (ferror(in)) {
		fprintf(stderr, "tlsherald-milter: %s: %s\n", im->name,
		    strerror(errno));
		im->status = EX_IOERR;
	}
	free(line);
}

static void
tell_imported(const struct import *im, bool json)
{
	json_t *o;
	size_t i;

	if (!json) {
		printf("%zu kept, %zu older than what is here, %zu expired, "
		       "%zu refused\n",
		    im->n[KEPT], im->n[OLDER], im->n[EXPIRED], im->n[REFUSED]);
		return;
	}
	o = json_object();
	json_object_set_new(o, "schema", json_integer(1));
	for (i = 0; i < OUTCOMES; i++)
		json_object_set_new(o, outcome_names[i],
		    json_integer((json_int_t)im->n[i]));
	print_object(o);
	json_decref(o);
}

int
ctl_import(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	int json = argc > 1 ? ctl_json_only(argc, argv, 2) : -1;
	struct import im;
	FILE *in = stdin;

	(void)conf_path;
	if (json == -1)
		return ctl_milter_usage("import FILE|- [--json]");
	memset(&im, 0, sizeof(im));
	im.conf = c;
	im.name = argv[1];
	im.status = EX_OK;
	if (strcmp(argv[1], "-") != 0)
		in = fopen(argv[1], "re");
	if (in == NULL) {
		fprintf(stderr, "tlsherald-milter: %s: %s\n", argv[1],
		    strerror(errno));
		return EX_DATAERR;
	}
	import_file(&im, in);
	if (in != stdin)
		fclose(in);
	/* the status of the last refusal is not that of the whole */
	if (im.status == EX_OK || im.status == EX_DATAERR) {
		tell_imported(&im, json != 0);
		im.status = im.n[REFUSED] > 0 ? EX_DATAERR : EX_OK;
	}
	return im.status;
}
