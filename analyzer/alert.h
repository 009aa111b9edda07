/*
 * alert: what wants an administrator's attention, told once.
 *
 * Conditions are found anew at each run; their state is kept in the store's
 * notes. A condition that is new waits for the digest time and for the end of
 * quiet hours, then it is told, together with whatever else waits. While it
 * lasts nothing is repeated; when it is over one more message says so. One
 * that ends before it was told is forgotten.
 *
 *	failure		a failure tuple that nobody reported before, until
 *			ALERT_OVER_DAYS days without it
 *	rate		a domain above [report.analysis.alert] rate
 *	silent		a sender that used to report
 *	expiry		a certificate of an own MX host that ends soon
 *	store		the store or an organisation has reached its limit
 *
 * Thread safety: none. Limits: ALERTS_MAX conditions at a time.
 * Tests: t/unit/alert.c, t/system/alert.t
 */
#ifndef ALERT_H
#define ALERT_H

#include "share/base/buf.h"
#include "share/conf/conf.h"
#include "share/store/analysis_store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALERTS_MAX 1000
#define ALERT_NEW_DAYS 7
#define ALERT_OVER_DAYS 3

struct alert {
	char *key;  /* the same while it lasts: "failure|example.org|..." */
	char *text; /* one line for people */
	int64_t since_s;
	bool told; /* somebody knows */
	bool over;
};

struct alerts {
	struct alert *item;
	size_t n, cap;
};

/* Adds a condition; texts are copied. */
void alerts_add(struct alerts *a, const char *key, const char *text);

/* Frees what it holds. */
void alerts_clear(struct alerts *a);

/*
 * Finds what the store shows now; was tells which failures are known already
 * and so last on.
 */
int alerts_find(struct alerts *a, const struct conf *c,
    struct analysis_store *s, const struct alerts *was, int64_t now_s,
    struct err *e) MUST_CHECK;

/* Adds certificates of own MX hosts that end soon; connects to them. */
int alerts_find_expiry(struct alerts *a, const struct conf *c, int64_t now_s,
    struct err *e) MUST_CHECK;

/* Reads the state that was kept. */
int alerts_load(struct alerts *a, struct analysis_store *s,
    struct err *e) MUST_CHECK;

/* Keeps the state; what is over and told is forgotten. */
int alerts_save(const struct alerts *a, struct analysis_store *s,
    struct err *e) MUST_CHECK;

/* Brings the state up to what is found now. */
void alerts_merge(struct alerts *state, const struct alerts *now,
    int64_t now_s);

/*
 * Whether a message is due: something waits, for at least digest_ms, and it
 * is not quiet.
 */
bool alerts_due(const struct alerts *state, int64_t digest_ms,
    const char *quiet, int64_t now_s);

/* Whether now lies in hours like "22:00-07:00" (UTC); "": never. */
bool alert_is_quiet(const char *quiet, int64_t now_s);

/* Marks what waits as told. */
void alerts_mark(struct alerts *state);

/* Appends the message for people: what is new, what is over. */
void alerts_write_text(const struct alerts *state, struct buf *out);

/* Appends the same as JSON, one object. */
void alerts_write_json(const struct alerts *state, int64_t now_s,
    struct buf *out);

#endif
