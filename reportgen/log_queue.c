/* log_queue: sessions that wait for what is asked - see log_queue.h */
#include "config.h"

#include "reportgen/log_queue.h"
#include "reportgen/log_outcome.h"
#include "share/base/xmem.h"
#include "share/rpt/datagram.h"

#include <stdlib.h>

struct waiting {
	struct waiting *next;
	struct log_domain *domain;
	struct side_position line;
	struct log_session session;
};

struct log_queue {
	struct log_domains *domains;
	struct shared *shared;
	log_queue_send *send;
	void *arg;
	struct waiting *first, **end;
	size_t n;
	struct buf json;
};

struct log_queue *
log_queue_new(struct log_domains *domains, struct shared *shared,
    log_queue_send *send, void *arg)
{
	struct log_queue *q = xcalloc(1, sizeof(*q));

	q->domains = domains;
	q->shared = shared;
	q->send = send;
	q->arg = arg;
	q->end = &q->first;
	buf_init(&q->json, DATAGRAM_MAX);
	return q;
}

static void
pop(struct log_queue *q)
{
	struct waiting *w = q->first;

	q->first = w->next;
	if (q->first == NULL)
		q->end = &q->first;
	q->n--;
	log_domain_release(w->domain);
	free(w);
}

void
log_queue_free(struct log_queue *q)
{
	if (q == NULL)
		return;
	while (q->first != NULL)
		pop(q);
	buf_clear(&q->json);
	free(q);
}

void
log_queue_add(struct log_queue *q, const struct log_session *s,
    const struct side_position *line)
{
	struct waiting *w = xcalloc(1, sizeof(*w));

	w->session = *s;
	w->line = *line;
	w->domain = log_domain_hold(q->domains, s->domain);
	*q->end = w;
	q->end = &w->next;
	q->n++;
}

/* Sends the first one, of whose domain all is known. */
static int
send_first(struct log_queue *q, struct err *e)
{
	const struct waiting *w = q->first;
	enum log_verdict v = LOG_NOT_FORCE;

	if (log_domain_has_host(w->domain, w->session.peer.host)) {
		buf_reset(&q->json);
		v = log_outcome_write(&w->session, log_domain_policy(w->domain),
		    log_domain_record(w->domain), &q->json);
	}
	if (v == LOG_NOT_FORCE || buf_full(&q->json))
		q->shared->log_unclear++;
	else if (v == LOG_SEND) {
		if (q->send(q->arg, &w->session, buf_str(&q->json), q->json.len,
			e) == -1)
			return -1;
		q->shared->log_sessions++;
	}
	return 0;
}

enum log_known
log_queue_drain(struct log_queue *q, struct err *e)
{
	while (q->first != NULL) {
		enum log_known known = log_domain_look(q->first->domain, e);

		if (known == LOG_WAITING || known == LOG_SILENT)
			return known;
		if (known == LOG_KNOWN && send_first(q, e) == -1)
			return LOG_SILENT;
		pop(q);
	}
	return LOG_KNOWN;
}

size_t
log_queue_count(const struct log_queue *q)
{
	return q->n;
}

bool
log_queue_oldest(const struct log_queue *q, struct side_position *line,
    struct side_position *needed)
{
	if (q->first == NULL)
		return false;
	*line = q->first->line;
	*needed = q->first->session.first;
	for (const struct waiting *w = q->first; w != NULL; w = w->next)
		if (side_position_compare(&w->session.first, needed) < 0)
			*needed = w->session.first;
	return true;
}
