/*
 * https_post: one HTTPS POST, asynchronously, with everything capped.
 * (RFC 8460 section 5.4)
 *
 * Redirects are not followed, proxies of the environment ignored, what the
 * server answers is read up to a limit and forgotten but for its status. The
 * certificate is verified; the caller may ask once more without, since RFC
 * 8460 section 3 lets a report about broken TLS through broken TLS. The address
 * really connected to passes a filter: a domain's record must not make us post
 * to a host of our own network. Host names are not resolved here.
 *
 * Thread safety: belongs to the thread of the event_base. The process ignores
 * SIGPIPE. Limits: HTTPS_POST_HEADERS_MAX octets of header lines,
 * HTTPS_POST_BODY_MAX of the answer. Tests: t/unit/https_post.c
 */
#ifndef HTTPS_POST_H
#define HTTPS_POST_H

#include "share/base/err.h"
#include "share/base/hostname.h"
#include "share/net/addr_filter.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTPS_POST_HEADERS_MAX 65536
#define HTTPS_POST_BODY_MAX 65536

enum https_post_result {
	HTTPS_POST_ANSWERED,    /* with a status, of whatever kind */
	HTTPS_POST_FAILED,      /* no connection, broken, timeout */
	HTTPS_POST_CERTIFICATE, /* did not verify; nothing was sent */
	HTTPS_POST_PRIVATE      /* the filter refused every address */
};

/* Where an https URL leads. */
struct https_url {
	char host[HOSTNAME_SIZE]; /* normal form, or an address */
	bool is_address;
	uint16_t port;
};

struct https_post_request {
	const char *url;              /* as https_url_parse() took it */
	const char *const *addresses; /* of its host, as text */
	size_t naddresses;
	const char *type; /* media type of the body */
	const void *body;
	size_t len;
	int64_t timeout_ms; /* for the whole */
	bool unverified;    /* take any certificate */
};

struct https_post_answer {
	enum https_post_result result;
	int status;      /* when HTTPS_POST_ANSWERED */
	const char *why; /* of a failure, for people; "" otherwise */
};

/* The answer is borrowed during the call. */
typedef void https_post_callback(void *arg, const struct https_post_answer *a);

struct https_post;
struct https_transfer;

/* Reads a URL; one with user information is refused. */
int https_url_parse(const char *url, struct https_url *u,
    struct err *e) MUST_CHECK;

/*
 * Makes a client on base (borrowed); ca_file "" is the system's store. filter
 * is taken over. Never NULL.
 */
struct https_post *https_post_new(struct event_base *base, const char *ca_file,
    struct addr_filter *filter);

/* Frees; what is under way ends without its callback. NULL is fine. */
void https_post_free(struct https_post *p);

/*
 * Starts a POST; everything in req is copied. cb is called once, never before
 * this returns. NULL and e: the URL cannot be used.
 */
struct https_transfer *https_post_start(struct https_post *p,
    const struct https_post_request *req, https_post_callback *cb, void *arg,
    struct err *e) MUST_CHECK;

/* Ends a transfer whose callback was not called yet; it will not be. */
void https_post_cancel(struct https_transfer *t);

#endif
