/* site: the reports as a static web site - see site.h */
#include "config.h"

#include "analyzer/site.h"

#include "analyzer/site_parts.h"
#include "share/base/xmem.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REASONS_MAX 200

/* ---- reading ---- */

static bool
take(void *arg, const struct analysis_sum *s)
{
	struct site *t = arg;
	struct tally_item *domain = tally_get(&t->domains, s->domain);
	struct tally_item *sender = tally_get(&t->senders, s->sender);

	domain->success += s->success;
	domain->failure += s->failure;
	domain->reports += s->reports;
	sender->success += s->success;
	sender->failure += s->failure;
	sender->reports += s->reports;
	t->success += s->success;
	t->failure += s->failure;
	t->reports += s->reports;
	chart_add(&t->all, s->day, s->success, s->failure);
	return true;
}

static bool
take_old(void *arg, const struct analysis_sum *s)
{
	struct site *t = arg;

	t->old_success += s->success;
	t->old_failure += s->failure;
	return true;
}

static bool
take_forged(void *arg, const struct analysis_sum *s)
{
	struct site *t = arg;

	t->forged += s->success + s->failure;
	return true;
}

/* The domains are sorted by now. */
static bool
take_chart(void *arg, const struct analysis_sum *s)
{
	struct site *t = arg;

	const struct tally_item *domain = tally_find(&t->domains, s->domain);

	if (domain != NULL)
		chart_add(&t->by_domain[domain->place], s->day, s->success,
		    s->failure);
	return true;
}

static int
read_rest(struct site *t, struct err *e)
{
	struct analysis_store *s = t->store;
	struct analysis_filter f = *t->filter;

	f.until = f.since;
	f.since -= t->filter->until - t->filter->since;
	if (s->sums(s->ctx, &f, 0, take_old, t, e) == -1)
		return -1;
	f = *t->filter;
	if (f.trust == 0 || (f.trust & 1u << ANALYSIS_UNSIGNED) != 0)
		return 0;
	f.trust = 1u << ANALYSIS_UNSIGNED;
	return s->sums(s->ctx, &f, 0, take_forged, t, e);
}

static int
read_store(struct site *t, struct err *e)
{
	struct analysis_store *s = t->store;
	size_t days = (size_t)(t->filter->until - t->filter->since);

	chart_init(&t->all, t->filter->since, days);
	if (s->sums(s->ctx, t->filter,
		ANALYSIS_BY_DAY | ANALYSIS_BY_DOMAIN | ANALYSIS_BY_SENDER, take,
		t, e) == -1)
		return -1;
	tally_sort(&t->domains);
	tally_sort(&t->senders);
	t->by_domain = xcalloc(t->domains.n + 1, sizeof(*t->by_domain));
	for (size_t i = 0; i < t->domains.n; i++)
		chart_init(&t->by_domain[i], t->filter->since, days);
	if (s->sums(s->ctx, t->filter, ANALYSIS_BY_DAY | ANALYSIS_BY_DOMAIN,
		take_chart, t, e) == -1 ||
	    read_rest(t, e) == -1)
		return -1;
	return failure_list_read(&t->failures, s, t->filter, REASONS_MAX, e);
}

/* ---- writing ---- */

static bool
is_written(const struct site *t, const char *name)
{
	char file[SITE_NAME_SIZE];

	for (size_t i = 0; i < t->domains.n && i < SITE_PAGES_MAX; i++)
		if (strcmp(site_domain_file(t->domains.item[i]->name, file),
			name) == 0)
			return true;
	for (size_t i = 0; i < t->failures.n && i < SITE_PAGES_MAX; i++)
		if (strcmp(site_failure_file(&t->failures.item[i], file),
			name) == 0)
			return true;
	return false;
}

/* Pages of what is no more: d-*.html and f-*.html, nothing else. */
static int
remove_old(const struct site *t, struct site_stats *stats, struct err *e)
{
	DIR *d = opendir(t->dir);
	const struct dirent *de;

	if (d == NULL)
		return err_sys(e, "%s", t->dir);
	while ((de = readdir(d)) != NULL) {
		size_t n = strlen(de->d_name);

		if ((strncmp(de->d_name, "d-", 2) != 0 &&
			strncmp(de->d_name, "f-", 2) != 0) ||
		    n < 8 || strcmp(de->d_name + n - 5, ".html") != 0 ||
		    is_written(t, de->d_name))
			continue;
		if (unlinkat(dirfd(d), de->d_name, 0) == 0)
			stats->removed++;
	}
	(void)closedir(d);
	return 0;
}

/* The overview last: what it links to is there. */
static int
write_pages(struct site *t, struct site_stats *stats, struct err *e)
{
	size_t i;

	for (i = 0; i < t->domains.n && i < SITE_PAGES_MAX; i++)
		if (site_domain(t, i, e) == -1)
			return -1;
	stats->domains = i;
	for (i = 0; i < t->failures.n && i < SITE_PAGES_MAX; i++)
		if (site_failure(t, i, e) == -1)
			return -1;
	stats->failures = i;
	if (site_overview(t, e) == -1)
		return -1;
	return remove_old(t, stats, e);
}

int
site_write(const char *dir, struct analysis_store *s,
    const struct analysis_filter *f, int64_t now_s, struct site_stats *stats,
    struct err *e)
{
	struct site t = { .dir = dir, .store = s, .filter = f, .now_s = now_s };
	int rc = -1;

	memset(stats, 0, sizeof(*stats));
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		return err_sys(e, "%s", dir);
	tally_init(&t.domains);
	tally_init(&t.senders);
	if (read_store(&t, e) == 0)
		rc = write_pages(&t, stats, e);
	for (size_t i = 0; t.by_domain != NULL && i < t.domains.n; i++)
		chart_clear(&t.by_domain[i]);
	free(t.by_domain);
	chart_clear(&t.all);
	failure_list_clear(&t.failures);
	tally_clear(&t.domains);
	tally_clear(&t.senders);
	return rc;
}
