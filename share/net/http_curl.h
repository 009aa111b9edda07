/*
 * http_curl: http.h over libcurl's multi interface and libevent.
 *
 * Certificate failures are told apart from other ones (CURLE_PEER_FAILED_
 * VERIFICATION and the errors around it). The address really connected to
 * passes share/net/addr_filter.h (CURLOPT_OPENSOCKETFUNCTION).
 *
 * Thread safety: belongs to the thread of its event_base.
 * Tests: t/unit/http_curl.c, t/system (a real HTTPS server)
 */
#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#include "share/net/addr_filter.h"
#include "share/net/http.h"

#include <event2/event.h>

struct http_curl;

/*
 * ca_file "" is the system's store. filter is taken over (owned). port is
 * 443 but for tests. NULL and e where the CA file cannot be read.
 */
struct http_curl *http_curl_new(struct event_base *base, const char *ca_file,
    struct addr_filter *filter, uint16_t port, struct err *e) MUST_CHECK;

/* Frees; transfers under way end without their callbacks. NULL is fine. */
void http_curl_free(struct http_curl *h);

/* The interface to fetch through; borrowed, valid until free. */
const struct http_client *http_curl_iface(struct http_curl *h);

#endif
