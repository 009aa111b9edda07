/* counters: what the milter did since it started - see counters.h */
#include "config.h"

#include "milter/counters.h"

static const char *const names[COUNTERS] = {
	[COUNTER_SESSIONS] = "sessions",
	[COUNTER_MESSAGES] = "messages",
	[COUNTER_RECIPIENTS] = "recipients",
	[COUNTER_OUTGOING] = "outgoing",
	[COUNTER_REFUSED] = "refused",
	[COUNTER_WOULD_REFUSE] = "would_refuse",
	[COUNTER_REJECTED] = "rejected",
	[COUNTER_TEMPFAILED] = "tempfailed",
	[COUNTER_UNSTEERABLE] = "unsteerable",
	[COUNTER_WOULD_UNSTEERABLE] = "would_unsteerable",
	[COUNTER_WEAKER] = "weaker",
	[COUNTER_STEERED] = "steered",
	[COUNTER_TLS_REQUIRED_NO] = "tls_required_no",
	[COUNTER_EXEMPT] = "exempt",
	[COUNTER_BOUND] = "bound",
	[COUNTER_TAGGED] = "tagged",
	[COUNTER_HEADERS_REMOVED] = "headers_removed",
	[COUNTER_PENDING] = "pending",
	[COUNTER_RELOADS] = "reloads",
	[COUNTER_RELOADS_REFUSED] = "reloads_refused",
};

void
counters_add(struct counters *c, enum counter which, uint64_t n)
{
	atomic_fetch_add_explicit(&c->value[which], n, memory_order_relaxed);
}

uint64_t
counters_get(struct counters *c, enum counter which)
{
	return atomic_load_explicit(&c->value[which], memory_order_relaxed);
}

const char *
counters_name(enum counter which)
{
	return names[which];
}
