/* destination: where one report goes - see destination.h */
#include "config.h"

#include "reportgen/destination.h"
#include "reportgen/backoff.h"
#include "share/base/xmem.h"
#include "share/net/https_post.h"

#include <stdlib.h>
#include <string.h>

#define MAILTO "mailto:"

static bool
take(void *arg, const struct outbox_destination *o)
{
	struct destinations *d = arg;

	if (d->n == OUTBOX_URIS_MAX)
		return false;
	d->at[d->n++] = (struct destination){
		.uri = xstrdup(o->uri),
		.target = xstrdup(o->target),
		.https = strncmp(o->uri, MAILTO, strlen(MAILTO)) != 0,
		.fate = o->fate,
		.tries = o->tries,
		.first_s = o->first_s,
		.next_s = o->next_s,
		.settled_s = o->settled_s,
		.error = o->error[0] != '\0' ? xstrdup(o->error) : NULL,
	};
	return true;
}

int
destinations_load(struct destinations *d, struct report_db *db, int64_t report,
    struct err *e)
{
	return outbox_destinations(db, report, take, d, e);
}

int
destinations_save(const struct destinations *d, struct report_db *db,
    int64_t report, struct err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct destination *to = &d->at[i];
		const struct outbox_destination o = {
			.report = report,
			.uri = to->uri,
			.target = to->target,
			.fate = to->fate,
			.tries = to->tries,
			.first_s = to->first_s,
			.next_s = to->next_s,
			.settled_s = to->settled_s,
			.error = to->error,
		};

		if (to->changed && outbox_put_destination(db, &o, e) == -1)
			return -1;
	}
	return 0;
}

void
destinations_saved(struct destinations *d)
{
	for (size_t i = 0; i < d->n; i++)
		d->at[i].changed = false;
}

static struct destination *
find(struct destinations *d, const char *uri)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->at[i].uri, uri) == 0)
			return &d->at[i];
	return NULL;
}

/* Adds one that is due; NULL when there is no room. */
static struct destination *
add(struct destinations *d, const char *uri, const char *target, bool https,
    int64_t now_s)
{
	if (d->n == OUTBOX_URIS_MAX)
		return NULL;
	d->at[d->n] = (struct destination){ .uri = xstrdup(uri),
		.target = xstrdup(target),
		.https = https,
		.changed = true,
		.fate = OUTBOX_PENDING,
		.next_s = now_s };
	return &d->at[d->n++];
}

/* A URL: one that cannot be used is there with its fault. */
static void
add_https(struct destinations *d, const char *url, int64_t now_s)
{
	struct https_url u;
	struct err e = { 0 };
	bool good = https_url_parse(url, &u, &e) == 0;
	struct destination *to = add(d, url, good ? u.host : "", true, now_s);

	if (to != NULL && !good)
		destination_settle(to, OUTBOX_REFUSED, e.text, now_s);
}

void
destinations_update(struct destinations *d, const struct tlsrpt_record *record,
    bool https, int64_t now_s)
{
	bool named[OUTBOX_URIS_MAX] = { false };

	for (size_t i = 0; i < record->n; i++) {
		const struct tlsrpt_uri *u = &record->uri[i];
		char address[ADDRESS_SIZE] = "";
		char uri[sizeof(MAILTO) + ADDRESS_SIZE] = MAILTO;
		bool mailto = u->scheme == TLSRPT_MAILTO;
		struct destination *to;

		if (mailto)
			memcpy(uri + strlen(MAILTO),
			    address_format(&u->address, address), ADDRESS_SIZE);
		to = find(d, mailto ? uri : u->url);
		if (to == NULL && mailto)
			(void)add(d, uri, address, false, now_s);
		else if (to == NULL)
			add_https(d, u->url, now_s);
		to = find(d, mailto ? uri : u->url);
		if (to != NULL)
			named[to - d->at] = true;
	}
	for (size_t i = 0; i < d->n; i++) {
		if (d->at[i].fate != OUTBOX_PENDING)
			continue;
		if (!named[i])
			destination_settle(&d->at[i], OUTBOX_REFUSED,
			    "the domain's record does not name it any more",
			    now_s);
		else if (d->at[i].https && !https)
			destination_settle(&d->at[i], OUTBOX_REFUSED,
			    "[report.deliver] https is off", now_s);
	}
}

static void
set_error(struct destination *d, const char *why)
{
	free(d->error);
	d->error = why != NULL && *why != '\0' ? xstrdup(why) : NULL;
	d->changed = true;
}

void
destination_settle(struct destination *d, enum outbox_fate fate,
    const char *why, int64_t now_s)
{
	d->fate = fate;
	d->settled_s = now_s;
	d->next_s = 0;
	set_error(d, why);
}

void
destination_later(struct destination *d, const char *report, const char *why,
    int64_t now_s, int64_t retry_s)
{
	char *key = xasprintf("%s %s", report, d->uri);
	int64_t next_s =
	    backoff_next(key, d->tries, d->first_s, now_s, retry_s);

	free(key);
	if (next_s == 0) {
		destination_settle(d, OUTBOX_REFUSED, why, now_s);
		return;
	}
	d->next_s = next_s;
	set_error(d, why);
}

enum outbox_state
destinations_state(const struct destinations *d)
{
	enum outbox_state state = OUTBOX_FAILED;

	for (size_t i = 0; i < d->n; i++) {
		if (d->at[i].fate == OUTBOX_PENDING)
			return OUTBOX_GOING;
		if (d->at[i].fate == OUTBOX_ACCEPTED)
			state = OUTBOX_SENT;
	}
	return state;
}

const char *
destination_to(const struct destination *d)
{
	return d->https ? d->uri : d->uri + strlen(MAILTO);
}

void
destinations_clear(struct destinations *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->at[i].uri);
		free(d->at[i].target);
		free(d->at[i].error);
	}
	d->n = 0;
}
