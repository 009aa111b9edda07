/* site_overview: the first page of the site - see site_parts.h */
#include "config.h"

#include "analyzer/site_parts.h"

#include "analyzer/changes.h"
#include "analyzer/rows.h"
#include "analyzer/site.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RATE_LIMIT 10000 /* as in the view changes */
#define CHANGES_DAYS 7
#define CHANGES_SHOWN 30
#define SENDERS_SHOWN 50

static void
tiles(struct site *t, struct page *p)
{
	int64_t now = rows_share(t->success, t->failure);
	int64_t old = rows_share(t->old_success, t->old_failure);
	char text[64], share[32];

	site_tiles(p);
	site_tile(p, t->failure > 0 ? NULL : "good",
	    site_share(t->success, t->failure, share), "sessions succeeded");
	site_tile(p, t->failure > 0 ? "bad" : "good",
	    site_number(t->failure, text), "failed");
	site_tile(p, NULL, site_number(t->success + t->failure, text),
	    "sessions in all");
	(void)snprintf(text, sizeof(text), "%zu", t->senders.n);
	site_tile(p, NULL, text, "organisations report");
	if (now >= 0 && old >= 0) {
		(void)snprintf(text, sizeof(text), "%+.2f",
		    (double)(now - old) / 1e4);
		site_tile(p, now < old ? "bad" : "good", text,
		    "points since the time before");
	}
	page_end(p);
}

static void
domains(struct site *t, struct page *p)
{
	static const char *const heads[] = { "domain", "~sessions a day",
		"~>sessions", ">failed", ">success", NULL };
	char file[SITE_NAME_SIZE], share[32];

	site_section(p, "Domains");
	site_table(p, heads);
	for (size_t i = 0; i < t->domains.n; i++) {
		const struct tally_item *it = t->domains.item[i];

		page_begin(p, "tr", NULL);
		page_begin(p, "td", NULL);
		if (i < SITE_PAGES_MAX)
			page_link(p, site_domain_file(it->name, file),
			    it->name);
		else
			page_text(p, it->name);
		page_end(p);
		page_begin(p, "td", "wide");
		chart_spark(&t->by_domain[i], p, "sessions a day");
		page_end(p);
		site_count(p, "n wide", it->success + it->failure);
		site_count(p, it->failure > 0 ? "n bad" : "n", it->failure);
		site_cell(p, "n", site_share(it->success, it->failure, share));
		page_end(p);
	}
	site_table_end(p);
	page_end(p);
}

static void
change(struct page *p, const struct change *c)
{
	static const char *const words[CHANGE_KINDS] = {
		[CHANGE_FAILURE] = "new failure",
		[CHANGE_RATE] = "many failures",
		[CHANGE_SILENT] = "fell silent",
		[CHANGE_POLICY] = "new policy",
		[CHANGE_RECOVERED] = "recovered",
	};

	page_begin(p, "tr", NULL);
	page_element(p, "td",
	    c->kind == CHANGE_RECOVERED    ? "good"
		: c->kind == CHANGE_POLICY ? NULL
					   : "warn",
	    words[c->kind]);
	site_cell(p, NULL, *c->domain != '\0' ? c->domain : c->sender);
	site_cell(p, "wide", c->mx);
	site_cell(p, "wide", c->result);
	site_day(p, c->day);
	page_end(p);
}

static int
changes(struct site *t, struct page *p, struct err *e)
{
	static const char *const heads[] = { "change", "of", "~MX host",
		"~result", "day", NULL };
	struct analysis_filter f = *t->filter;
	struct changes c;

	f.since = f.until - CHANGES_DAYS;
	if (f.since < t->filter->since)
		f.since = t->filter->since;
	if (changes_find(&c, t->store, &f, RATE_LIMIT, e) == -1)
		return -1;
	site_section(p, "New in the last seven days");
	if (c.n == 0)
		page_element(p, "p", "dim", "Nothing changed.");
	else
		site_table(p, heads);
	for (size_t i = 0; i < c.n && i < CHANGES_SHOWN; i++)
		change(p, &c.item[i]);
	if (c.n > 0)
		site_table_end(p);
	if (c.n > CHANGES_SHOWN) {
		page_begin(p, "p", "dim");
		page_textf(p, "and %zu more: tlsherald-analyzer changes",
		    c.n - CHANGES_SHOWN);
		page_end(p);
	}
	page_end(p);
	changes_clear(&c);
	return 0;
}

static void
senders(struct site *t, struct page *p)
{
	static const char *const heads[] = { "organisation", ">reports",
		">sessions", ">failed", ">success", NULL };
	char share[32];

	site_section(p, "Who reports");
	site_table(p, heads);
	for (size_t i = 0; i < t->senders.n && i < SENDERS_SHOWN; i++) {
		const struct tally_item *it = t->senders.item[i];

		page_begin(p, "tr", NULL);
		site_cell(p, NULL, it->name);
		site_count(p, "n", it->reports);
		site_count(p, "n", it->success + it->failure);
		site_count(p, it->failure > 0 ? "n bad" : "n", it->failure);
		site_cell(p, "n", site_share(it->success, it->failure, share));
		page_end(p);
	}
	site_table_end(p);
	page_end(p);
}

int
site_overview(struct site *t, struct err *e)
{
	struct page *p = page_open(t->dir, "index.html",
	    "TLS reports about our mail", NULL, e);

	if (p == NULL)
		return -1;
	tiles(t, p);
	if (t->reports == 0) {
		site_section(p, "Nothing yet");
		page_element(p, "p", "dim", "No reports in this time.");
		page_end(p);
	} else {
		site_section(p, "Sessions a day");
		chart_bars(&t->all, p,
		    "Sessions a day that others reported, by success");
		page_end(p);
		site_failures(t, p, NULL);
		domains(t, p);
		if (changes(t, p, e) == -1) {
			page_drop(p);
			return -1;
		}
		senders(t, p);
	}
	if (t->forged > 0) {
		page_begin(p, "p", "warn");
		page_textf(p,
		    "Not counted: %" PRId64 " sessions of unsigned reports, "
		    "which anybody could have written.",
		    t->forged);
		page_end(p);
	}
	site_footer(t, p);
	return page_close(p, e);
}
