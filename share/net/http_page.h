/*
 * http_page: one page of text over HTTP, for what collects metrics.
 *
 * GET and HEAD of one path; anything else is 404, 405 or 400. Each request
 * is answered with "Connection: close" (RFC 9112 section 9.6). libevent's own
 * evhttp has, in 2.1, neither a limit of connections nor of the time that a
 * request may take in all, so it is not used here.
 *
 * Thread safety: belongs to the thread of its event_base. Limits:
 * HTTP_PAGE_CONNECTIONS (one more closes the oldest), HTTP_PAGE_REQUEST_MAX
 * octets of request, HTTP_PAGE_MS from accepting to the end.
 * Tests: t/unit/http_page.c, t/system/metrics.t
 */
#ifndef HTTP_PAGE_H
#define HTTP_PAGE_H

#include <event2/event.h>
#include <stdint.h>

#define HTTP_PAGE_CONNECTIONS 16
#define HTTP_PAGE_REQUEST_MAX 8192
#define HTTP_PAGE_MS 10000

struct http_page;

/* Gives the text of the page, which is freed. Asked for each request. */
typedef char *http_page_text(void *arg);

/* path, type ("text/plain; charset=utf-8"): borrowed for its life. */
struct http_page *http_page_new(struct event_base *base, const char *path,
    const char *type, http_page_text *text, void *arg);

/* Serves fd (listening, non-blocking; taken over) too. */
void http_page_add(struct http_page *p, int fd);

/* Another time limit than HTTP_PAGE_MS. */
void http_page_set_timeout(struct http_page *p, int64_t ms);

/* Closes and frees; NULL is fine. */
void http_page_free(struct http_page *p);

#endif
