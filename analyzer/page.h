/*
 * page: one HTML page, written by libxml2, so that nothing is unescaped.
 *
 * The page is self-contained: its style is in it, it asks for nothing outside
 * and runs no script, and a Content-Security-Policy says so too. It is written
 * under a temporary name and renamed when it is whole. Texts of strangers are
 * given as they are: ill-formed UTF-8 and control characters become U+FFFD,
 * everything else is libxml2's to escape.
 *
 * A failure of writing shows at page_close(); until then everything may be
 * called.
 *
 * Thread safety: none. Tests: t/unit/site.c
 */
#ifndef PAGE_H
#define PAGE_H

#include "share/base/err.h"

#include <stdint.h>

struct page;

/*
 * Begins DIR/NAME with a heading; up is the page that a link leads back to,
 * NULL for none.
 */
struct page *page_open(const char *dir, const char *name, const char *title,
    const char *up, struct err *e) MUST_CHECK;

/* Ends the page and puts it in its place; frees. */
int page_close(struct page *p, struct err *e) MUST_CHECK;

/* Ends it without a trace; NULL is fine. */
void page_drop(struct page *p);

/* Begins an element; klass may be NULL. */
void page_begin(struct page *p, const char *element, const char *klass);

/* An attribute of the element just begun. */
void page_attribute(struct page *p, const char *name, const char *value);

/* The same with a number. */
void page_number(struct page *p, const char *name, int64_t value);

/* Text in the element. */
void page_text(struct page *p, const char *text);

/* The same, printf-like. */
void page_textf(struct page *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Ends the element. */
void page_end(struct page *p);

/* An element with text. */
void page_element(struct page *p, const char *element, const char *klass,
    const char *text);

/* A link to another page of the site. */
void page_link(struct page *p, const char *href, const char *text);

#endif
