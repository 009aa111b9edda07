/*
 * http_curl: http.h over libcurl's multi interface and libevent.
 *
 * Certificate failures are told apart from other ones (CURLE_PEER_FAILED_
 * VERIFICATION and the errors around it). The address really connected to
 * passes share/net/addr_filter.h (CURLOPT_OPENSOCKETFUNCTION). libcurl's own
 * resolver is never reached. Every transfer has a connection of its own: what
 * was verified for one set of addresses is not reused for another. The CA
 * file is parsed at the first transfer and then once a day.
 *
 * Limits: header lines HTTP_CURL_HEADERS_MAX octets in all.
 *
 * Thread safety: belongs to the thread of its event_base. The process ignores
 * SIGPIPE (libcurl would change its handling for every thread, call by call).
 * Tests: t/unit/http_curl.c, t/system (a real HTTPS server)
 */
#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#include "share/net/addr_filter.h"
#include "share/net/http.h"

#include <event2/event.h>

#define HTTP_CURL_HEADERS_MAX 65536

struct http_curl;

/*
 * ca_file "" is the system's store, as libcurl was built for it. filter is
 * taken over (owned, also on failure). port is 443 but for tests. NULL and e
 * where the CA file cannot be read or holds no certificate.
 */
struct http_curl *http_curl_new(struct event_base *base, const char *ca_file,
    struct addr_filter *filter, uint16_t port, struct err *e) MUST_CHECK;

/*
 * Frees; transfers under way end without their callbacks. Not from within a
 * callback. NULL is fine.
 */
void http_curl_free(struct http_curl *h);

/* The interface to fetch through; borrowed, valid until free. */
const struct http_client *http_curl_iface(struct http_curl *h);

#endif
