/* analysis_memo: what a transaction adds up before it writes - analysis_sqlite.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/analysis_sqlite.h"

#include <stdlib.h>
#include <string.h>

#define MEMO_MAX 8192 /* entries; about a megabyte */

struct analysis_memo {
	struct map_node node;
	enum analysis_statement kind;
	unsigned nids;
	int64_t id[ANALYSIS_MEMO_IDS];
	int64_t v[ANALYSIS_MEMO_VALUES];
};

/* How many values a kind has that is written; 0: it is only remembered. */
static unsigned
values_of(enum analysis_statement kind)
{
	switch (kind) {
	case ANALYSIS_DOMAIN_DAY:
	case ANALYSIS_HELD:
		return 3;
	case ANALYSIS_SENDER_DAY:
		return 4;
	case ANALYSIS_SENDER_DEFECT:
	case ANALYSIS_COUNT:
	case ANALYSIS_ARRIVAL_ADD:
		return 1;
	case ANALYSIS_KIND_DAY:
		return 2;
	default:
		return 0;
	}
}

int64_t *
analysis_memo(struct analysis_sqlite *s, enum analysis_statement kind,
    const int64_t *ids, unsigned nids, bool *fresh)
{
	struct analysis_memo *m;
	uint64_t hash = map_hash(&s->memos, ids, nids * sizeof(*ids)) + kind;
	struct map_node *node = map_first(&s->memos, hash);

	*fresh = false;
	for (; node != NULL; node = map_next(node)) {
		m = MAP_ENTRY(node, struct analysis_memo, node);
		if (m->kind == kind && m->nids == nids &&
		    memcmp(m->id, ids, nids * sizeof(*ids)) == 0)
			return m->v;
	}
	*fresh = true;
	m = xcalloc(1, sizeof(*m));
	m->kind = kind;
	m->nids = nids;
	memcpy(m->id, ids, nids * sizeof(*ids));
	map_insert(&s->memos, &m->node, hash);
	return m->v;
}

/* Stays at the ends of the range. */
static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

void
analysis_memo_add(struct analysis_sqlite *s, enum analysis_statement kind,
    const int64_t *ids, unsigned nids, const int64_t *add)
{
	bool fresh;
	int64_t *v = analysis_memo(s, kind, ids, nids, &fresh);

	for (unsigned i = 0; i < values_of(kind); i++)
		v[i] = plus(v[i], add[i]);
}

static void
free_memo(void *arg, struct map_node *node)
{
	struct analysis_sqlite *s = arg;

	map_remove(&s->memos, node);
	free(MAP_ENTRY(node, struct analysis_memo, node));
}

void
analysis_memo_forget(struct analysis_sqlite *s)
{
	map_each(&s->memos, free_memo, s);
}

struct flush {
	struct analysis_sqlite *s;
	struct err *e;
	int ret;
};

static void
write_memo(void *arg, struct map_node *node)
{
	struct analysis_memo *m = MAP_ENTRY(node, struct analysis_memo, node);
	struct flush *f = arg;
	unsigned n = values_of(m->kind);
	struct analysis_query q;

	if (m->kind == ANALYSIS_ARRIVAL_GET) {
		/* what came before is more from now on */
		free_memo(f->s, node);
		return;
	}
	if (n == 0 || f->ret == -1)
		return;
	q = analysis_query(f->s, m->kind);
	for (unsigned i = 0; i < m->nids; i++)
		analysis_bind(&q, m->id[i]);
	for (unsigned i = 0; i < n; i++)
		analysis_bind(&q, m->v[i]);
	f->ret = analysis_run(&q, f->e, "write");
	map_remove(&f->s->memos, node);
	free(m);
}

int
analysis_memo_flush(struct analysis_sqlite *s, struct err *e)
{
	struct flush f = { s, e, 0 };

	map_each(&s->memos, write_memo, &f);
	return f.ret;
}

int
analysis_memo_trim(struct analysis_sqlite *s, struct err *e)
{
	if (s->memos.n < MEMO_MAX)
		return 0;
	if (analysis_memo_flush(s, e) == -1)
		return -1;
	analysis_memo_forget(s);
	return 0;
}
