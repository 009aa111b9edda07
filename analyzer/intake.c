/* intake: one mail in, reports into the store - see intake.h */
#include "config.h"

#include "analyzer/intake_mail.h"

#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

/* Gives other writers, who poll, their turn; see analysis_sqlite.c. */
#define TURN_NS 5000000

/* A mail to put away behind the commit. */
struct away {
	void (*away)(void *ctx, const char *item);
	void *ctx;
	char *item;
};

/* A mail in the window, and what belongs to it. */
struct waiting {
	TAILQ_ENTRY(waiting) next;
	char *data, *place, *recipient;
	struct intake_item item;
	struct intake_proof proof;
	bool judged; /* the proof is there */
	uint64_t token;
	char *seen, *position;
	int64_t mark;
	struct away away; /* item NULL: it stays */
};

TAILQ_HEAD(window, waiting);

struct intake {
	struct analysis_store *store;
	struct intake_options o;
	struct intake_mail mail;
	char *source;
	int64_t source_id;
	bool fresh;  /* nothing was noted of it before */
	bool within; /* a transaction */
	int64_t since_ms;
	unsigned in_batch;
	struct away *away;
	size_t naway, away_room;
	const struct intake_judge *judge;
	bool judge_asked;
	struct window window;
	size_t waiting, octets; /* in the window */
	uint64_t token;
	bool store_failed;
};

static int begin_for_mail(void *arg, struct err *e);

struct intake *
intake_new(struct analysis_store *store, const struct intake_options *o)
{
	struct intake *in = xcalloc(1, sizeof(*in));

	in->store = store;
	in->o = *o;
	in->source = xstrdup("");
	intake_mail_init(&in->mail, store, &in->o);
	in->mail.source = in->source;
	in->mail.begin = begin_for_mail;
	in->mail.arg = in;
	TAILQ_INIT(&in->window);
	return in;
}

static void
forget_away(struct intake *in)
{
	for (size_t i = 0; i < in->naway; i++)
		free(in->away[i].item);
	in->naway = 0;
}

static void
free_waiting(struct intake *in, struct waiting *w)
{
	TAILQ_REMOVE(&in->window, w, next);
	in->waiting--;
	in->octets -= w->item.n;
	free(w->data);
	free(w->place);
	free(w->recipient);
	free(w->seen);
	free(w->position);
	free(w->away.item);
	free(w);
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	in->store->rollback(in->store->ctx);
	while (!TAILQ_EMPTY(&in->window))
		free_waiting(in, TAILQ_FIRST(&in->window));
	forget_away(in);
	free(in->away);
	intake_mail_clear(&in->mail);
	free(in->source);
	free(in);
}

/* ---- transactions ---- */

/* Notes that the store said -1. */
static int
from_store(struct intake *in, int ret)
{
	in->store_failed |= ret == -1;
	return ret;
}

bool
intake_store_failed(const struct intake *in)
{
	return in->store_failed;
}

static int
begin(struct intake *in, struct err *e)
{
	if (in->within)
		return 0;
	if (from_store(in, in->store->begin(in->store->ctx, e)) == -1)
		return -1;
	in->within = true;
	in->since_ms = clock_mono_ms(clock_system());
	in->in_batch = 0;
	return 0;
}

static int
begin_for_mail(void *arg, struct err *e)
{
	return begin(arg, e);
}

static int
commit(struct intake *in, struct err *e)
{
	if (!in->within)
		return 0;
	in->within = false;
	if (from_store(in, in->store->commit(in->store->ctx, e)) == -1) {
		forget_away(in);
		return -1;
	}
	for (size_t i = 0; i < in->naway; i++)
		in->away[i].away(in->away[i].ctx, in->away[i].item);
	forget_away(in);
	return 0;
}

/* Commits what has become long or old, before the next mail. */
static int
commit_when_due(struct intake *in, struct err *e)
{
	const struct timespec turn = { 0, TURN_NS };

	if (!in->within)
		return 0;
	if (in->in_batch < INTAKE_BATCH_MAILS &&
	    clock_mono_ms(clock_system()) - in->since_ms < INTAKE_BATCH_MS)
		return 0;
	if (commit(in, e) == -1)
		return -1;
	(void)nanosleep(&turn, NULL);
	return 0;
}

