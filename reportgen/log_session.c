/* log_session: from lines to TLS sessions - see log_session.h */
#include "config.h"

#include "reportgen/log_session.h"
#include "reportgen/log_set.h"
#include "share/base/map.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define SKIPPED_MAX 8
#define NONE SIZE_MAX
#define CLOCK_SET_BACK_MS INT64_C(3600000)

/* A host that was told as passed over since the last delivery. */
struct skipped {
	char domain[HOSTNAME_SIZE];
	char host[HOSTNAME_SIZE];
};

/* What libtlsrpt was told of a session that has no line yet. */
struct early {
	bool set, lost;
	struct log_peer peer;
	char domain[HOSTNAME_SIZE];
};

struct process {
	struct map_node node;
	struct process *newer, *older; /* by their last line */
	uint32_t pid;
	char program[LOG_PROGRAM_MAX + 1];
	int64_t last_ms;
	struct side_position first; /* of the lines that count */
	struct log_event verify;    /* LOG_UNVERIFIED of the next session */
	struct log_event unusable;  /* likewise */
	struct early early;
	struct log_session *pending;
	size_t npending, cap;
	size_t told; /* the one of pending that was told last, or NONE */
	bool ended;  /* its last line was that of a delivery: */
	char qid[LOG_QID_MAX + 1]; /* more recipients of it may follow */
	struct log_peer peer;
	struct skipped skipped[SKIPPED_MAX];
	size_t nskipped;
};

struct log_sessions {
	struct map map;
	struct process *newest, *oldest;
	size_t n;
	int64_t now_ms; /* of the log */
	char *sender;
	struct log_set own, tellers;
	log_session_emit *emit;
	void *arg;
	struct side_position next; /* of the next session */
	struct log_session_stats stats;
};

struct log_sessions *
log_sessions_new(const char *sender, log_session_emit *emit, void *arg)
{
	struct log_sessions *t = xcalloc(1, sizeof(*t));

	map_init(&t->map);
	t->sender = xstrdup(sender);
	t->emit = emit;
	t->arg = arg;
	log_set_init(&t->own, LOG_OWN_MAX);
	log_set_init(&t->tellers, LOG_TELLERS_MAX);
	return t;
}

/* ---- the processes, in the order of their last lines ---- */

static void
unlink_process(struct log_sessions *t, struct process *p)
{
	if (p->newer != NULL)
		p->newer->older = p->older;
	else
		t->newest = p->older;
	if (p->older != NULL)
		p->older->newer = p->newer;
	else
		t->oldest = p->newer;
	p->newer = p->older = NULL;
}

static void
link_newest(struct log_sessions *t, struct process *p)
{
	p->older = t->newest;
	if (t->newest != NULL)
		t->newest->newer = p;
	else
		t->oldest = p;
	t->newest = p;
}

/* Sessions that wait for a domain have none. */
static void
release(struct log_sessions *t, struct process *p)
{
	t->stats.unclear += p->npending;
	unlink_process(t, p);
	map_remove(&t->map, &p->node);
	t->n--;
	free(p->pending);
	free(p);
}

void
log_sessions_free(struct log_sessions *t)
{
	if (t == NULL)
		return;
	while (t->oldest != NULL)
		release(t, t->oldest);
	map_clear(&t->map);
	log_set_clear(&t->own);
	log_set_clear(&t->tellers);
	free(t->sender);
	free(t);
}

static uint64_t
hash_of(const struct log_sessions *t, const struct log_line *line)
{
	return map_hash(&t->map, line->program, strlen(line->program)) ^
	    map_hash(&t->map, &line->pid, sizeof(line->pid));
}

static struct process *
find_process(struct log_sessions *t, const struct log_line *line)
{
	struct map_node *node = map_first(&t->map, hash_of(t, line));

	for (; node != NULL; node = map_next(node)) {
		struct process *p = MAP_ENTRY(node, struct process, node);

		if (p->pid == line->pid &&
		    strcmp(p->program, line->program) == 0)
			return p;
	}
	return NULL;
}

