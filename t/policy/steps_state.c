/* steps_state: overrides and what domains lost - see steps.h */
#include "config.h"

#include "share/base/text.h"
#include "t/policy/steps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The engine must be there, also where nothing was asked yet. */
static int
overrides_of(struct world *w, struct overrides **out, struct err *e)
{
	if (world_start(w, e) == -1)
		return -1;
	*out = engine_overrides(w->engine);
	return 0;
}

static enum decision_level
level_of(const char *name)
{
	enum decision_level level = 0;

	while (level < LEVELS && strcmp(decision_level_name(level), name) != 0)
		level++;
	return level;
}

/* override DOMAIN LEVEL DURATION [force] */
static int
run_override(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	struct override o = { .level = level_of(a[2]), .force = a[4] != NULL };
	int64_t for_ms = steps_duration(a[3], e);
	struct overrides *t;

	if (for_ms == -1 || overrides_of(w, &t, e) == -1)
		return -1;
	(void)text_copy(o.domain, sizeof(o.domain), a[1]);
	(void)text_copy(o.reason, sizeof(o.reason), "test");
	(void)text_copy(o.by, sizeof(o.by), "me");
	return overrides_add(t, &o, for_ms, e);
}

static int
run_override_remove(struct world *w, const struct step_line *l, struct err *e)
{
	struct overrides *t;

	if (overrides_of(w, &t, e) == -1)
		return -1;
	return overrides_remove(t, l->words->word[1], e);
}

static int
run_expect_overrides(struct world *w, const struct step_line *l, struct err *e)
{
	struct overrides *t;
	int64_t want = steps_number(l->words->word[1], e);

	if (want == -1 || overrides_of(w, &t, e) == -1)
		return -1;
	if ((size_t)want == overrides_count(t))
		return 0;
	return err_set(e, ERR_BUG, "there are %zu", overrides_count(t));
}

/* ---- what domains lost ---- */

static const struct store_downgrade *
find_downgrade(const struct world *w, const char *domain, const char *what)
{
	const struct memory_downgrade *d = w->store.downgrades;

	for (; d != NULL; d = d->next)
		if (strcmp(d->downgrade.domain, domain) == 0 &&
		    (what == NULL || strcmp(d->downgrade.what, what) == 0))
			return &d->downgrade;
	return NULL;
}

/* expect-downgrade DOMAIN WHAT [DETAIL] */
static int
run_expect_downgrade(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	const struct store_downgrade *d = find_downgrade(w, a[1], a[2]);

	if (d == NULL)
		return err_set(e, ERR_BUG, "it is not listed");
	if (a[3] != NULL && strcmp(d->detail, a[3]) != 0)
		return err_set(e, ERR_BUG, "its detail is \"%s\"", d->detail);
	return 0;
}

static int
run_expect_no_downgrade(struct world *w, const struct step_line *l,
    struct err *e)
{
	const struct store_downgrade *d =
	    find_downgrade(w, l->words->word[1], NULL);

	return d == NULL ? 0 : err_set(e, ERR_BUG, "%s is listed", d->what);
}

/* expect-history-writes N: transactions since the scenario began. */
static int
run_expect_writes(struct world *w, const struct step_line *l, struct err *e)
{
	int64_t want = steps_number(l->words->word[1], e);

	if (want == -1)
		return -1;
	if (want == w->store.histories_put)
		return 0;
	return err_set(e, ERR_BUG, "there were %u", w->store.histories_put);
}

/* ---- outcomes ---- */

/* expect-outcome TEXT: a part of one, "DOMAIN TYPE ..." */
static int
run_expect_outcome(struct world *w, const struct step_line *l, struct err *e)
{
	if (strstr(buf_str(&w->outcomes), l->rest) != NULL)
		return 0;
	return err_set(e, ERR_BUG, "there are: %.300s", buf_str(&w->outcomes));
}

static int
run_expect_outcomes(struct world *w, const struct step_line *l, struct err *e)
{
	int64_t want = steps_number(l->words->word[1], e), n = 0;

	for (const char *p = buf_str(&w->outcomes); *p != '\0'; p++)
		n += *p == '\n';
	if (want == n || want == -1)
		return want == -1 ? -1 : 0;
	return err_set(e, ERR_BUG, "there are %" PRId64 ": %.300s", n,
	    buf_str(&w->outcomes));
}

/* expect-transfers-most N: at a time, since the scenario began. */
static int
run_expect_most(struct world *w, const struct step_line *l, struct err *e)
{
	int64_t want = steps_number(l->words->word[1], e);

	if (want == -1)
		return -1;
	if ((size_t)want == w->http.most)
		return 0;
	return err_set(e, ERR_BUG, "there were %zu", w->http.most);
}

const struct step steps_state[] = {
	{ "override", 3, run_override },
	{ "override-remove", 1, run_override_remove },
	{ "expect-overrides", 1, run_expect_overrides },
	{ "expect-downgrade", 2, run_expect_downgrade },
	{ "expect-no-downgrade", 1, run_expect_no_downgrade },
	{ "expect-history-writes", 1, run_expect_writes },
	{ "expect-outcome", 1, run_expect_outcome },
	{ "expect-outcomes", 1, run_expect_outcomes },
	{ "expect-transfers-most", 1, run_expect_most },
	{ NULL, 0, NULL },
};
