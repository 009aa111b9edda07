/* hosts: which other hosts' sessions are here - see hosts.h */
#include "config.h"

#include "reportgen/hosts.h"
#include "share/base/hostname.h"
#include "share/base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400
/* "import/DAY/HOST/SEQUENCE"; a host name holds no slash */
#define NAME_MAX_SIZE (64 + HOSTNAME_SIZE)

static int
normal_host(const char *host, char name[HOSTNAME_SIZE], struct err *e)
{
	if (hostname_normalize(host, strlen(host), name, e) == -1)
		return err_set(e, ERR_SYNTAX, "no name of a host");
	return 0;
}

static int
make_name(const struct hosts_export *x, char name[NAME_MAX_SIZE], struct err *e)
{
	char host[HOSTNAME_SIZE];

	if (normal_host(x->host, host, e) == -1)
		return -1;
	if (x->day_s < 0 || x->day_s % DAY != 0)
		return err_set(e, ERR_SYNTAX, "no day");
	if (x->sequence < 1 || x->sequence > HOSTS_SEQUENCE_MAX)
		return err_set(e, ERR_SYNTAX, "no sequence number");
	snprintf(name, NAME_MAX_SIZE, "import/%" PRId64 "/%s/%" PRId64,
	    x->day_s, host, x->sequence);
	return 0;
}

int
hosts_has(struct report_db *db, const struct hosts_export *x, bool *has,
    struct err *e)
{
	char name[NAME_MAX_SIZE];
	int64_t complete;

	*has = false;
	if (make_name(x, name, e) == -1 ||
	    report_db_get_int(db, name, -1, &complete, e) == -1)
		return -1;
	*has = complete != -1;
	return 0;
}

int
hosts_note(struct report_db *db, const struct hosts_export *x, struct err *e)
{
	char name[NAME_MAX_SIZE];

	if (make_name(x, name, e) == -1)
		return -1;
	if (x->complete_s < 0)
		return err_set(e, ERR_SYNTAX, "no time");
	return report_db_put_int(db, name, x->complete_s, e);
}

/* The exports of one host and day. */
struct seen {
	size_t prefix; /* length of what is before the sequence */
	int64_t n, last, complete;
};

static void
see(void *arg, const char *name, int64_t value)
{
	struct seen *s = arg;
	int64_t sequence = strtoll(name + s->prefix, NULL, 10);

	s->n++;
	if (sequence > s->last)
		s->last = sequence;
	if (value > s->complete)
		s->complete = value;
}

/* Whether all of a host's sessions of a day, before end, are here. */
static int
day_is_whole(struct report_db *db, const char *host, int64_t day, int64_t end,
    bool *whole, struct err *e)
{
	struct seen s = { 0 };
	char prefix[NAME_MAX_SIZE];

	snprintf(prefix, sizeof(prefix), "import/%" PRId64 "/%s/", day, host);
	s.prefix = strlen(prefix);
	if (report_db_each_int(db, prefix, see, &s, e) == -1)
		return -1;
	if (end > day + DAY)
		end = day + DAY;
	*whole = s.n > 0 && s.n == s.last && s.complete >= end;
	return 0;
}

static int
host_is_whole(struct report_db *db, const char *host, int64_t begin,
    int64_t end, bool *whole, struct err *e)
{
	*whole = true;
	for (int64_t day = begin - begin % DAY; *whole && day < end; day += DAY)
		if (day_is_whole(db, host, day, end, whole, e) == -1)
			return -1;
	return 0;
}

int
hosts_missing(struct report_db *db, const struct conf *c, int64_t begin,
    int64_t end, struct buf *names, size_t *n, struct err *e)
{
	*n = 0;
	for (size_t i = 0; i < c->report.hosts.n; i++) {
		const char *name = c->report.hosts.item[i];
		char host[HOSTNAME_SIZE];
		bool whole = false;

		/* of what is no name nothing was ever imported */
		if (normal_host(name, host, NULL) == 0 &&
		    host_is_whole(db, host, begin, end, &whole, e) == -1)
			return -1;
		if (whole)
			continue;
		buf_printf(names, "%s%s", *n > 0 ? ", " : "", name);
		++*n;
	}
	return 0;
}
