/* site_failure: the page of one failure - see site_parts.h */
#include "config.h"

#include "analyzer/site_parts.h"

#include "analyzer/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct writing {
	struct page *p;
	struct chart *chart;
};

static void
paragraph(struct page *p, const char *term, const char *element,
    const char *text)
{
	if (*text == '\0')
		return;
	page_element(p, "dt", NULL, term);
	page_begin(p, "dd", NULL);
	if (element != NULL)
		page_element(p, element, NULL, text);
	else
		page_text(p, text);
	page_end(p);
}

static void
explain(const struct failure *f, const struct advice *a, struct page *p)
{
	static const char *const faults[] = { [ADVICE_OURS] = "Probably ours.",
		[ADVICE_SENDER] = "Probably the sender's.",
		[ADVICE_EITHER] = "Ours or the sender's." };
	char text[ADVICE_TEXT_MAX];

	site_section(p, "What it means");
	page_begin(p, "dl", NULL);
	paragraph(p, "Meaning", NULL, buf_str(&a->means));
	(void)snprintf(text, sizeof(text), "%s %s", faults[a->fault],
	    buf_str(&a->why));
	paragraph(p, "Whose fault", NULL, text);
	if (f->reason != NULL)
		paragraph(p, "They say", NULL, f->reason);
	paragraph(p, "Check it", "pre", buf_str(&a->check));
	paragraph(p, "Mend it", NULL, buf_str(&a->fix));
	page_end(p);
	page_end(p);
}

static bool
of_day(void *arg, const struct analysis_failure_sum *s)
{
	struct writing *y = arg;

	chart_add(y->chart, s->day, 0, s->sessions);
	return true;
}

static bool
of_sender(void *arg, const struct analysis_failure_sum *s)
{
	struct writing *y = arg;

	page_begin(y->p, "tr", NULL);
	site_cell(y->p, NULL, s->sender);
	site_count(y->p, "n bad", s->sessions);
	site_day(y->p, s->first_day);
	site_day(y->p, s->last_day);
	page_end(y->p);
	return true;
}

static int
figures(struct site *t, const struct failure *f, struct page *p, struct err *e)
{
	static const char *const heads[] = { "organisation", ">sessions",
		"first", "last", NULL };
	struct analysis_store *s = t->store;
	struct analysis_filter q = *t->filter;
	struct chart chart;
	struct writing y = { p, &chart };
	int rc;

	q.domain = f->domain;
	q.type = *f->type == '\0' ? NULL : f->type;
	q.mx = f->mx;
	q.result = f->result;
	chart_init(&chart, q.since, (size_t)(q.until - q.since));
	rc = s->failures(s->ctx, &q, ANALYSIS_BY_DAY, of_day, &y, e);
	site_section(p, "Failed sessions a day");
	chart_bars(&chart, p, "Failed sessions a day");
	page_end(p);
	chart_clear(&chart);
	site_section(p, "Who reports it");
	site_table(p, heads);
	if (rc == 0)
		rc = s->failures(s->ctx, &q, ANALYSIS_BY_SENDER, of_sender, &y,
		    e);
	site_table_end(p);
	page_end(p);
	return rc;
}

static void
tiles(const struct failure *f, struct page *p)
{
	char text[48];

	site_tiles(p);
	site_tile(p, "bad", site_number(f->sessions, text), "sessions failed");
	site_tile(p, NULL, site_number(f->senders, text),
	    "organisations saw it");
	site_tile(p, NULL, rows_day(text, sizeof(text), f->first_day),
	    "first seen");
	site_tile(p, NULL, rows_day(text, sizeof(text), f->last_day),
	    "last seen");
	page_end(p);
}

int
site_failure(struct site *t, size_t i, struct err *e)
{
	const struct failure *f = &t->failures.item[i];
	char file[SITE_NAME_SIZE], title[700];
	struct advice a;
	struct page *p;
	int rc = -1;

	failure_list_advise(&t->failures, f, &a);
	(void)snprintf(title, sizeof(title), "%s: %.250s", a.title,
	    *f->mx != '\0' ? f->mx : f->domain);
	p = page_open(t->dir, site_failure_file(f, file), title, "index.html",
	    e);
	if (p == NULL)
		goto out;
	page_begin(p, "p", "dim");
	page_textf(p, "%s %s, policy %s, domain ",
	    *f->result == '\0' ? "no detail" : f->result,
	    *f->mx == '\0' ? "" : f->mx, f->type);
	page_link(p, site_domain_file(f->domain, file), f->domain);
	page_end(p);
	tiles(f, p);
	explain(f, &a, p);
	if (figures(t, f, p, e) == 0) {
		site_footer(t, p);
		rc = page_close(p, e);
	} else {
		page_drop(p);
	}
out:
	advice_clear(&a);
	return rc;
}
