/* log_tally: "collected x of y" out of the log - see log_tally.h */
#include "config.h"

#include "reportgen/log_tally.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

/* The day's place, made where there is none; NULL: it is too old. */
static struct log_tally_day *
get_day(struct log_tally *t, int64_t day)
{
	size_t i = t->n;

	while (i > 0 && t->day[i - 1].day > day)
		i--;
	if (i > 0 && t->day[i - 1].day == day)
		return &t->day[i - 1];
	if (t->n == LOG_TALLY_DAYS) {
		if (i == 0)
			return NULL;
		i--;
		memmove(t->day, t->day + 1, i * sizeof(t->day[0]));
	} else {
		memmove(t->day + i + 1, t->day + i,
		    (t->n - i) * sizeof(t->day[0]));
		t->n++;
	}
	t->day[i] = (struct log_tally_day){ .day = day };
	return &t->day[i];
}

void
log_tally_add(struct log_tally *t, int64_t ms, uint64_t told, uint64_t lost)
{
	struct log_tally_day *d;

	if (told == 0 && lost == 0)
		return;
	d = get_day(t, ms / DAY_MS);
	if (d == NULL)
		return;
	d->told += told;
	d->lost += lost;
}

void
log_tally_save(const struct log_tally *t,
    void (*each)(void *arg, const char *what, const char *value), void *arg)
{
	for (size_t i = 0; i < t->n; i++) {
		char value[80];

		(void)snprintf(value, sizeof(value),
		    "%" PRId64 " %" PRIu64 " %" PRIu64, t->day[i].day,
		    t->day[i].told, t->day[i].lost);
		each(arg, "tally", value);
	}
}

bool
log_tally_load(struct log_tally *t, const char *what, const char *value)
{
	struct log_tally_day in, *d;
	int used = 0;

	if (strcmp(what, "tally") != 0 ||
	    sscanf(value, "%" SCNd64 " %" SCNu64 " %" SCNu64 "%n", &in.day,
		&in.told, &in.lost, &used) != 3 ||
	    value[used] != '\0')
		return false;
	d = get_day(t, in.day);
	if (d != NULL)
		*d = in;
	return true;
}

void
log_tally_read(const char *state_dir, struct log_tally *t)
{
	char *path = xasprintf("%s/log.state", state_dir);
	FILE *f = fopen(path, "re");
	char line[256];

	memset(t, 0, sizeof(*t));
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		char *value = strchr(line, ' ');

		if (value == NULL)
			continue;
		*value++ = '\0';
		value[strcspn(value, "\n")] = '\0';
		(void)log_tally_load(t, line, value);
	}
	if (f != NULL)
		fclose(f);
	free(path);
}
