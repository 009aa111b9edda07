/* http_transfer: one request of http_curl - see http_transfer.h */
#include "config.h"

#include "share/base/hostname.h"
#include "share/base/xmem.h"
#include "share/net/http_transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USER_AGENT PACKAGE_NAME "/" PACKAGE_VERSION
#define SET CURL_LOOP_SET

/* CURLOPT_WRITEFUNCTION */
static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	buf_add(&t->body, data, size * n);
	return buf_full(&t->body) ? 0 : n;
}

/* Whether a header line says that the body comes in chunks. */
static bool
says_chunked(const char *line, size_t n)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "%.*s", (int)n, line);
	return strncasecmp(text, "transfer-encoding:", 18) == 0 &&
	    strcasestr(text + 18, "chunked") != NULL;
}

/*
 * CURLOPT_HEADERFUNCTION: one line at a time. libcurl takes a header that
 * breaks off for a whole one, and has no limit for all lines together.
 */
static size_t
take_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;
	size_t len = size * n;

	t->headers_len += len;
	/* more than one header: 100 Continue; later lines: trailers */
	if (len > 5 && strncmp(data, "HTTP/", 5) == 0) {
		t->header_whole = false;
		t->chunked = false;
	} else if (len > 0 && (data[0] == '\r' || data[0] == '\n')) {
		t->header_whole = true;
	} else if (says_chunked(data, len)) {
		t->chunked = true;
	}
	return t->headers_len > HTTP_CURL_HEADERS_MAX ? 0 : n;
}

/*
 * CURLOPT_DEBUGFUNCTION: libcurl takes any end of the connection for a
 * proper one. Only here the TLS alert close_notify (RFC 8446 section 6.1)
 * can be told from a connection that somebody cut.
 */
static int
watch_tls(CURL *easy, curl_infotype type, char *data, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)easy;
	if (type == CURLINFO_SSL_DATA_IN && n == 2 && data[1] == 0)
		t->closed = true;
	return 0;
}

/* What the connection and its TLS have to be like. */
static void
set_tls(struct http_transfer *t)
{
	CURL *easy = t->easy;

	SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	/* libcurl keeps the parsed file only where no folder is looked into */
	SET(easy, CURLOPT_CAPATH, NULL);
	SET(easy, CURLOPT_CAINFO, t->owner->ca_file);
	SET(easy, CURLOPT_CERTINFO, 1L);
	/* a resumed session would come without its certificate */
	SET(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(easy, CURLOPT_FRESH_CONNECT, 1L);
	SET(easy, CURLOPT_FORBID_REUSE, 1L);
}

/* RFC 8461 section 3.3: what is asked, and what is not followed. */
static void
set_request(struct http_transfer *t, const struct http_request *req)
{
	CURL *easy = t->easy;
	char *url;

	if (t->owner->port == 443)
		url = xasprintf("https://%s%s", req->host, req->path);
	else
		url = xasprintf("https://%s:%u%s", req->host,
		    (unsigned)t->owner->port, req->path);
	SET(easy, CURLOPT_URL, url);
	free(url);
	SET(easy, CURLOPT_PROTOCOLS_STR, "https");
	SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(easy, CURLOPT_USERAGENT, USER_AGENT);
	t->headers = curl_slist_append(NULL, "Accept: text/plain");
	SET(easy, CURLOPT_HTTPHEADER, t->headers);
	/* 0 would be: for ever */
	SET(easy, CURLOPT_TIMEOUT_MS,
	    req->timeout_ms > 0 ? (long)req->timeout_ms : 1L);
	SET(easy, CURLOPT_NOSIGNAL, 1L);
}

struct http_transfer *
http_transfer_new(struct http_curl *owner, const struct http_request *req,
    http_callback *cb, void *arg)
{
	struct http_transfer *t = xcalloc(1, sizeof(*t));

	t->owner = owner;
	t->cb = cb;
	t->arg = arg;
	buf_init(&t->body, req->body_max);
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		abort();
	SET(t->easy, CURLOPT_PRIVATE, t);
	SET(t->easy, CURLOPT_ERRORBUFFER, t->why);
	SET(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	SET(t->easy, CURLOPT_WRITEDATA, t);
	SET(t->easy, CURLOPT_HEADERFUNCTION, take_header);
	SET(t->easy, CURLOPT_HEADERDATA, t);
	SET(t->easy, CURLOPT_DEBUGFUNCTION, watch_tls);
	SET(t->easy, CURLOPT_DEBUGDATA, t);
	SET(t->easy, CURLOPT_VERBOSE, 1L);
	set_tls(t);
	curl_target_set(&t->target, t->easy, owner->filter, req->host,
	    owner->port, req->addresses, req->naddresses);
	set_request(t, req);
	return t;
}

/* The leaf's PEM out of what CURLOPT_CERTINFO gathered; "" without it. */
static const char *
leaf_pem(CURL *easy)
{
	struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    info == NULL || info->num_of_certs < 1)
		return "";
	for (struct curl_slist *l = info->certinfo[0]; l != NULL; l = l->next)
		if (strncmp(l->data, "Cert:", 5) == 0)
			return l->data + 5;
	return "";
}

/* Whether what libcurl takes for a whole answer is one. */
static bool
is_whole(const struct http_transfer *t)
{
	curl_off_t length = -1;

	(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
	    &length);
	/* RFC 9112 section 8: without a length only close_notify ends it */
	return t->header_whole &&
	    (length >= 0 || t->chunked || t->closed || t->body.len == 0);
}

/* Which of the four ends this was; RFC 8460 counts them differently. */
static enum http_result
judge(const struct http_transfer *t, CURLcode code, int status)
{
	switch (code) {
	case CURLE_OK:
		return is_whole(t) ? HTTP_ANSWERED : HTTP_FAILED;
	case CURLE_WRITE_ERROR:
		/* what an error page says does not matter */
		if (buf_full(&t->body) && status != 200)
			return HTTP_ANSWERED;
		return HTTP_FAILED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return HTTP_CERTIFICATE;
	default:
		return t->target.refused && !t->target.allowed ? HTTP_REFUSED
							       : HTTP_FAILED;
	}
}

/* Says for people why there is no answer. */
static const char *
explain(struct http_transfer *t, enum http_result result, CURLcode code)
{
	if (result == HTTP_ANSWERED)
		return "";
	if (result == HTTP_REFUSED)
		return "every address is private, reserved or local";
	if (t->target.no_address)
		return "no address to connect to";
	if (buf_full(&t->body))
		return "the body is too large";
	if (t->headers_len > HTTP_CURL_HEADERS_MAX)
		return "the header is too large";
	if (code == CURLE_OK)
		return "the connection ended within the answer";
	return t->why[0] != '\0' ? t->why : curl_easy_strerror(code);
}

void
http_transfer_finish(struct http_transfer *t, CURLcode code)
{
	struct http_response r = { 0 };
	const char *type = NULL, *address = NULL;
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	(void)curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address);
	r.result = judge(t, code, (int)status);
	r.status = r.result == HTTP_ANSWERED ? (int)status : 0;
	r.content_type = type != NULL ? type : "";
	r.body = buf_str(&t->body);
	r.body_len = t->body.len;
	r.leaf_pem = leaf_pem(t->easy);
	r.address = address != NULL ? address : "";
	r.why = explain(t, r.result, code);
	t->cb(t->arg, &r);
}

void
http_transfer_free(struct http_transfer *t)
{
	if (t == NULL)
		return;
	curl_easy_cleanup(t->easy);
	curl_target_clear(&t->target);
	curl_slist_free_all(t->headers);
	buf_clear(&t->body);
	free(t);
}