static struct process *
get_process(struct log_sessions *t, const struct log_line *line,
    const struct side_position *position)
{
	struct process *p = find_process(t, line);

	if (p != NULL) {
		unlink_process(t, p);
	} else {
		if (t->n >= LOG_PROCESSES_MAX)
			release(t, t->oldest);
		p = xcalloc(1, sizeof(*p));
		p->told = NONE;
		p->pid = line->pid;
		(void)text_copy(p->program, sizeof(p->program), line->program);
		p->first = *position;
		map_insert(&t->map, &p->node, hash_of(t, line));
		t->n++;
	}
	p->last_ms = line->ms;
	link_newest(t, p);
	return p;
}

/* The log's time, not ours: what is read late is no older for that. */
static void
expire(struct log_sessions *t, int64_t ms)
{
	if (ms > t->now_ms || t->now_ms - ms > CLOCK_SET_BACK_MS)
		t->now_ms = ms;
	while (
	    t->oldest != NULL && t->now_ms - t->oldest->last_ms > LOG_SILENT_MS)
		release(t, t->oldest);
}

/* ---- sessions of a process ---- */

static bool
same_peer(const struct log_peer *a, const struct log_peer *b)
{
	return strcmp(a->address, b->address) == 0 &&
	    strcmp(a->host, b->host) == 0;
}

static struct log_session *
newest_with(struct process *p, const struct log_peer *peer)
{
	for (size_t i = p->npending; i > 0; i--)
		if (same_peer(&p->pending[i - 1].peer, peer))
			return &p->pending[i - 1];
	return NULL;
}

static void
take_early(struct process *p, struct log_session *s)
{
	if (!p->early.set || !same_peer(&p->early.peer, &s->peer))
		return;
	(void)text_copy(s->domain, sizeof(s->domain), p->early.domain);
	s->told = !p->early.lost;
	p->told = (size_t)(s - p->pending);
	p->early.set = false;
}

static struct log_session *
add_pending(struct log_sessions *t, struct process *p, enum log_fact fact,
    const struct log_peer *peer)
{
	struct log_session *s;

	if (p->npending == LOG_PENDING_MAX) {
		t->stats.unclear++;
		return NULL;
	}
	if (p->npending == p->cap) {
		p->cap = p->cap > 0 ? 2 * p->cap : 1;
		p->pending =
		    xreallocarray(p->pending, p->cap, sizeof(p->pending[0]));
	}
	s = &p->pending[p->npending++];
	memset(s, 0, sizeof(*s));
	s->fact = fact;
	s->peer = *peer;
	s->ms = p->last_ms;
	s->told = log_set_has(&t->tellers, p->program);
	take_early(p, s);
	return s;
}

static void
emit(struct log_sessions *t, const struct process *p, struct log_session *s)
{
	s->first = p->first;
	s->position = t->next;
	t->next.offset++;
	t->stats.sessions++;
	t->emit(t->arg, s);
}

static void
on_established(struct log_sessions *t, struct process *p,
    const struct log_event *e)
{
	bool unusable = p->unusable.kind == LOG_UNUSABLE &&
	    same_peer(&p->unusable.peer, &e->peer);
	struct log_session *s = add_pending(t, p,
	    unusable ? LOG_FACT_UNUSABLE : LOG_FACT_TLS, &e->peer);

	if (s != NULL) {
		s->trust = e->trust;
		if (p->verify.kind == LOG_UNVERIFIED &&
		    same_peer(&p->verify.peer, &e->peer)) {
			s->code = p->verify.code;
			s->reason = p->verify.reason;
		}
	}
	p->verify.kind = p->unusable.kind = LOG_OTHER;
}

