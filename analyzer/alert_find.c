/* alert_find: what wants attention now - see alert.h */
#include "config.h"

#include "analyzer/alert.h"

#include "analyzer/changes.h"
#include "analyzer/posture.h"
#include "analyzer/rows.h"
#include "analyzer/trust.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/report_time.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PERCENT 10000 /* in millionths */

struct finding_failures {
	struct alerts *out;
	const struct alerts *was;
	int64_t today;
};

static bool
wanted(const struct conf *c, const char *kind)
{
	for (size_t i = 0; i < c->report.alert_on.n; i++)
		if (strcmp(c->report.alert_on.item[i], kind) == 0)
			return true;
	return false;
}

static bool
is_known(const struct alerts *was, const char *key)
{
	for (size_t i = 0; i < was->n; i++)
		if (strcmp(was->item[i].key, key) == 0)
			return true;
	return false;
}

static bool
take_failure(void *arg, const struct analysis_failure_sum *s)
{
	struct finding_failures *y = arg;
	char *key = xasprintf("failure|%s|%s|%s|%s", s->domain, s->type, s->mx,
	    s->result);
	char *text;

	/* what failed for long before it was looked at is no news */
	if (s->ever_day > y->today - ALERT_NEW_DAYS || is_known(y->was, key)) {
		text =
		    xasprintf("%s: %s at %s, %" PRId64 " sessions of %" PRId64
			      " sender%s (tlsherald-analyzer failures "
			      "--domain %s)",
			s->domain, *s->result != '\0' ? s->result : "failures",
			*s->mx != '\0' ? s->mx : "any MX", s->sessions,
			s->senders, s->senders == 1 ? "" : "s", s->domain);
		alerts_add(y->out, key, text);
		free(text);
	}
	free(key);
	return true;
}

static int
find_failures(struct alerts *a, struct analysis_store *s,
    const struct alerts *was, const struct analysis_filter *f, int64_t today,
    struct err *e)
{
	const unsigned by = ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TYPE |
	    ANALYSIS_BY_MX | ANALYSIS_BY_RESULT;
	struct finding_failures y = { a, was, today };

	return s->failures(s->ctx, f, by, take_failure, &y, e);
}

static void
add_change(struct alerts *a, const struct change *c)
{
	char *key, *text, day[16];

	if (c->kind == CHANGE_RATE) {
		key = xasprintf("rate|%s", c->domain);
		text = xasprintf("%s: %d.%02d %% of %" PRId64 " sessions fail",
		    c->domain, (int)((1000000 - c->share) / 10000),
		    (int)((1000000 - c->share) % 10000 / 100), c->sessions);
	} else {
		key = xasprintf("silent|%s", c->sender);
		text = xasprintf("%s has not reported since %s", c->sender,
		    rows_day(day, sizeof(day), c->day));
	}
	alerts_add(a, key, text);
	free(key);
	free(text);
}

static int
find_changes(struct alerts *a, const struct conf *c, struct analysis_store *s,
    const struct analysis_filter *f, struct err *e)
{
	struct changes found;

	if (changes_find(&found, s, f, c->report.alert_rate * PERCENT, e) == -1)
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		const struct change *x = &found.item[i];

		if ((x->kind == CHANGE_RATE && wanted(c, "rate")) ||
		    (x->kind == CHANGE_SILENT && wanted(c, "silent")))
			add_change(a, x);
	}
	changes_clear(&found);
	return 0;
}

/*
 * Limits that the intake has hit: "cap.store" with the time of the last one,
 * "cap.sender.DAY.ORGANISATION".
 */
struct caps {
	struct alerts *out;
	int64_t today;
};

static bool
take_cap(void *arg, const char *key, const char *value)
{
	struct caps *y = arg;
	char *name = xasprintf("store|%s", key), *text = NULL, *rest;
	int64_t at;

	if (strcmp(key, "cap.store") == 0 &&
	    report_time_parse(value, strlen(value), &at) != REPORT_TIME_BAD &&
	    at / ANALYSIS_DAY >= y->today - 1)
		text = xasprintf("the store has its full size: reports are "
				 "refused (store-size)");
	else if (strncmp(key, "cap.sender.", 11) == 0 &&
	    strtoll(key + 11, &rest, 10) >= y->today - 1 && *rest == '.')
		text = xasprintf("%s sent more reports than per-organization "
				 "allows a day",
		    rest + 1);
	if (text != NULL)
		alerts_add(y->out, name, text);
	free(name);
	free(text);
	return true;
}

int
alerts_find(struct alerts *a, const struct conf *c, struct analysis_store *s,
    const struct alerts *was, int64_t now_s, struct err *e)
{
	int64_t today = now_s / ANALYSIS_DAY;
	struct analysis_filter f = { .since = today - ALERT_OVER_DAYS,
		.until = today + 1,
		.trust = trust_counted(c) };
	struct caps caps = { a, today };

	memset(a, 0, sizeof(*a));
	if (wanted(c, "failure") &&
	    find_failures(a, s, was, &f, today, e) == -1)
		return -1;
	if (find_changes(a, c, s, &f, e) == -1)
		return -1;
	return wanted(c, "store") ? s->notes(s->ctx, "cap.", take_cap, &caps, e)
				  : 0;
}

/* ---- certificates ---- */

static void
add_expiry(struct alerts *a, const struct published *p, int64_t now_s)
{
	for (size_t i = 0; i < p->nmx; i++) {
		const struct published_mx *mx = &p->mx[i];
		const struct cert_info *c = &mx->probe.cert[0].info;
		char *key, *text, when[32];

		if (!mx->probed || mx->probe.ncerts == 0 ||
		    c->not_after > now_s + POSTURE_EXPIRY_WARN_S)
			continue;
		key = xasprintf("expiry|%s", mx->host);
		text = xasprintf("the certificate of %s ends %s", mx->host,
		    text_rfc3339(when, sizeof(when), (time_t)c->not_after));
		if (!is_known(a, key)) /* an MX host of several domains */
			alerts_add(a, key, text);
		free(key);
		free(text);
	}
}

int
alerts_find_expiry(struct alerts *a, const struct conf *c, int64_t now_s,
    struct err *e)
{
	if (!wanted(c, "expiry"))
		return 0;
	for (size_t i = 0; i < c->server.domains.n; i++) {
		const char *domain = c->server.domains.item[i];
		struct published p;
		int rc;

		if (strpbrk(domain, "*?:/") != NULL ||
		    strchr(domain, '.') == NULL)
			continue;
		rc = published_learn(c, domain, true, &p, e);
		if (rc == 0)
			add_expiry(a, &p, now_s);
		published_clear(&p);
		if (rc == -1)
			return -1;
	}
	return 0;
}
