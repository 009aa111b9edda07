/* position: how far log sources have been heard - see position.h */
#include "config.h"

#include "reportgen/position.h"

#include "share/base/text.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "position-"
#define NAME_SIZE (sizeof(PREFIX) + SIDE_SOURCE_MAX + sizeof("-generation"))

static struct side_position *
find(struct position_set *set, const char *source)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->item[i].source, source) == 0)
			return &set->item[i].at;
	if (set->n == POSITION_SOURCES)
		return NULL;
	(void)text_copy(set->item[set->n].source, SIDE_SOURCE_MAX, source);
	memset(&set->item[set->n].at, 0, sizeof(set->item[set->n].at));
	return &set->item[set->n++].at;
}

/* A name is "position-SOURCE-offset" or "-generation". */
static void
take(void *arg, const char *name, int64_t value)
{
	struct position_set *set = arg;
	const char *source = name + strlen(PREFIX);
	const char *field = strrchr(source, '-');
	char text[SIDE_SOURCE_MAX];
	struct side_position *p;
	size_t n;

	if (field == NULL || value < 0)
		return;
	n = (size_t)(field - source);
	if (n == 0 || n >= sizeof(text))
		return;
	memcpy(text, source, n);
	text[n] = '\0';
	p = find(set, text);
	if (p == NULL)
		return;
	if (strcmp(field, "-offset") == 0)
		p->offset = (uint64_t)value;
	else
		p->generation = (uint64_t)value;
}

int
position_load(struct report_db *db, struct position_set *set, struct err *e)
{
	memset(set, 0, sizeof(*set));
	return report_db_each_int(db, PREFIX, take, set, e);
}

int
position_store(struct report_db *db, const struct position_set *set,
    struct err *e)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < set->n; i++) {
		snprintf(name, sizeof(name), PREFIX "%s-generation",
		    set->item[i].source);
		if (report_db_put_int(db, name,
			(int64_t)set->item[i].at.generation, e) == -1)
			return -1;
		snprintf(name, sizeof(name), PREFIX "%s-offset",
		    set->item[i].source);
		if (report_db_put_int(db, name, (int64_t)set->item[i].at.offset,
			e) == -1)
			return -1;
	}
	return 0;
}

struct side_position
position_of(const struct position_set *set, const char *source)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->item[i].source, source) == 0)
			return set->item[i].at;
	return (struct side_position){ 0, 0 };
}

bool
position_advance(struct position_set *set, const char *source,
    const struct side_position *to)
{
	struct side_position *p = find(set, source);

	if (p == NULL || side_position_compare(to, p) <= 0)
		return false;
	*p = *to;
	set->changed = true;
	return true;
}
