/* backoff: when a destination is tried again - see backoff.h */
#include "config.h"

#include "reportgen/backoff.h"

/* FNV-1a: only to spread, nothing gains by choosing its key. */
static uint64_t
hash(const char *s, int n)
{
	uint64_t h = UINT64_C(14695981039346656037) + (uint64_t)n;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	return h;
}

int64_t
backoff_next(const char *key, int tries, int64_t first_s, int64_t now_s,
    int64_t retry_s)
{
	int64_t end_s = first_s + retry_s, pause_s = BACKOFF_FIRST_S;

	/* a clock that went back does not make it endless */
	if (now_s < first_s)
		end_s = now_s + retry_s;
	if (now_s >= end_s)
		return 0;
	for (int i = 1; i < tries && pause_s < BACKOFF_MOST_S; i++)
		pause_s *= 2;
	if (pause_s > BACKOFF_MOST_S)
		pause_s = BACKOFF_MOST_S;
	pause_s += (int64_t)(hash(key, tries) % (uint64_t)(pause_s / 10));
	return now_s + pause_s < end_s ? now_s + pause_s : end_s;
}
