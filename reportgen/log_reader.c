/* log_reader: reads a log where it was left - see log_reader.h */
#include "config.h"

#include "reportgen/log_reader.h"
#include "reportgen/log_follow.h"
#include "reportgen/log_journal.h"
#include "reportgen/log_marks.h"
#include "reportgen/log_state.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_AT_ONCE 1024

struct log_reader {
	struct log_reader_env env;
	const struct log_input_kind *kind;
	const char *arg; /* path, or journalctl */
	char source[SIDE_SOURCE_MAX];
	struct log_input *in;
	struct log_sessions *sessions;
	struct log_queue *queue;
	struct log_marks marks;
	struct side_position line; /* of the last line */
	struct side_position
	    done; /* lines before it were sent in a past life */
	struct side_position saved;
	bool any; /* a line was read */
	bool unsaved;
	struct log_session_stats seen; /* what the figures have already */
	struct side_position counted;  /* lines before it are in the tally */
	struct log_tally tally;
};

/* ---- sessions ---- */

static bool
is_past(const struct log_reader *r)
{
	return side_position_compare(&r->line, &r->done) < 0;
}

static void
on_session(void *arg, const struct log_session *s)
{
	struct log_reader *r = arg;

	if (!is_past(r))
		log_queue_add(r->queue, s, &r->line);
}

/* Figures grow by what this line added, unless it was counted before. */
static void
count(struct log_reader *r, const struct log_line *line)
{
	const struct log_session_stats *now = log_sessions_stats(r->sessions);
	uint64_t told = now->reported - r->seen.reported;
	uint64_t lost = now->lost - r->seen.lost;
	struct shared *s = r->env.shared;

	if (!is_past(r)) {
		s->log_lines++;
		s->log_unclear += now->unclear - r->seen.unclear;
		s->dropped[SHARED_OWN] += now->own - r->seen.own;
	}
	if (side_position_compare(&r->line, &r->counted) >= 0) {
		s->tlsrpt_lines += told;
		s->tlsrpt_lost += lost;
		log_tally_add(&r->tally, line->ms, told, lost);
	}
	r->seen = *now;
}

static void
take_line(struct log_reader *r, const struct log_line *line)
{
	enum log_program program =
	    log_line_program(line->program, &r->env.conf->report.log_names);
	struct log_event event;
	struct log_mark mark;

	r->any = r->unsaved = true;
	if (log_marks_due(&r->marks, line->ms)) {
		r->kind->mark(r->in, &mark);
		log_marks_add(&r->marks, &mark, line->ms);
	}
	if (program == LOG_PROGRAM_OTHER)
		return;
	log_event_read(program, line->text, line->len, &event);
	log_sessions_add(r->sessions, line, &r->line, &event);
	count(r, line);
}

/* ---- beginning ---- */

/* A path may be longer than a source's name: short ones stay readable. */
static void
name_source(struct log_reader *r)
{
	const char *path = r->env.conf->report.log;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	if (strcmp(path, "journal") == 0 ||
	    strlen(path) + 5 < sizeof(r->source)) {
		(void)snprintf(r->source, sizeof(r->source), "%s%s",
		    path[0] == '/' ? "file:" : "", path);
		return;
	}
	for (const char *s = path; *s != '\0'; s++)
		hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	(void)snprintf(r->source, sizeof(r->source), "file:%016" PRIx64, hash);
}

static struct log_input *
open_at(const struct log_reader *r, const struct log_mark *mark, struct err *e)
{
	/* a generation that no earlier one can have passed */
	uint64_t generation = (uint64_t)(clock_wall_ms(r->env.clock) / 1000);

	err_clear(e);
	return r->kind->open(r->arg, mark, generation, r->env.log, e);
}

/* Where the last life ended, or as near to it as what is there allows. */
static struct log_input *
open_again(const struct log_reader *r, struct log_state *s, struct err *e)
{
	struct log_input *in = open_at(r, &s->mark, e);

	if (in == NULL && e->code == ERR_NOENT) {
		s->mark = s->recent;
		in = open_at(r, &s->mark, e);
	}
	if (in == NULL && e->code == ERR_NOENT) {
		log_write(r->env.log, LOG_LEVEL_WARN,
		    "log=%s: lines may be lost: %s", s->source, e->text);
		s->mark.token[0] = '\0';
		in = open_at(r, &s->mark, e);
		if (in != NULL)
			r->kind->mark(in, &s->mark);
	}
	return in;
}

