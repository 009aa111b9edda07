/* intake: what becomes of a datagram - see intake.h */
#include "config.h"

#include "reportgen/intake.h"

#include "reportgen/schedule.h"
#include "share/base/hostname.h"

#include <stdio.h>
#include <string.h>

static bool
has_log(const struct conf *c)
{
	return c->report.log != NULL && c->report.log[0] != '\0';
}

void
intake_init(struct intake *in, const struct conf *c, struct aggregate *a)
{
	memset(in, 0, sizeof(*in));
	in->conf = c;
	in->aggregate = a;
	in->reader = datagram_reader_new();
	in->filter = filter_new(has_log(c));
}

void
intake_clear(struct intake *in)
{
	datagram_reader_free(in->reader);
	filter_free(in->filter);
	memset(in, 0, sizeof(*in));
}

void
intake_set_conf(struct intake *in, const struct conf *c)
{
	in->conf = c;
	filter_set_log(in->filter, has_log(c));
}

/* Begin and length of the bucket; false: nobody is told of that domain. */
static bool
find_bucket(const struct intake *in, struct aggregate_domain *d, int64_t ms,
    int64_t *begin, int32_t *length)
{
	int64_t at = ms / 1000;

	if (d->send == -1)
		d->send = (int)conf_send_for(in->conf, d->name);
	if (d->send == CONF_NEVER)
		return false;
	*length = schedule_bucket((enum conf_send)d->send);
	if (ms < 0)
		at = 0;
	*begin = at - at % *length;
	return true;
}

/* Counts one session. */
static void
count(struct intake *in, struct aggregate_domain *d, int64_t ms,
    const struct report_policy *p)
{
	int64_t begin;
	int32_t length;

	if (!find_bucket(in, d, ms, &begin, &length)) {
		in->counts.dropped[SHARED_NEVER]++;
		return;
	}
	switch (aggregate_add(in->aggregate, d, begin, length, p)) {
	case AGGREGATE_NO_ROOM:
		in->counts.dropped[SHARED_NO_ROOM]++;
		return;
	case AGGREGATE_FOLDED:
		in->counts.folded++;
		break;
	case AGGREGATE_COUNTED:
		break;
	}
	in->counts.sessions++;
}

/* Counts the sessions of a datagram; logged: the log source tells of them. */
static void
take_outcome(struct intake *in, const struct datagram_outcome *o, int64_t ms,
    bool logged)
{
	struct aggregate_domain *d = NULL;

	if (!logged && filter_is_own(in->filter, o->domain, ms)) {
		in->counts.dropped[SHARED_OWN] += o->npolicies;
		return;
	}
	for (size_t i = 0; i < o->npolicies; i++) {
		enum shared_dropped why =
		    filter_session(in->filter, o, &o->policies[i], logged);

		if (why != SHARED_DROPPED) {
			in->counts.dropped[why]++;
			continue;
		}
		if (d == NULL)
			d = aggregate_domain(in->aggregate, o->domain,
			    o->record);
		if (d == NULL)
			in->counts.dropped[SHARED_NO_ROOM]++;
		else
			count(in, d, ms, &o->policies[i]);
	}
}

bool
intake_datagram(struct intake *in, int64_t ms, const char *data, size_t n,
    bool cut)
{
	struct datagram_outcome o;
	enum datagram_fault fault;

	in->counts.datagrams++;
	in->counts.octets += n;
	fault =
	    cut ? DATAGRAM_TOO_LONG : datagram_read(in->reader, data, n, &o);
	in->counts.fault[fault]++;
	if (fault != DATAGRAM_GOOD)
		return false;
	take_outcome(in, &o, ms, false);
	return true;
}

static void
take_log(struct intake *in, const struct side_record *r)
{
	struct datagram_outcome o;
	enum datagram_fault fault;

	fault = datagram_read(in->reader, r->text, r->len, &o);
	if (fault == DATAGRAM_GOOD)
		take_outcome(in, &o, r->ms, true);
	else
		in->counts.fault[fault]++;
}

static void
take_own(struct intake *in, const struct side_record *r)
{
	char domain[HOSTNAME_SIZE];

	if (r->len >= sizeof(domain))
		return;
	memcpy(domain, r->text, r->len);
	domain[r->len] = '\0';
	filter_own(in->filter, domain, r->ms);
}

bool
intake_side(struct intake *in, const char *data, size_t n)
{
	struct side_record r;
	struct err ignored;

	if (side_parse(data, n, &r, &ignored) == -1)
		return false;
	if (r.kind == SIDE_OWN) {
		take_own(in, &r);
		return true;
	}
	if (!position_advance(&in->positions, r.source, &r.position)) {
		if (r.kind == SIDE_LOG)
			in->counts.dropped[SHARED_AGAIN]++;
		return false;
	}
	if (r.kind == SIDE_LOG)
		take_log(in, &r);
	return true;
}

static void
add_counts(struct intake_counts *to, const struct intake_counts *c)
{
	to->datagrams += c->datagrams;
	to->octets += c->octets;
	to->sessions += c->sessions;
	to->folded += c->folded;
	for (int i = 0; i < DATAGRAM_FAULTS; i++)
		to->fault[i] += c->fault[i];
	for (int i = 0; i < SHARED_DROPPED; i++)
		to->dropped[i] += c->dropped[i];
}

void
intake_flush(struct intake *in, struct shared *shared)
{
	struct intake_counts *c = &in->counts;

	add_counts(&in->unstored, c);
	shared->datagrams += c->datagrams;
	shared->octets += c->octets;
	shared->sessions += c->sessions;
	shared->folded += c->folded;
	for (int i = 0; i < DATAGRAM_FAULTS; i++)
		if (c->fault[i] > 0)
			shared->fault[i] += c->fault[i];
	for (int i = 0; i < SHARED_DROPPED; i++)
		if (c->dropped[i] > 0)
			shared->dropped[i] += c->dropped[i];
	memset(c, 0, sizeof(*c));
}

static int
store_one(struct report_db *db, const char *kind, const char *reason,
    uint64_t n, struct err *e)
{
	char name[64];

	if (n == 0)
		return 0;
	snprintf(name, sizeof(name), "collected-%s%s", kind, reason);
	return report_db_add_int(db, name, (int64_t)n, e);
}

int
intake_store(struct report_db *db, const struct intake_counts *c, struct err *e)
{
	if (store_one(db, "datagrams", "", c->datagrams, e) == -1 ||
	    store_one(db, "octets", "", c->octets, e) == -1 ||
	    store_one(db, "folded", "", c->folded, e) == -1)
		return -1;
	for (int i = DATAGRAM_GOOD + 1; i < DATAGRAM_FAULTS; i++)
		if (store_one(db, "fault-",
			datagram_fault_name((enum datagram_fault)i),
			c->fault[i], e) == -1)
			return -1;
	for (int i = 0; i < SHARED_DROPPED; i++)
		if (store_one(db, "dropped-",
			shared_dropped_name((enum shared_dropped)i),
			c->dropped[i], e) == -1)
			return -1;
	return 0;
}
