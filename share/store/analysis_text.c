/* analysis_text: interned texts of the analyzer's store - analysis_sqlite.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/store/analysis_sqlite.h"

#include <stdlib.h>
#include <string.h>

#define CACHE_OCTETS (1u << 20)
#define CACHED_MAX 512 /* longer ones are asked of the database each time */

struct cached {
	struct map_node by_text, by_id;
	int64_t id;
	size_t len;
	char text[];
};

void
analysis_text_init(struct analysis_sqlite *s)
{
	map_init(&s->by_text);
	map_init(&s->by_id);
}

static void
free_cached(void *arg, struct map_node *node)
{
	struct analysis_sqlite *s = arg;
	struct cached *c = MAP_ENTRY(node, struct cached, by_text);

	map_remove(&s->by_text, &c->by_text);
	map_remove(&s->by_id, &c->by_id);
	free(c);
}

void
analysis_text_forget(struct analysis_sqlite *s)
{
	map_each(&s->by_text, free_cached, s);
	s->text_octets = 0;
}

void
analysis_text_trim(struct analysis_sqlite *s)
{
	if (s->text_octets > CACHE_OCTETS)
		analysis_text_forget(s);
}

static struct cached *
keep(struct analysis_sqlite *s, int64_t id, const char *text, size_t len)
{
	struct cached *c = xmalloc(sizeof(*c) + len + 1);

	c->id = id;
	c->len = len;
	memcpy(c->text, text, len);
	c->text[len] = '\0';
	map_insert(&s->by_text, &c->by_text,
	    map_hash(&s->by_text, c->text, len));
	map_insert(&s->by_id, &c->by_id, map_hash(&s->by_id, &id, sizeof(id)));
	s->text_octets += sizeof(*c) + len + 1;
	return c;
}

static const struct cached *
look_up(const struct analysis_sqlite *s, const char *text, size_t len)
{
	struct map_node *node =
	    map_first(&s->by_text, map_hash(&s->by_text, text, len));

	for (; node != NULL; node = map_next(node)) {
		const struct cached *c =
		    MAP_ENTRY(node, struct cached, by_text);

		if (c->len == len && memcmp(c->text, text, len) == 0)
			return c;
	}
	return NULL;
}

/* Asks the database; -2 where there is none. */
static int64_t
ask(struct analysis_sqlite *s, const char *text, size_t len, struct err *e)
{
	struct analysis_query q = analysis_query(s, ANALYSIS_TEXT_FIND);
	int64_t id = -2;

	if (q.rc == SQLITE_OK)
		q.rc =
		    sqlite3_bind_text(q.stmt, 1, text, (int)len, SQLITE_STATIC);
	if (analysis_row(&q))
		id = analysis_column(&q, 0);
	if (analysis_finish(&q, e, "read") == -1)
		return -1;
	return id;
}

/* Octets of a text that are kept: whole characters of UTF-8. */
static size_t
kept_len(const char *text)
{
	size_t len = strnlen(text, ANALYSIS_TEXT_MAX + 1);

	if (len <= ANALYSIS_TEXT_MAX)
		return len;
	len = ANALYSIS_TEXT_MAX;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

int64_t
analysis_text_find(struct analysis_sqlite *s, const char *text, struct err *e)
{
	const struct cached *c;
	int64_t id;
	size_t len;

	if (text == NULL || *text == '\0')
		return 0;
	len = kept_len(text);
	if (len <= CACHED_MAX && (c = look_up(s, text, len)) != NULL)
		return c->id;
	id = ask(s, text, len, e);
	if (id > 0 && len <= CACHED_MAX)
		(void)keep(s, id, text, len);
	return id;
}

int64_t
analysis_text_id(struct analysis_sqlite *s, const char *text, struct err *e)
{
	int64_t id = analysis_text_find(s, text, e);
	struct analysis_query q;
	size_t len;

	if (id != -2)
		return id;
	len = kept_len(text);
	q = analysis_query(s, ANALYSIS_TEXT_ADD);
	if (q.rc == SQLITE_OK)
		q.rc =
		    sqlite3_bind_text(q.stmt, 1, text, (int)len, SQLITE_STATIC);
	if (analysis_run(&q, e, "write") == -1)
		return -1;
	id = sqlite3_last_insert_rowid(s->db);
	if (len <= CACHED_MAX)
		(void)keep(s, id, text, len);
	return id;
}

const char *
analysis_text_get(struct analysis_sqlite *s, int64_t id)
{
	struct map_node *node;
	struct analysis_query q;
	const char *text = "";

	if (id <= 0)
		return "";
	node = map_first(&s->by_id, map_hash(&s->by_id, &id, sizeof(id)));
	for (; node != NULL; node = map_next(node)) {
		const struct cached *c = MAP_ENTRY(node, struct cached, by_id);

		if (c->id == id)
			return c->text;
	}
	q = analysis_query(s, ANALYSIS_TEXT_GET);
	analysis_bind(&q, id);
	if (analysis_row(&q)) {
		const char *found = analysis_column_text(&q, 0);

		text = keep(s, id, found, strlen(found))->text;
	}
	(void)analysis_finish(&q, NULL, "read");
	return text;
}