static int
open_input(struct log_reader *r, struct err *e)
{
	struct log_state s = { .source = r->env.conf->report.log };

	if (log_state_load(r->env.state, &s, r->sessions, e) == 0) {
		r->done = r->saved = s.done;
		r->counted = s.counted;
		r->tally = s.tally;
		r->in = open_again(r, &s, e);
	} else {
		log_write(r->env.log,
		    e->code == ERR_NOENT ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
		    "log=%s is read from its end: %s", s.source, e->text);
		r->in = open_at(r, NULL, e);
		if (r->in != NULL)
			r->kind->mark(r->in, &s.mark);
		r->unsaved = true;
	}
	if (r->in == NULL)
		return -1;
	r->line = s.mark.position;
	log_marks_add(&r->marks, &s.mark, 0);
	return 0;
}

struct log_reader *
log_reader_new(const struct log_reader_env *env, struct err *e)
{
	struct log_reader *r = xcalloc(1, sizeof(*r));
	bool journal = strcmp(env->conf->report.log, "journal") == 0;

	r->env = *env;
	r->kind = journal ? &log_journal : &log_follow;
	r->arg = journal ? env->journalctl : env->conf->report.log;
	name_source(r);
	log_marks_init(&r->marks);
	r->sessions = log_sessions_new(env->sender, on_session, r);
	r->queue =
	    log_queue_new(env->domains, env->shared, env->send, env->arg);
	if (open_input(r, e) == 0)
		return r;
	log_reader_free(r);
	return NULL;
}

void
log_reader_free(struct log_reader *r)
{
	if (r == NULL)
		return;
	r->kind->close(r->in);
	log_queue_free(r->queue);
	log_sessions_free(r->sessions);
	log_marks_clear(&r->marks);
	free(r);
}

/* ---- work ---- */

static enum log_step
read_lines(struct log_reader *r, struct err *e)
{
	int64_t now_ms = clock_wall_ms(r->env.clock);
	struct log_line line;

	for (int i = 0;
	     i < LINES_AT_ONCE && log_queue_count(r->queue) < LOG_QUEUE_MAX / 2;
	     i++) {
		switch (r->kind->next(r->in, now_ms, &line, &r->line, e)) {
		case 1:
			take_line(r, &line);
			break;
		case 0:
			return LOG_STEP_INPUT;
		default:
			return LOG_STEP_BROKEN;
		}
	}
	return LOG_STEP_MORE;
}

enum log_step
log_reader_step(struct log_reader *r, struct err *e)
{
	enum log_step step = read_lines(r, e);
	struct err why = { 0 };

	if (step == LOG_STEP_BROKEN)
		return step;
	switch (log_queue_drain(r->queue, &why)) {
	case LOG_WAITING:
		return LOG_STEP_READY;
	case LOG_SILENT:
		*e = why;
		return LOG_STEP_RETRY;
	case LOG_KNOWN:
	case LOG_NO_RECORD:
		break;
	}
	return step;
}

int
log_reader_fd(const struct log_reader *r)
{
	return r->kind->fd(r->in);
}

/* How far all was sent, and where reading must begin to go on from there. */
static void
progress(const struct log_reader *r, struct side_position *done,
    struct side_position *needed)
{
	struct side_position oldest, queued;

	*done = r->line;
	done->offset += r->any;
	if (side_position_compare(done, &r->done) < 0)
		*done = r->done;
	*needed = r->line;
	if (log_queue_oldest(r->queue, &oldest, &queued)) {
		*done = oldest;
		*needed = queued;
	}
	if (log_sessions_oldest(r->sessions, &oldest) &&
	    side_position_compare(&oldest, needed) < 0)
		*needed = oldest;
}

bool
log_reader_save(struct log_reader *r, struct side_position *at)
{
	struct log_state s = { .source = r->env.conf->report.log,
		.counted = r->line,
		.tally = r->tally };
	struct side_position needed;
	struct err e = { 0 };

	if (!r->unsaved)
		return false;
	s.counted.offset += r->any;
	if (side_position_compare(&s.counted, &r->counted) < 0)
		s.counted = r->counted;
	progress(r, &s.done, &needed);
	s.recent = *log_marks_find(&r->marks, &s.done);
	s.mark = *log_marks_before(&r->marks, &needed);
	if (log_state_save(r->env.state, &s, r->sessions, &e) == -1) {
		log_write(r->env.log, LOG_LEVEL_ERROR,
		    "log=%s: its position cannot be kept: %s", s.source,
		    e.text);
		return false;
	}
	r->unsaved = log_queue_count(r->queue) > 0;
	if (side_position_compare(&s.done, &r->saved) <= 0)
		return false;
	r->saved = *at = s.done;
	/* the next session may be at "done" itself */
	return at->offset-- > 0;
}

const char *
log_reader_source(const struct log_reader *r)
{
	return r->source;
}
