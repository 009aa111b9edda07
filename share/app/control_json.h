/*
 * control_json: JSON objects of the control socket, and pages of them.
 *
 * A page is {"schema": 1, "items": [...], "next": CURSOR}: CURSOR is the
 * argument that asks for what follows, null at the end. "left_out" counts
 * items that found no room in a page, which takes hundreds of one name.
 *
 * Of memory that jansson does not get the process dies, as by xmem.h.
 * Thread safety: no state. Tests: t/unit/control_json.c, t/system/control.t
 */
#ifndef CONTROL_JSON_H
#define CONTROL_JSON_H

#include "share/base/buf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A page takes no more items from then on; a reply has 100,000 octets. */
#define CONTROL_PAGE_SOFT 60000
#define CONTROL_PAGE_HARD 99000

/* Before a refusal for want of rights. */
#define CONTROL_DENIED "not permitted"

/* Dies of NULL; gives j. */
json_t *control_need(json_t *j);

/* A new object with "schema". */
json_t *control_object(void);

/* Adds a number. */
void control_put_int(json_t *o, const char *name, int64_t n);

/* Adds a string; what is no UTF-8 is escaped. NULL is null. */
void control_put_str(json_t *o, const char *name, const char *s);

/* Adds ms since 1970 as RFC 3339; 0 is null. */
void control_put_time(json_t *o, const char *name, int64_t ms);

/* Adds a boolean. */
void control_put_bool(json_t *o, const char *name, bool b);

/* The text of o on one line, which is freed; o's reference is taken. */
char *control_text(json_t *o);

struct control_page {
	struct buf text;
	size_t n, left_out;
};

/* Begins a page. */
void control_page_init(struct control_page *p);

/* Adds an item (the reference is taken); false: take this page as full. */
bool control_page_add(struct control_page *p, json_t *item);

/* Ends it: the text, which is freed. next NULL: nothing follows. */
char *control_page_end(struct control_page *p, const char *next);

#endif
