/* alert_cmd: the command alert - see alert_cmd.h */
#include "config.h"

#include "analyzer/alert_cmd.h"

#include "analyzer/alert.h"
#include "analyzer/alert_send.h"
#include "share/base/xmem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define MESSAGE_MAX (1u << 20)
#define WAIT_MS 5000

struct alerting {
	const struct conf *conf;
	struct analysis_store store;
	struct alerts state, now;
	int64_t now_s;
	bool dry, json;
};

static int
complain(const struct err *e)
{
	fprintf(stderr, "tlsherald-analyzer: %s\n", e->text);
	return e->code == ERR_NOENT ? EX_UNAVAILABLE : EX_TEMPFAIL;
}

/* Brings the state up to now; it is not kept yet. */
static int
update(struct alerting *a, struct err *e)
{
	struct analysis_store *s = &a->store;

	if (alerts_load(&a->state, s, e) == -1 ||
	    alerts_find(&a->now, a->conf, s, &a->state, a->now_s, e) == -1 ||
	    alerts_find_expiry(&a->now, a->conf, a->now_s, e) == -1)
		return -1;
	alerts_merge(&a->state, &a->now, a->now_s);
	return 0;
}

/* Tells what waits; the state is as if it were told only when it was. */
static int
tell(struct alerting *a, struct err *e)
{
	struct buf text, json;
	int rc = 0;

	buf_init(&text, MESSAGE_MAX);
	buf_init(&json, MESSAGE_MAX);
	alerts_write_text(&a->state, &text);
	alerts_write_json(&a->state, a->now_s, &json);
	if (a->dry)
		printf("%s%s", buf_str(a->json ? &json : &text),
		    a->json ? "\n" : "");
	else
		rc = alert_send(a->conf, buf_str(&text), buf_str(&json),
		    a->now_s, e);
	buf_clear(&text);
	buf_clear(&json);
	if (rc == 0)
		alerts_mark(&a->state);
	return rc;
}

static int
run(struct alerting *a)
{
	const struct conf *c = a->conf;
	struct err e = { 0 };
	int status = EX_OK;

	if (update(a, &e) == -1)
		return complain(&e);
	if (a->dry)
		return tell(a, &e) == -1 ? complain(&e) : EX_OK;
	if (alerts_due(&a->state, c->report.alert_digest_ms,
		c->report.alert_quiet, a->now_s) &&
	    tell(a, &e) == -1)
		status = complain(&e);
	/* since when, and what was told: also when telling failed */
	if (alerts_save(&a->state, &a->store, &e) == -1)
		status = complain(&e);
	return status;
}

int
alert_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	const struct analysis_limits limits = { .wait_ms = WAIT_MS };
	struct alerting a = { .conf = c, .now_s = (int64_t)time(NULL) };
	char *path;
	struct err e = { 0 };
	int status, rc;

	(void)conf_path;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0) {
			a.dry = true;
		} else if (strcmp(argv[i], "--json") == 0) {
			a.json = true;
		} else {
			fprintf(stderr,
			    "usage: tlsherald-analyzer alert "
			    "[--dry-run] [--json]\n");
			return EX_USAGE;
		}
	}
	if (!a.dry && !alert_has_way(c)) {
		fprintf(stderr,
		    "tlsherald-analyzer: nobody is told: set mail,"
		    " webhook or command in "
		    "[report.analysis.alert]\n");
		return EX_OK;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	path = xasprintf("%s/analysis.db", c->server.state_dir);
	rc = analysis_sqlite_open(path, a.dry ? NULL : &limits, &a.store, &e);
	free(path);
	if (rc == -1)
		return complain(&e);
	status = run(&a);
	alerts_clear(&a.state);
	alerts_clear(&a.now);
	a.store.free(a.store.ctx);
	return status;
}
