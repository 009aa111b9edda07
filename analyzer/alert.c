/* alert: the state of alerts, and what is to be told - see alert.h */
#include "config.h"

#include "analyzer/alert.h"

#include "share/app/control_json.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PREFIX "alert."
#define DAY_S 86400

static struct alert *
add(struct alerts *a, const char *key, const char *text)
{
	struct alert *x;

	if (a->n == a->cap) {
		a->cap = a->cap == 0 ? 16 : 2 * a->cap;
		a->item = xreallocarray(a->item, a->cap, sizeof(*a->item));
	}
	x = &a->item[a->n++];
	*x = (struct alert){ .key = xstrdup(key), .text = xstrdup(text) };
	return x;
}

void
alerts_add(struct alerts *a, const char *key, const char *text)
{
	if (a->n < ALERTS_MAX)
		(void)add(a, key, text);
}

void
alerts_clear(struct alerts *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->item[i].key);
		free(a->item[i].text);
	}
	free(a->item);
	memset(a, 0, sizeof(*a));
}

static struct alert *
find(const struct alerts *a, const char *key)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->item[i].key, key) == 0)
			return &a->item[i];
	return NULL;
}

/* ---- state: "SINCE TOLD OVER TEXT" under alert.KEY ---- */

static bool
take_note(void *arg, const char *key, const char *value)
{
	char told, over;
	long long since;
	int n = 0;
	struct alert *x;

	if (sscanf(value, "%lld %c %c %n", &since, &told, &over, &n) != 3 ||
	    n == 0)
		return true; /* not of ours */
	x = add(arg, key + strlen(PREFIX), value + n);
	x->since_s = since;
	x->told = told == '1';
	x->over = over == '1';
	return true;
}

int
alerts_load(struct alerts *a, struct analysis_store *s, struct err *e)
{
	memset(a, 0, sizeof(*a));
	return s->notes(s->ctx, PREFIX, take_note, a, e);
}

static int
save_one(const struct alert *x, struct analysis_store *s, struct err *e)
{
	char *key = xasprintf(PREFIX "%s", x->key);
	char *value = xasprintf("%" PRId64 " %d %d %s", x->since_s, x->told,
	    x->over, x->text);
	/* what is over is kept until that was told, and only then */
	bool gone = x->over && x->told;
	int rc = s->note(s->ctx, key, gone ? NULL : value, e);

	free(key);
	free(value);
	return rc;
}

int
alerts_save(const struct alerts *a, struct analysis_store *s, struct err *e)
{
	for (size_t i = 0; i < a->n; i++)
		if (save_one(&a->item[i], s, e) == -1)
			return -1;
	return 0;
}

void
alerts_merge(struct alerts *state, const struct alerts *now, int64_t now_s)
{
	for (size_t i = 0; i < now->n; i++) {
		struct alert *x = find(state, now->item[i].key);

		if (x == NULL) {
			x = add(state, now->item[i].key, now->item[i].text);
			x->since_s = now_s;
		} else if (x->over) {
			/* again before its end was told: it never ended */
			x->over = false;
			x->told = true;
		}
	}
	for (size_t i = 0; i < state->n; i++) {
		struct alert *x = &state->item[i];

		if (x->over || find(now, x->key) != NULL)
			continue;
		/* its end is to be told only to who knew of it */
		x->over = true;
		x->told = !x->told;
		x->since_s = now_s;
	}
}

/* ---- when ---- */

/* Minutes of the day of "HH:MM"; -1: not of this form. */
static int
minutes(const char *s)
{
	int h, m;

	if (sscanf(s, "%2d:%2d", &h, &m) != 2 || h < 0 || h > 24 || m < 0 ||
	    m > 59)
		return -1;
	return h * 60 + m;
}

bool
alert_is_quiet(const char *quiet, int64_t now_s)
{
	const char *dash = strchr(quiet, '-');
	int from, to, at = (int)(now_s % DAY_S / 60);

	if (dash == NULL || (from = minutes(quiet)) == -1 ||
	    (to = minutes(dash + 1)) == -1)
		return false;
	return from <= to ? at >= from && at < to : at >= from || at < to;
}

bool
alerts_due(const struct alerts *state, int64_t digest_ms, const char *quiet,
    int64_t now_s)
{
	if (alert_is_quiet(quiet, now_s))
		return false;
	for (size_t i = 0; i < state->n; i++)
		if (!state->item[i].told &&
		    state->item[i].since_s + digest_ms / 1000 <= now_s)
			return true;
	return false;
}

void
alerts_mark(struct alerts *state)
{
	for (size_t i = 0; i < state->n; i++)
		state->item[i].told = true;
}

/* ---- what ---- */

static void
write_part(const struct alerts *state, bool over, const char *head,
    struct buf *out)
{
	bool any = false;
	char line[2048];

	for (size_t i = 0; i < state->n; i++) {
		const struct alert *x = &state->item[i];

		if (x->told || x->over != over)
			continue;
		if (!any)
			buf_printf(out, "%s%s\n", out->len > 0 ? "\n" : "",
			    head);
		any = true;
		buf_printf(out, "  %s\n",
		    text_escape(line, sizeof(line), x->text, strlen(x->text)));
	}
}

void
alerts_write_text(const struct alerts *state, struct buf *out)
{
	write_part(state, false, "New:", out);
	write_part(state, true, "Over:", out);
}

void
alerts_write_json(const struct alerts *state, int64_t now_s, struct buf *out)
{
	json_t *o = control_object(), *list = control_need(json_array());
	char *text;

	control_put_time(o, "time", now_s * 1000);
	for (size_t i = 0; i < state->n; i++) {
		const struct alert *x = &state->item[i];
		json_t *one;

		if (x->told)
			continue;
		one = control_need(json_object());
		control_put_str(one, "alert", x->key);
		control_put_str(one, "text", x->text);
		control_put_bool(one, "over", x->over);
		control_put_time(one, "since", x->since_s * 1000);
		(void)json_array_append_new(list, one);
	}
	(void)json_object_set_new(o, "alerts", list);
	text = control_text(o);
	buf_puts(out, text);
	free(text);
}
