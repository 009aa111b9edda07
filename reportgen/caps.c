/* caps: how many reports an address and a host got - see caps.h */
#include "config.h"

#include "reportgen/caps.h"
#include "share/base/xmem.h"
#include "share/store/report_outbox.h"

#include <stdlib.h>
#include <string.h>

struct count {
	struct map_node node;
	int64_t n;
	char key[]; /* "u" and a URI, or "h" and a host */
};

void
caps_init(struct caps *c, int64_t per_uri, int64_t per_host)
{
	c->per_uri = per_uri;
	c->per_host = per_host;
	c->day_s = INT64_MIN;
	map_init(&c->map);
}

static void
free_count(void *arg, struct map_node *node)
{
	struct caps *c = arg;

	map_remove(&c->map, node);
	free(MAP_ENTRY(node, struct count, node));
}

void
caps_clear(struct caps *c)
{
	map_each(&c->map, free_count, c);
	map_clear(&c->map);
}

const char *
caps_host(const char *target)
{
	const char *at = strrchr(target, '@');

	return at != NULL ? at + 1 : target;
}

/* The count of a key, made when it is not there. */
static struct count *
find(struct caps *c, char kind, const char *name)
{
	char *key = xasprintf("%c%s", kind, name);
	uint64_t hash = map_hash(&c->map, key, strlen(key));
	struct map_node *node = map_first(&c->map, hash);
	struct count *count = NULL;

	for (; node != NULL && count == NULL; node = map_next(node)) {
		count = MAP_ENTRY(node, struct count, node);
		if (strcmp(count->key, key) != 0)
			count = NULL;
	}
	if (count == NULL) {
		count = xcalloc(1, sizeof(*count) + strlen(key) + 1);
		memcpy(count->key, key, strlen(key) + 1);
		map_insert(&c->map, &count->node, hash);
	}
	free(key);
	return count;
}

static void
add(void *arg, const char *uri, const char *target, int64_t n)
{
	struct caps *c = arg;

	find(c, 'u', uri)->n += n;
	find(c, 'h', caps_host(target))->n += n;
}

int
caps_take(struct caps *c, struct report_db *db, const char *uri,
    const char *host, int64_t now_s, bool *fits, struct err *e)
{
	int64_t day_s = now_s - now_s % CAPS_DAY_S;
	struct count *of_uri, *of_host;

	*fits = false;
	if (day_s != c->day_s) {
		map_each(&c->map, free_count, c);
		c->day_s = INT64_MIN;
		if (outbox_count_each(db, day_s, add, c, e) == -1) {
			map_each(&c->map, free_count, c);
			return -1;
		}
		c->day_s = day_s;
	}
	of_uri = find(c, 'u', uri);
	of_host = find(c, 'h', host);
	*fits = of_uri->n < c->per_uri && of_host->n < c->per_host;
	if (*fits) {
		of_uri->n++;
		of_host->n++;
	}
	return 0;
}

void
caps_give_back(struct caps *c, const char *uri, const char *host)
{
	struct count *of_uri = find(c, 'u', uri);
	struct count *of_host = find(c, 'h', host);

	/* another day may have begun meanwhile */
	if (of_uri->n > 0)
		of_uri->n--;
	if (of_host->n > 0)
		of_host->n--;
}