/* What failed may be told before the line that makes it a session, or after.*/
static void
on_reported(struct log_sessions *t, struct process *p,
    const struct log_event *e)
{
	struct log_session *s = newest_with(p, &e->peer);
	bool waits = p->verify.kind == LOG_UNVERIFIED ||
	    p->unusable.kind == LOG_UNUSABLE;

	log_set_add(&t->tellers, p->program);
	p->told = NONE;
	if (s != NULL && !waits && s->domain[0] == '\0') {
		(void)text_copy(s->domain, sizeof(s->domain), e->domain);
		s->told = true;
		p->told = (size_t)(s - p->pending);
		return;
	}
	p->early.set = true;
	p->early.lost = false;
	p->early.peer = e->peer;
	(void)text_copy(p->early.domain, sizeof(p->early.domain), e->domain);
}

/* It follows the line of what was to be told. */
static void
on_lost(struct process *p)
{
	if (p->early.set)
		p->early.lost = true;
	else if (p->told != NONE)
		p->pending[p->told].told = false;
}

static void
on_given_up(struct log_sessions *t, struct process *p,
    const struct log_event *e)
{
	if (e->end == LOG_END_NO_STARTTLS && e->peer.address[0] != '\0')
		(void)add_pending(t, p, LOG_FACT_NO_STARTTLS, &e->peer);
	else if (e->end == LOG_END_UNVERIFIED && p->npending > 0)
		p->pending[p->npending - 1].refused = true;
}

/* Several addresses of one host are passed over one by one. */
static void
on_skipped(struct log_sessions *t, struct process *p, const struct log_event *e)
{
	struct log_session s = { .fact = LOG_FACT_SKIPPED,
		.code = e->code,
		.reason = e->reason,
		.ms = p->last_ms };

	for (size_t i = 0; i < p->nskipped; i++)
		if (strcmp(p->skipped[i].domain, e->domain) == 0 &&
		    strcmp(p->skipped[i].host, e->peer.host) == 0)
			return;
	if (p->nskipped < SKIPPED_MAX) {
		struct skipped *at = &p->skipped[p->nskipped++];

		(void)text_copy(at->domain, sizeof(at->domain), e->domain);
		(void)text_copy(at->host, sizeof(at->host), e->peer.host);
	}
	s.peer = e->peer;
	(void)text_copy(s.domain, sizeof(s.domain), e->domain);
	emit(t, p, &s);
}

/* ---- the line of a delivery ---- */

static bool
goes_on(const struct process *p, const struct log_event *e)
{
	return strcmp(p->qid, e->qid) == 0 && same_peer(&p->peer, &e->peer);
}

/* The session that the delivery's last host had, where lines showed none. */
static void
add_last(struct log_sessions *t, struct process *p, const struct log_event *e)
{
	struct log_session *s = newest_with(p, &e->peer);

	if (s != NULL) {
		/* after a handshake that failed, mail may go without TLS */
		s->refused = s->refused || e->end == LOG_END_UNVERIFIED;
		return;
	}
	if (e->reused || goes_on(p, e))
		return;
	if (e->end == LOG_END_NO_STARTTLS)
		(void)add_pending(t, p, LOG_FACT_NO_STARTTLS, &e->peer);
	else if (e->end == LOG_END_HANDSHAKE)
		(void)add_pending(t, p, LOG_FACT_HANDSHAKE, &e->peer);
	else if (e->end == LOG_END_MAIL)
		(void)add_pending(t, p, LOG_FACT_PLAIN, &e->peer);
}

static void
flush(struct log_sessions *t, struct process *p, const struct log_event *e)
{
	bool own = log_set_has(&t->own, e->qid);

	for (size_t i = 0; i < p->npending; i++) {
		struct log_session *s = &p->pending[i];

		if (s->domain[0] == '\0')
			(void)text_copy(s->domain, sizeof(s->domain),
			    e->domain);
		if (own)
			t->stats.own++;
		else if (s->domain[0] == '\0' || s->peer.host[0] == '\0')
			t->stats.unclear++;
		else
			emit(t, p, s);
	}
	p->npending = 0;
	p->told = NONE;
}