/* ---- positions ---- */

/* The mail that waits and was taken last, or NULL. */
static struct waiting *
last_waiting(struct intake *in)
{
	return TAILQ_LAST(&in->window, window);
}

static int
note_seen(struct intake *in, const char *item, int64_t mark, struct err *e)
{
	if (begin(in, e) == -1)
		return -1;
	return from_store(in,
	    in->store->seen_add(in->store->ctx, in->source_id, item, mark, e));
}

int
intake_seen(struct intake *in, const char *item, int64_t mark, struct err *e)
{
	struct waiting *w = last_waiting(in);

	if (w == NULL)
		return note_seen(in, item, mark, e);
	free(w->seen);
	w->seen = xstrdup(item);
	w->mark = mark;
	return 0;
}

int
intake_is_seen(struct intake *in, const char *item, int64_t *mark,
    struct err *e)
{
	if (in->fresh)
		return 0;
	return from_store(in,
	    in->store->seen_get(in->store->ctx, in->source_id, item, mark, e));
}

int
intake_each_seen(struct intake *in,
    bool (*each)(void *arg, const char *item, int64_t mark), void *arg,
    struct err *e)
{
	return from_store(in,
	    in->store->seen_each(in->store->ctx, in->source_id, each, arg, e));
}

int
intake_gone(struct intake *in, const char *item, struct err *e)
{
	if (begin(in, e) == -1)
		return -1;
	return from_store(in,
	    in->store->seen_remove(in->store->ctx, in->source_id, item, e));
}

static int
note_position(struct intake *in, const char *state, struct err *e)
{
	if (begin(in, e) == -1)
		return -1;
	return from_store(in,
	    in->store->source_state(in->store->ctx, in->source_id, state, e));
}

int
intake_position(struct intake *in, const char *state, struct err *e)
{
	struct waiting *w = last_waiting(in);

	if (w == NULL)
		return note_position(in, state, e);
	free(w->position);
	w->position = xstrdup(state);
	return 0;
}

/* Takes the name over. */
static void
add_away(struct intake *in, struct away away)
{
	enum analysis_verdict v = in->mail.result.verdict;

	if (v != ANALYSIS_OK && v != ANALYSIS_SALVAGED &&
	    v != ANALYSIS_DUPLICATE) {
		free(away.item);
		return;
	}
	if (in->naway == in->away_room) {
		in->away_room = in->away_room == 0 ? 64 : 2 * in->away_room;
		in->away =
		    xreallocarray(in->away, in->away_room, sizeof(*in->away));
	}
	in->away[in->naway++] = away;
}

void
intake_away(struct intake *in, void (*away)(void *ctx, const char *item),
    void *ctx, const char *item)
{
	struct waiting *w = last_waiting(in);
	const struct away a = { away, ctx, xstrdup(item) };

	if (w == NULL) {
		add_away(in, a);
		return;
	}
	free(w->away.item);
	w->away = a;
}

/* ---- mails ---- */

static int
take(struct intake *in, const struct intake_item *item,
    const struct intake_proof *proof, struct err *e)
{
	if (commit_when_due(in, e) == -1)
		return -1;
	if (intake_mail_take(&in->mail, item, proof, e) == -1) {
		in->within = false;
		in->store->rollback(in->store->ctx);
		forget_away(in);
		return from_store(in, -1);
	}
	in->in_batch++;
	return 0;
}

/* Takes the first of the window in, which is judged. */
static int
take_first(struct intake *in, struct err *e)
{
	struct waiting *w = TAILQ_FIRST(&in->window);
	int ret = take(in, &w->item, &w->proof, e);

	if (ret == 0 && w->seen != NULL)
		ret = note_seen(in, w->seen, w->mark, e);
	if (ret == 0 && w->position != NULL)
		ret = note_position(in, w->position, e);
	if (ret == 0 && w->away.item != NULL) {
		add_away(in, w->away);
		w->away.item = NULL;
	}
	free_waiting(in, w);
	return ret;
}

/* Takes a result of the judge; false when there is none at hand. */
static bool
take_proof(struct intake *in, bool wait)
{
	struct intake_proof proof;
	struct waiting *w;
	uint64_t token;

	if (!in->judge->next(in->judge->ctx, &token, &proof.trust, proof.domain,
		wait))
		return false;
	TAILQ_FOREACH(w, &in->window, next)
		if (w->token == token && !w->judged) {
			w->proof = proof;
			w->judged = true;
		}
	return true;
}

