/*
 * curl_target: the addresses that one transfer of libcurl may connect to.
 *
 * libcurl's own resolver is never reached, and the environment's proxies
 * neither: addresses are given by the caller, and the one really connected to
 * passes a filter (CURLOPT_OPENSOCKETFUNCTION).
 *
 * Only the files of share/net include this.
 * Thread safety: belongs to the transfer. Tests: t/unit/http_curl.c
 */
#ifndef CURL_TARGET_H
#define CURL_TARGET_H

#include "share/net/addr_filter.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct curl_target {
	const struct addr_filter *filter; /* NULL: everything may be */
	struct curl_slist *resolve;
	bool allowed;    /* the filter let an address pass */
	bool refused;    /* the filter refused one */
	bool no_address; /* none was given */
};

/*
 * Has easy connect to these n addresses for host (normal form) and port, or to
 * host itself where it is an address; t and filter are borrowed until easy is
 * gone.
 */
void curl_target_set(struct curl_target *t, CURL *easy,
    const struct addr_filter *filter, const char *host, uint16_t port,
    const char *const *addresses, size_t n);

/* Frees what it holds. */
void curl_target_clear(struct curl_target *t);

#endif