static void
on_delivery(struct log_sessions *t, struct process *p,
    const struct log_event *e)
{
	if (e->peer.address[0] != '\0')
		add_last(t, p, e);
	flush(t, p, e);
	p->early.set = false;
	p->verify.kind = p->unusable.kind = LOG_OTHER;
	p->nskipped = 0;
	p->ended = true;
	(void)text_copy(p->qid, sizeof(p->qid), e->qid);
	p->peer = e->peer;
}

/* ---- qmgr ---- */

static bool
is_sender(const struct log_sessions *t, const struct log_event *e)
{
	size_t n = strlen(t->sender);

	return n > 0 && e->sender_len == n &&
	    strncasecmp(e->sender, t->sender, n) == 0;
}

/* Whatever else a process says after a delivery belongs to its next one. */
static void
begin(struct process *p, const struct side_position *position)
{
	p->ended = false;
	p->qid[0] = '\0';
	p->first = *position;
}

static void
on_process(struct log_sessions *t, const struct log_line *line,
    const struct side_position *position, const struct log_event *e)
{
	struct process *p = get_process(t, line, position);

	if (p->ended && !(e->kind == LOG_DELIVERY && goes_on(p, e)))
		begin(p, position);
	switch (e->kind) {
	case LOG_ESTABLISHED:
		on_established(t, p, e);
		break;
	case LOG_UNVERIFIED:
		p->verify = *e;
		break;
	case LOG_UNUSABLE:
		p->unusable = *e;
		break;
	case LOG_HANDSHAKE:
		(void)add_pending(t, p, LOG_FACT_HANDSHAKE, &e->peer);
		break;
	case LOG_GIVEN_UP:
		on_given_up(t, p, e);
		break;
	case LOG_DELIVERY:
		on_delivery(t, p, e);
		break;
	case LOG_SKIPPED:
		on_skipped(t, p, e);
		break;
	case LOG_REPORTED:
		on_reported(t, p, e);
		break;
	case LOG_LOST:
		on_lost(p);
		break;
	case LOG_OTHER:
	case LOG_SENDER:
	case LOG_REMOVED:
		break;
	}
}

/* Its lines name no delivery: they are counted, no more. */
static bool
is_tlsproxy(const struct log_line *line)
{
	return text_ends_nocase(line->program, "/tlsproxy");
}

void
log_sessions_add(struct log_sessions *t, const struct log_line *line,
    const struct side_position *position, const struct log_event *e)
{
	expire(t, line->ms);
	t->next = *position;
	t->stats.reported += e->kind == LOG_REPORTED;
	t->stats.lost += e->kind == LOG_LOST;
	if (e->kind == LOG_SENDER) {
		if (is_sender(t, e))
			log_set_add(&t->own, e->qid);
	} else if (e->kind == LOG_REMOVED)
		log_set_remove(&t->own, e->qid);
	else if (e->kind != LOG_OTHER && !is_tlsproxy(line))
		on_process(t, line, position, e);
}

bool
log_sessions_oldest(const struct log_sessions *t,
    struct side_position *position)
{
	bool any = false;

	for (const struct process *p = t->oldest; p != NULL; p = p->newer)
		if (!any || side_position_compare(&p->first, position) < 0) {
			*position = p->first;
			any = true;
		}
	return any;
}

const struct log_session_stats *
log_sessions_stats(const struct log_sessions *t)
{
	return &t->stats;
}

void
log_sessions_save(const struct log_sessions *t,
    void (*each)(void *arg, const char *what, const char *value), void *arg)
{
	for (size_t i = 0; i < t->own.n; i++)
		each(arg, "own", t->own.item[i]);
	for (size_t i = 0; i < t->tellers.n; i++)
		each(arg, "teller", t->tellers.item[i]);
}

bool
log_sessions_load(struct log_sessions *t, const char *what, const char *value)
{
	if (value[0] == '\0')
		return false;
	if (strcmp(what, "own") == 0 && strlen(value) <= LOG_QID_MAX)
		log_set_add(&t->own, value);
	else if (strcmp(what, "teller") == 0 &&
	    strlen(value) <= LOG_PROGRAM_MAX)
		log_set_add(&t->tellers, value);
	else
		return false;
	return true;
}
