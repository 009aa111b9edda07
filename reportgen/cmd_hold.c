/* cmd_hold: domains whose reports wait - see cmd_outbox.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/cmd_outbox.h"
#include "share/base/text.h"
#include "share/store/report_outbox.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define ALL "*"

struct hold {
	bool json;
	json_t *list;
	size_t n;
};

static void
show(void *arg, const char *domain)
{
	struct hold *h = arg;

	h->n++;
	if (h->json)
		json_array_append_new(h->list, json_string(domain));
	else
		puts(strcmp(domain, ALL) == 0 ? "all" : domain);
}

/* Lists who is held back; an exit status. */
static int
list(struct hold *h, struct report_db *db)
{
	struct err e;
	json_t *o;
	char *text;

	h->list = json_array();
	if (outbox_held_each(db, show, h, &e) == -1) {
		json_decref(h->list);
		return cli_fail(&e);
	}
	if (!h->json) {
		json_decref(h->list);
		if (h->n == 0)
			puts("nothing is held back");
		return EX_OK;
	}
	o = json_pack("{si,so}", "schema", 1, "held", h->list);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return cli_put_json(text);
}

/* Changes all of them or none. */
static int
change(struct report_db *db, char **words, int n, bool held, struct err *e)
{
	char domain[HOSTNAME_SIZE];
	int rc = 0;

	if (report_db_begin(db, e) == -1)
		return -1;
	for (int i = 0; i < n && rc == 0; i++) {
		if (strcmp(words[i], "all") == 0 || strcmp(words[i], ALL) == 0)
			rc = text_copy(domain, sizeof(domain), ALL);
		else
			rc = cli_domain(words[i], domain, e);
		if (rc == 0)
			rc = outbox_hold(db, domain, held, e);
	}
	if (rc == 0)
		return report_db_commit(db, e);
	report_db_rollback(db);
	return -1;
}

static int
run(const struct conf *c, bool held, int argc, char **argv, const char *usage)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct hold h = { 0 };
	struct report_db *db;
	struct err e;
	int opt, status = EX_OK;

	optind = 0;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'j')
			return cli_usage(usage);
		h.json = true;
	}
	if (!held && optind == argc)
		return cli_usage(usage);
	if ((db = cli_open(c, true, &e)) == NULL)
		return cli_fail(&e);
	if (optind < argc &&
	    change(db, argv + optind, argc - optind, held, &e) == -1)
		status = cli_fail(&e);
	else if (optind == argc || h.json)
		status = list(&h, db);
	report_db_close(db);
	/* what is released may be due */
	if (status == EX_OK && !held)
		(void)!ask_look(c, &e);
	return status;
}

int
cmd_hold(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	(void)conf_path;
	return run(c, true, argc, argv, "hold [DOMAIN...|all] [--json]");
}

int
cmd_release(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	(void)conf_path;
	return run(c, false, argc, argv, "release DOMAIN...|all [--json]");
}
