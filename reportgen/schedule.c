/* schedule: periods of reports and when they are due - see schedule.h */
#include "config.h"

#include "reportgen/schedule.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)
#define MONDAY (4 * DAY) /* the first one of 1970 */
#define HOURLY_SPREAD_S (20 * 60)

int32_t
schedule_bucket(enum conf_send send)
{
	return send == CONF_HOURLY ? HOUR : DAY;
}

bool
schedule_period(enum conf_send send, int64_t at_s, int64_t *begin, int64_t *end)
{
	int64_t length = DAY, first = 0, into;

	if (send == CONF_NEVER)
		return false;
	if (send == CONF_HOURLY) {
		length = HOUR;
	} else if (send == CONF_WEEKLY) {
		length = WEEK;
		first = MONDAY;
	}
	into = (at_s - first) % length;
	if (into < 0)
		into += length;
	*begin = at_s - into;
	*end = *begin + length;
	return true;
}

/* FNV-1a with a last mix, for its lower bits hardly differ for like names. */
static uint64_t
hash(const char *s)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	return h ^ h >> 33;
}

int64_t
schedule_due(const struct conf *c, enum conf_send send, const char *domain,
    int64_t end)
{
	int64_t spread = c->report.spread_ms / 1000;

	if (send == CONF_HOURLY && spread > HOURLY_SPREAD_S)
		spread = HOURLY_SPREAD_S;
	if (spread < 0)
		spread = 0;
	/* RFC 8460 section 4.1: not everybody's reports at midnight */
	return end + SCHEDULE_GRACE_S +
	    (int64_t)(hash(domain) % ((uint64_t)spread + 1));
}
