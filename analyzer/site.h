/*
 * site: the reports as a static web site: an overview, a page per domain and
 * a page per failure.
 *
 * Files are index.html, d-NAME.html and f-NAME.html; whichever of the last two
 * kinds is no longer written is removed, and nothing else in the directory is
 * touched. Pages are self-contained (page.h).
 *
 * Thread safety: none. Limits: SITE_PAGES_MAX pages of each kind, the rest is
 * named on the overview without one. Tests: t/unit/site.c, t/system/html.t
 */
#ifndef SITE_H
#define SITE_H

#include "share/store/analysis_store.h"

#include <stddef.h>

#define SITE_PAGES_MAX 2000

/* How many pages there are now. */
struct site_stats {
	size_t domains, failures, removed;
};

/* Writes the site into dir, which is made when it is not there. */
int site_write(const char *dir, struct analysis_store *s,
    const struct analysis_filter *f, int64_t now_s, struct site_stats *stats,
    struct err *e) MUST_CHECK;

#endif
