/*
 * page_style: the style sheet that stands in every page.
 *
 * Light and dark by what the reader's system prefers, readable on a phone.
 * No "<", ">" or "&": the text stands in an element as it is.
 *
 * Thread safety: constant. Tests: t/unit/site.c
 */
#ifndef PAGE_STYLE_H
#define PAGE_STYLE_H

extern const char page_style[];

#endif
