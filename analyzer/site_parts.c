/* site_parts: what the pages have in common - see site_parts.h */
#include "config.h"

#include "analyzer/site_parts.h"

#include "analyzer/rows.h"
#include "analyzer/site.h"
#include "share/base/hostname.h"
#include "share/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PLAIN_MAX 200 /* octets; NAME_MAX is 255 with all that is added */

/* FNV-1a: a name that stays the same from run to run, no secret. */
static uint64_t
add_hash(uint64_t h, const char *s)
{
	do {
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	} while (*s++ != '\0');
	return h;
}

#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)

const char *
site_domain_file(const char *domain, char dst[SITE_NAME_SIZE])
{
	/* what strangers call a domain may be anything, and as long */
	if (hostname_is_normal(domain) && strlen(domain) <= PLAIN_MAX)
		(void)snprintf(dst, SITE_NAME_SIZE, "d-%s.html", domain);
	else
		(void)snprintf(dst, SITE_NAME_SIZE, "d-_%016" PRIx64 ".html",
		    add_hash(HASH_BEGIN, domain));
	return dst;
}

const char *
site_failure_file(const struct failure *f, char dst[SITE_NAME_SIZE])
{
	uint64_t h = add_hash(HASH_BEGIN, f->domain);

	h = add_hash(add_hash(h, f->policy_domain), f->type);
	h = add_hash(add_hash(h, f->mx), f->result);
	(void)snprintf(dst, SITE_NAME_SIZE, "f-%016" PRIx64 ".html", h);
	return dst;
}

void
site_tiles(struct page *p)
{
	page_begin(p, "div", "tiles");
}

void
site_tile(struct page *p, const char *klass, const char *figure,
    const char *what)
{
	page_begin(p, "div", "tile");
	page_element(p, "b", klass, figure);
	page_element(p, "span", NULL, what);
	page_end(p);
}

void
site_section(struct page *p, const char *heading)
{
	page_begin(p, "section", NULL);
	page_element(p, "h2", NULL, heading);
}

void
site_table(struct page *p, const char *const *heads)
{
	page_begin(p, "div", "scroll");
	page_begin(p, "table", NULL);
	page_begin(p, "thead", NULL);
	page_begin(p, "tr", NULL);
	for (; *heads != NULL; heads++) {
		bool wide = **heads == '~', number = (*heads)[wide] == '>';

		page_element(p, "th",
		    wide && number ? "n wide"
			: wide     ? "wide"
			: number   ? "n"
				   : NULL,
		    *heads + wide + number);
	}
	page_end(p);
	page_end(p);
	page_begin(p, "tbody", NULL);
}

void
site_table_end(struct page *p)
{
	page_end(p);
	page_end(p);
	page_end(p);
}

void
site_cell(struct page *p, const char *klass, const char *text)
{
	page_element(p, "td", klass, *text == '\0' ? "\u2013" : text);
}

/* Groups of three, with a space that neither breaks nor is wide (U+202F). */
const char *
site_number(int64_t n, char dst[48])
{
	char digits[24];
	size_t len, to = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, n);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-') {
			memcpy(dst + to, "\u202f", 3);
			to += 3;
		}
		dst[to++] = digits[i];
	}
	dst[to] = '\0';
	return dst;
}

void
site_count(struct page *p, const char *klass, int64_t n)
{
	char text[48];

	page_element(p, "td", klass, site_number(n, text));
}

void
site_day(struct page *p, int64_t day)
{
	char text[16];

	page_element(p, "td", "d", rows_day(text, sizeof(text), day));
}

const char *
site_share(int64_t success, int64_t failure, char dst[32])
{
	int64_t share = rows_share(success, failure);

	if (share < 0)
		(void)text_copy(dst, 32, "\u2013");
	else
		(void)snprintf(dst, 32, "%d.%02d %%", (int)(share / 10000),
		    (int)(share % 10000 / 100));
	return dst;
}

static void
failure_row(struct site *t, struct page *p, size_t i, bool with_domain)
{
	const struct failure *f = &t->failures.item[i];
	char file[SITE_NAME_SIZE];
	struct advice a;

	failure_list_advise(&t->failures, f, &a);
	page_begin(p, "tr", NULL);
	page_begin(p, "td", NULL);
	if (i < SITE_PAGES_MAX)
		page_link(p, site_failure_file(f, file), a.title);
	else
		page_text(p, a.title);
	page_end(p);
	if (with_domain)
		site_cell(p, "wide", f->domain);
	site_cell(p, NULL, f->mx);
	site_cell(p, "wide", f->type);
	site_count(p, "n bad", f->sessions);
	site_count(p, "n wide", f->senders);
	page_element(p, "td", "wide", advice_fault_name(a.fault));
	site_day(p, f->last_day);
	page_end(p);
	advice_clear(&a);
}

void
site_failures(struct site *t, struct page *p, const char *domain)
{
	static const char *const heads[] = { "what", "~domain", "MX host",
		"~policy", ">sessions", "~>senders", "~fault", "last", NULL };
	static const char *const fewer[] = { "what", "MX host", "~policy",
		">sessions", "~>senders", "~fault", "last", NULL };
	bool any = false;

	site_section(p, "Failures");
	for (size_t i = 0; i < t->failures.n; i++) {
		if (domain != NULL &&
		    strcmp(t->failures.item[i].domain, domain) != 0)
			continue;
		if (!any)
			site_table(p, domain == NULL ? heads : fewer);
		any = true;
		failure_row(t, p, i, domain == NULL);
	}
	if (any)
		site_table_end(p);
	else
		page_element(p, "p", "good",
		    "No failures were reported in this time.");
	page_end(p);
}

void
site_footer(struct site *t, struct page *p)
{
	char when[32], from[16], to[16];

	page_begin(p, "footer", NULL);
	page_textf(p,
	    "Days %s to %s, UTC. Written %s by tlsherald-analyzer from the TLS "
	    "reports (RFC 8460) that others sent.",
	    rows_day(from, sizeof(from), t->filter->since),
	    rows_day(to, sizeof(to), t->filter->until - 1),
	    text_rfc3339(when, sizeof(when), (time_t)t->now_s));
	page_end(p);
}
