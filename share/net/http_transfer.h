/*
 * http_transfer: one request of http_curl, from its options to its result.
 *
 * Only share/net/http_curl.c and http_transfer.c include this. libcurl's
 * easy handle is made for one transfer and thrown away.
 *
 * Thread safety: belongs to the thread of the event_base.
 * Tests: t/unit/http_curl.c
 */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include "share/base/buf.h"
#include "share/net/curl_loop.h"
#include "share/net/curl_target.h"
#include "share/net/http_curl.h"

#include <curl/curl.h>
#include <sys/queue.h>

struct http_transfer {
	struct http_curl *owner;
	CURL *easy;
	struct curl_target target; /* addresses of the host */
	struct curl_slist *headers;
	struct buf body;
	size_t headers_len; /* octets of header lines so far */
	http_callback *cb;
	void *arg;
	bool header_whole; /* up to its empty line */
	bool chunked;      /* the end of the body is marked */
	bool closed;       /* TLS said that nothing follows */
	char why[CURL_ERROR_SIZE];
	LIST_ENTRY(http_transfer) next;
};

LIST_HEAD(http_transfer_list, http_transfer);

struct http_curl {
	struct curl_loop loop;
	struct addr_filter *filter;
	char *ca_file;
	uint16_t port;
	struct http_client iface;
	struct http_transfer_list transfers;
};

/* Makes a transfer that is not started. Never NULL. */
struct http_transfer *http_transfer_new(struct http_curl *owner,
    const struct http_request *req, http_callback *cb, void *arg);

/* Calls back with how the transfer ended. */
void http_transfer_finish(struct http_transfer *t, CURLcode code);

/* Frees; the transfer is in no list and not started any more. */
void http_transfer_free(struct http_transfer *t);

#endif
