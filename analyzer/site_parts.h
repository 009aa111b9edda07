/*
 * site_parts: what the pages of a site have in common.
 *
 * Only the files site*.c include this.
 *
 * Thread safety: none. Tests: t/unit/site.c
 */
#ifndef SITE_PARTS_H
#define SITE_PARTS_H

#include "analyzer/chart.h"
#include "analyzer/failure_list.h"
#include "analyzer/page.h"
#include "analyzer/tally.h"

#define SITE_NAME_SIZE 300

/* What the site shows, read from the store once. */
struct site {
	const char *dir;
	struct analysis_store *store;
	const struct analysis_filter *filter;
	int64_t now_s;
	struct tally domains, senders;
	struct failure_list failures;
	struct chart all;
	struct chart *by_domain; /* as domains.item */
	int64_t success, failure, reports;
	int64_t old_success, old_failure; /* of the time before */
	int64_t forged;                   /* sessions of unsigned reports */
};

/* The file of a domain's page. */
const char *site_domain_file(const char *domain, char dst[SITE_NAME_SIZE]);

/* The file of a failure's page. */
const char *site_failure_file(const struct failure *f,
    char dst[SITE_NAME_SIZE]);

/* Writes index.html. */
int site_overview(struct site *t, struct err *e) MUST_CHECK;

/* Writes the page of domain i. */
int site_domain(struct site *t, size_t i, struct err *e) MUST_CHECK;

/* Writes the page of failure i. */
int site_failure(struct site *t, size_t i, struct err *e) MUST_CHECK;

/* A row of tiles: begin, tiles, end. */
void site_tiles(struct page *p);

/* One: a figure and what it is; klass may be NULL. */
void site_tile(struct page *p, const char *klass, const char *figure,
    const char *what);

/* Begins a section with a heading. */
void site_section(struct page *p, const char *heading);

/*
 * Begins a table; heads ends with NULL. Before one ">": numbers; "~" (before
 * that): not on a phone, as are cells of the class wide.
 */
void site_table(struct page *p, const char *const *heads);

/* Ends it. */
void site_table_end(struct page *p);

/* A cell with text. */
void site_cell(struct page *p, const char *klass, const char *text);

/* A number, in groups of three digits. */
const char *site_number(int64_t n, char dst[48]);

/* A cell with a number. */
void site_count(struct page *p, const char *klass, int64_t n);

/* A cell with a day. */
void site_day(struct page *p, int64_t day);

/* A share in percent as text. */
const char *site_share(int64_t success, int64_t failure, char dst[32]);

/* A table of failures; domain NULL: of all. Says so when there are none. */
void site_failures(struct site *t, struct page *p, const char *domain);

/* When and of what time it was written. */
void site_footer(struct site *t, struct page *p);

#endif
