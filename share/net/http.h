/*
 * http: one HTTPS GET, asynchronously, with everything capped.
 *
 * The rules of RFC 8461 section 3.3 that HTTP can know: port 443, TLS 1.2 or
 * newer, certificate verified for the host, no redirects followed, no cache,
 * body capped and as long as announced, proxies of the environment ignored.
 * What a status or media type means is the caller's business
 * (share/policy/sts_fetch.h).
 *
 * Host names are not resolved here: the caller passes addresses, found
 * through [dns] servers, so that this layer needs no resolver.
 *
 * Thread safety: belongs to the thread of its event loop.
 * Implementations: share/net/http_curl.h; scripted in t/policy.
 */
#ifndef HTTP_H
#define HTTP_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_result {
	HTTP_ANSWERED,    /* a whole answer, of whatever status */
	HTTP_FAILED,      /* no connection, broken, timeout, 200 too large */
	HTTP_CERTIFICATE, /* the certificate did not verify */
	HTTP_REFUSED      /* the address filter refused every address */
};

struct http_request {
	const char *host;             /* normal form; also SNI and Host */
	const char *path;             /* begins with "/" */
	const char *const *addresses; /* as text, n of them, at least 1 */
	size_t naddresses;
	int64_t timeout_ms; /* for the whole */
	size_t body_max;    /* octets */
};

struct http_response {
	enum http_result result;
	int status;               /* when HTTP_ANSWERED */
	const char *content_type; /* "" when absent */
	const char *body; /* NUL-terminated; may be cut unless status is 200 */
	size_t body_len;
	const char *leaf_pem; /* the server's certificate, PEM, or "" */
	const char *address;  /* connected to, or "" */
	const char *why;      /* of a failure, for people; "" otherwise */
};

/* The response is borrowed during the call. */
typedef void http_callback(void *arg, const struct http_response *r);

struct http_transfer;

struct http_client {
	/*
	 * Starts a GET of https://host + path; everything in req is copied.
	 * cb is called once, never before get() returns. Never NULL.
	 */
	struct http_transfer *(*get)(void *ctx, const struct http_request *req,
	    http_callback *cb, void *arg);
	/*
	 * Ends a transfer whose callback was not called yet; it will not be.
	 * May be called from the callback of another transfer.
	 */
	void (*cancel)(void *ctx, struct http_transfer *t);
	void *ctx;
};

#endif
