/* metrics: figures in Prometheus' text format - see metrics.h */
#include "config.h"

#include "reportgen/metrics.h"

#include "reportgen/report_make.h"
#include "reportgen/report_text.h"
#include "share/app/exposition.h"
#include "share/store/report_outbox.h"

#include <inttypes.h>
#include <stdatomic.h>

#define PAGE_MAX (1 << 20)

static uint64_t
get(const _Atomic uint64_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static void
counter(struct buf *b, const char *name, const char *help,
    const _Atomic uint64_t *n)
{
	exposition_single(b, name, "counter", help, get(n));
}

static void
put_process(struct buf *b, const struct metrics_view *v)
{
	static const char *const child[] = { "receiver", "sender", "log" };
	size_t i;

	exposition_family(b, "reportgen_info", "gauge", "Version; always 1.");
	buf_printf(b, "tlsherald_reportgen_info{version=\"%s\"} 1\n",
	    PACKAGE_VERSION);
	exposition_single(b, "reportgen_start_time_seconds", "gauge",
	    "When the daemon started, since 1970.", (uint64_t)v->started);
	exposition_family(b, "reportgen_restarts_total", "counter",
	    "Processes started again after they had died.");
	for (i = 0; i < sizeof(child) / sizeof(child[0]); i++)
		exposition_labelled(b, "reportgen_restarts_total", "process",
		    child[i], get(&v->shared->restarts[i]));
}

static void
put_collector(struct buf *b, const struct shared *s)
{
	int i;

	counter(b, "report_datagrams_total",
	    "Datagrams that MTAs sent, of any kind.", &s->datagrams);
	counter(b, "report_datagram_octets_total", "Octets of them.",
	    &s->octets);
	exposition_family(b, "report_datagram_faults_total", "counter",
	    "Datagrams that were dropped as malformed, by reason.");
	for (i = DATAGRAM_GOOD + 1; i < DATAGRAM_FAULTS; i++)
		exposition_labelled(b, "report_datagram_faults_total", "reason",
		    datagram_fault_name((enum datagram_fault)i),
		    get(&s->fault[i]));
	exposition_single(b, "report_queue_limit", "gauge",
	    "Datagrams that may wait; what finds the queue full is lost.",
	    get(&s->qlen));
}

static void
put_sessions(struct buf *b, const struct shared *s)
{
	int i;

	counter(b, "report_sessions_total", "Sessions counted.", &s->sessions);
	exposition_family(b, "report_sessions_dropped_total", "counter",
	    "Sessions that are not reported, by reason.");
	for (i = 0; i < SHARED_DROPPED; i++)
		exposition_labelled(b, "report_sessions_dropped_total",
		    "reason", shared_dropped_name((enum shared_dropped)i),
		    get(&s->dropped[i]));
	counter(b, "report_sessions_folded_total",
	    "Sessions counted without their details, for want of memory.",
	    &s->folded);
	exposition_single(b, "report_memory_octets", "gauge",
	    "Octets of what is collected and not stored yet.",
	    get(&s->memory_octets));
	exposition_single(b, "report_journal_octets", "gauge",
	    "Octets of its journal.", get(&s->journal_octets));
	counter(b, "report_checkpoints_total", "Times that it was stored.",
	    &s->checkpoints);
	counter(b, "report_checkpoint_failures_total",
	    "Times that it could not be.", &s->checkpoint_errors);
	exposition_single(b, "report_checkpoint_time_seconds", "gauge",
	    "When it was stored last, since 1970; 0: not yet.",
	    (uint64_t)(atomic_load(&s->checkpoint_ms) / 1000));
}

static void
put_log(struct buf *b, const struct shared *s)
{
	counter(b, "report_log_lines_total", "Lines of the MTA's log read.",
	    &s->log_lines);
	counter(b, "report_log_sessions_total", "Sessions found in them.",
	    &s->log_sessions);
	counter(b, "report_log_unclear_total",
	    "Sessions whose lines were not complete.", &s->log_unclear);
	counter(b, "report_tlsrpt_lines_total",
	    "Outcomes that Postfix says it has sent.", &s->tlsrpt_lines);
	counter(b, "report_tlsrpt_lost_total",
	    "Outcomes that Postfix says it could not send.", &s->tlsrpt_lost);
}

static void
put_delivery(struct buf *b, const struct metrics_view *v)
{
	const struct shared *s = v->shared;

	exposition_single(b, "report_can_send", "gauge",
	    "0 while something is missing that reports need; status tells.",
	    report_make_obstacle(v->conf) == NULL && v->signs);
	counter(b, "report_made_total", "Reports made.", &s->reports_made);
	counter(b, "report_mails_total", "Mails that were accepted.",
	    &s->mails_sent);
	counter(b, "report_posts_total",
	    "Reports that were accepted over HTTPS.", &s->posts_sent);
	counter(b, "report_tries_failed_total",
	    "Tries to hand a report over that failed.", &s->tries_failed);
}

/* ---- what stands in the store ---- */

struct states {
	uint64_t n[OUTBOX_STATES];
};

static bool
count(void *arg, const struct outbox_report *r)
{
	struct states *s = arg;

	s->n[r->state]++;
	return true;
}

static void
put_outbox(struct buf *b, const struct metrics_view *v)
{
	struct states s = { { 0 } };
	int64_t next = INT64_MAX;
	struct err e;
	bool good;
	int i;

	good = v->db != NULL &&
	    outbox_each(v->db, NULL, 0, INT64_MAX, (1u << OUTBOX_STATES) - 1,
		count, &s, &e) == 0 &&
	    outbox_next_due(v->db, &next, &e) == 0;
	exposition_single(b, "report_store_ok", "gauge",
	    "0 while the store cannot be read.", good);
	if (!good)
		return;
	exposition_family(b, "report_reports", "gauge",
	    "Reports in the store, by what became of them.");
	for (i = 0; i < OUTBOX_STATES; i++)
		exposition_labelled(b, "report_reports", "state",
		    report_text_state((enum outbox_state)i), s.n[i]);
	exposition_single(b, "report_next_due_time_seconds", "gauge",
	    "When a report is to be sent next, since 1970; 0: none.",
	    next != INT64_MAX ? (uint64_t)next : 0);
}

char *
metrics_text(const struct metrics_view *v)
{
	struct buf b;

	buf_init(&b, PAGE_MAX);
	put_process(&b, v);
	put_collector(&b, v->shared);
	put_sessions(&b, v->shared);
	put_log(&b, v->shared);
	put_delivery(&b, v);
	put_outbox(&b, v);
	return buf_take(&b);
}
