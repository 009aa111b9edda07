/*
 * scripted_http: an HTTPS client that answers what a scenario says.
 *
 * Implements share/net/http.h. A host without a page does not answer.
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef SCRIPTED_HTTP_H
#define SCRIPTED_HTTP_H

#include "share/net/http.h"
#include "t/policy/sim.h"

struct scripted_page {
	struct scripted_page *next;
	char *host;
	enum http_result result;
	int status;
	char *content_type;
	char *body;
	bool san;     /* the certificate has a DNS name in its SAN */
	bool stalled; /* until the request's own timeout */
	int64_t delay_ms;
};

struct scripted_http {
	struct http_client iface;
	struct sim *sim;
	struct scripted_page *pages;
	struct http_transfer *open;
	size_t nopen, most; /* at a time */
	char *wrong;        /* what was wrong with a request, or NULL */
};

/* Makes a client without pages. */
void scripted_http_init(struct scripted_http *h, struct sim *sim);

/* Frees; gives how many transfers were still open. */
size_t scripted_http_clear(struct scripted_http *h);

/* Adds p (taken), in place of what its host had. */
void scripted_http_set(struct scripted_http *h, struct scripted_page *p);

#endif