/* Takes in what is judged, until no more than so many mails and octets wait. */
static int
drain(struct intake *in, size_t mails, size_t octets, struct err *e)
{
	while (!TAILQ_EMPTY(&in->window)) {
		bool wait = in->waiting > mails || in->octets > octets;

		if (TAILQ_FIRST(&in->window)->judged) {
			if (take_first(in, e) == -1)
				return -1;
		} else if (!take_proof(in, wait)) {
			if (!wait)
				break;
			/* all results are out: one went missing */
			TAILQ_FIRST(&in->window)->judged = true;
		}
	}
	return 0;
}

static void
append(struct intake *in, const struct intake_item *item,
    const struct intake_proof *proof, bool judged)
{
	struct waiting *w = xcalloc(1, sizeof(*w));

	w->item = *item;
	w->data = xmalloc(item->n + 1);
	memcpy(w->data, item->data, item->n);
	w->item.data = w->data;
	w->item.place = w->place = xstrdup(item->place);
	w->item.recipient = w->recipient = xstrdup(item->recipient);
	w->proof = *proof;
	w->judged = judged;
	w->token = in->token;
	TAILQ_INSERT_TAIL(&in->window, w, next);
	in->waiting++;
	in->octets += item->n;
}

/* Waits for what is proven of a mail that is too long to be copied. */
static int
take_long(struct intake *in, const struct intake_item *item,
    struct intake_proof *proof, struct err *e)
{
	uint64_t token;

	if (drain(in, 0, 0, e) == -1)
		return -1;
	while (in->judge->next(in->judge->ctx, &token, &proof->trust,
	    proof->domain, true))
		if (token == in->token)
			break;
	return take(in, item, proof, e);
}

/* The judge, where there is one for this mail. */
static const struct intake_judge *
judge_for(struct intake *in, const struct intake_item *item,
    char submitter[HOSTNAME_SIZE])
{
	if (in->o.judge == NULL || (in->judge_asked && in->judge == NULL) ||
	    item->n > INTAKE_SIGNED_MAX ||
	    !intake_mail_is_signed(&in->mail, item, submitter))
		return NULL;
	if (!in->judge_asked)
		in->judge = in->o.judge(in->o.arg);
	in->judge_asked = true;
	return in->judge;
}

int
intake_take(struct intake *in, const struct intake_item *item, struct err *e)
{
	struct intake_proof proof = { ANALYSIS_UNKNOWN, "" };
	char submitter[HOSTNAME_SIZE];
	const struct intake_judge *judge = judge_for(in, item, submitter);

	if (judge != NULL) {
		in->token++;
		judge->submit(judge->ctx, item->data, item->n, submitter,
		    (int64_t)time(NULL), in->token);
		if (item->n > INTAKE_WINDOW_OCTETS / 4)
			return take_long(in, item, &proof, e);
		append(in, item, &proof, false);
	} else if (item->n > INTAKE_WINDOW_OCTETS / 4) {
		if (drain(in, 0, 0, e) == -1)
			return -1;
		return take(in, item, &proof, e);
	} else if (TAILQ_EMPTY(&in->window)) {
		return take(in, item, &proof, e);
	} else {
		append(in, item, &proof, true);
	}
	return drain(in, INTAKE_WINDOW_MAILS, INTAKE_WINDOW_OCTETS, e);
}

/* ---- begin and end ---- */

int
intake_source(struct intake *in, const char *name, struct analysis_source *out,
    struct err *e)
{
	if (drain(in, 0, 0, e) == -1 || begin(in, e) == -1 ||
	    from_store(in, in->store->source(in->store->ctx, name, out, e)) ==
		-1)
		return -1;
	free(in->source);
	in->source = xstrdup(name);
	in->mail.source = in->source;
	in->source_id = out->id;
	in->fresh = out->fresh;
	return 0;
}

int
intake_commit(struct intake *in, struct err *e)
{
	return drain(in, 0, 0, e) == -1 ? -1 : commit(in, e);
}

const struct intake_totals *
intake_totals(const struct intake *in)
{
	return &in->mail.totals;
}
