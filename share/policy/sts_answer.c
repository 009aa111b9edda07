/* sts_answer: telling those who asked - see sts_answer.h */
#include "config.h"

#include "share/policy/sts_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN_TTL 30 /* seconds until what failed is asked again */

static void
fill_links(const struct sts_entry *en, const struct sts_policy *p, char *name,
    size_t size, struct sts_answer *a)
{
	if (en->txt_text != NULL) {
		a->txt.type = "TXT";
		a->txt.status = dns_security_name(en->txt_security);
		a->txt.ttl = en->txt_ttl;
		a->txt.data = en->txt_text;
	}
	if (p == NULL && a->state != FACTS_STS_FAILED &&
	    a->state != FACTS_STS_PENDING)
		return;
	(void)snprintf(name, size, "https://mta-sts.%s/.well-known/mta-sts.txt",
	    en->domain);
	a->file.name = name;
	a->file.type = "HTTPS";
	a->file.status = p != NULL ? "secure" : "unknown";
}

static void
answer_one(struct sts_query *q, const struct sts_answer *a)
{
	sts_callback *cb = q->cb;
	void *arg = q->arg;

	free(q);
	cb(arg, a);
}

/* How long the record that was seen may be relied on. */
static int64_t
txt_ttl_ms(const struct sts_entry *en)
{
	return (en->txt_ttl < FACTS_TTL_MAX ? en->txt_ttl : FACTS_TTL_MAX) *
	    STS_SECOND_MS;
}

/*
 * Whether the record is to be looked at again: as early as the decisions
 * that rest on it are renewed.
 */
bool
sts_answer_due(const struct sts_entry *en)
{
	return en->phase == STS_IDLE &&
	    sts_entry_mono(en) >= en->txt_due_ms - txt_ttl_ms(en) / 4;
}

static uint32_t
policy_ttl(const struct sts_entry *en, const struct sts_policy *p)
{
	int64_t left =
	    (sts_policy_expires(p) - sts_entry_wall(en)) / STS_SECOND_MS;
	int64_t due = (en->txt_due_ms - sts_entry_mono(en)) / STS_SECOND_MS;

	/* The record is looked at again at its own TTL, or just now. */
	if (sts_answer_due(en))
		due = txt_ttl_ms(en) / STS_SECOND_MS;
	if (due < FACTS_TTL_MIN)
		due = FACTS_TTL_MIN;
	if (due < left)
		left = due;
	if (left > FACTS_TTL_MAX)
		left = FACTS_TTL_MAX;
	return left > 1 ? (uint32_t)left : 1;
}

static void
make_answer(struct sts_entry *en, enum facts_sts state, char *name, size_t size,
    struct sts_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->state = state;
	a->why = "";
	a->ttl = en->txt_ttl;
	if (state == FACTS_STS_POLICY) {
		a->policy = en->policy;
		a->ttl = policy_ttl(en, en->policy);
	} else if (state == FACTS_STS_FAILED) {
		a->why = en->why;
		a->ttl = UNKNOWN_TTL;
	} else if (state == FACTS_STS_PENDING || state == FACTS_STS_UNKNOWN) {
		a->ttl = UNKNOWN_TTL;
	}
	a->no_server = state == FACTS_STS_UNKNOWN && en->txt_no_server;
	fill_links(en, a->policy, name, size, a);
	if (state == FACTS_STS_FAILED)
		a->file.why = en->why;
	else if (state == FACTS_STS_PENDING)
		a->file.why = (char *)(uintptr_t) "still under way";
}

/* Answers everybody who waits. The entry may be gone afterwards. */
void
sts_answer_all(struct sts_entry *en, enum facts_sts state)
{
	char name[HOSTNAME_SIZE + 64];
	struct sts_query *q = en->waiting;
	struct sts_answer a;
	bool asking = en->asking;

	en->waiting = NULL;
	en->asking = true; /* callbacks must not make us go away */
	make_answer(en, state, name, sizeof(name), &a);
	while (q != NULL) {
		struct sts_query *next = q->next;

		answer_one(q, &a);
		q = next;
	}
	en->asking = asking;
	sts_entry_tidy(en);
}
