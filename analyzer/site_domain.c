/* site_domain: the page of one domain - see site_parts.h */
#include "config.h"

#include "analyzer/site_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct writing {
	struct page *p;
	size_t n;
};

static void
tiles(const struct tally_item *it, struct page *p)
{
	char text[48];

	site_tiles(p);
	site_tile(p, it->failure > 0 ? NULL : "good",
	    site_share(it->success, it->failure, text), "sessions succeeded");
	site_tile(p, it->failure > 0 ? "bad" : "good",
	    site_number(it->failure, text), "failed");
	site_tile(p, NULL, site_number(it->success + it->failure, text),
	    "sessions in all");
	site_tile(p, NULL, site_number(it->reports, text), "reports");
	page_end(p);
}

static bool
sender(void *arg, const struct analysis_sum *s)
{
	struct writing *y = arg;
	char share[32];

	page_begin(y->p, "tr", NULL);
	site_cell(y->p, NULL, s->sender);
	site_cell(y->p, NULL, s->type);
	site_count(y->p, "n", s->success + s->failure);
	site_count(y->p, s->failure > 0 ? "n bad" : "n", s->failure);
	site_cell(y->p, "n", site_share(s->success, s->failure, share));
	page_end(y->p);
	return true;
}

static int
senders(struct site *t, const struct analysis_filter *f, struct page *p,
    struct err *e)
{
	static const char *const heads[] = { "organisation", "policy",
		">sessions", ">failed", ">success", NULL };
	struct writing y = { p, 0 };
	int rc;

	site_section(p, "By organisation and policy");
	site_table(p, heads);
	rc = t->store->sums(t->store->ctx, f,
	    ANALYSIS_BY_SENDER | ANALYSIS_BY_TYPE, sender, &y, e);
	site_table_end(p);
	page_end(p);
	return rc;
}

static bool
held(void *arg, const struct analysis_held *h)
{
	struct writing *y = arg;

	page_begin(y->p, "tr", NULL);
	site_cell(y->p, NULL, h->sender);
	page_begin(y->p, "td", NULL);
	page_element(y->p, "span", "dim", h->type);
	if (*h->strings != '\0')
		page_element(y->p, "pre", NULL, h->strings);
	page_end(y->p);
	site_day(y->p, h->first_day);
	site_day(y->p, h->last_day);
	page_end(y->p);
	return ++y->n < 200;
}

static int
policies(struct site *t, const struct analysis_filter *f, struct page *p,
    struct err *e)
{
	static const char *const heads[] = { "organisation", "policy it holds",
		"first", "last", NULL };
	struct writing y = { p, 0 };
	int rc;

	site_section(p, "Policies as others hold them");
	site_table(p, heads);
	rc = t->store->held(t->store->ctx, f, held, &y, e);
	site_table_end(p);
	page_end(p);
	return rc;
}

int
site_domain(struct site *t, size_t i, struct err *e)
{
	const struct tally_item *it = t->domains.item[i];
	struct analysis_filter f = *t->filter;
	char file[SITE_NAME_SIZE];
	struct page *p = page_open(t->dir, site_domain_file(it->name, file),
	    it->name, "index.html", e);

	if (p == NULL)
		return -1;
	f.domain = it->name;
	tiles(it, p);
	site_section(p, "Sessions a day");
	chart_bars(&t->by_domain[i], p,
	    "Sessions a day to this domain, by success");
	page_end(p);
	site_failures(t, p, it->name);
	if (senders(t, &f, p, e) == -1 || policies(t, &f, p, e) == -1) {
		page_drop(p);
		return -1;
	}
	site_footer(t, p);
	return page_close(p, e);
}
