/* https_post: one HTTPS POST - see https_post.h */
#include "config.h"

#include "share/net/https_post.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/curl_loop.h"
#include "share/net/curl_target.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define SET CURL_LOOP_SET
#define USER_AGENT PACKAGE_NAME "/" PACKAGE_VERSION

struct https_transfer {
	struct https_post *owner;
	CURL *easy;
	struct curl_target target;
	struct curl_slist *headers;
	size_t headers_len, body_len; /* of the answer, so far */
	char why[CURL_ERROR_SIZE];
	https_post_callback *cb;
	void *arg;
	LIST_ENTRY(https_transfer) next;
};

LIST_HEAD(https_transfer_list, https_transfer);

struct https_post {
	struct curl_loop loop;
	struct addr_filter *filter;
	char *ca_file;
	struct https_transfer_list transfers;
};

/* A part of a URL, "" where there is none; freed by curl_free(). */
static char *
url_part(CURLU *u, CURLUPart part, unsigned flags)
{
	char *s = NULL;

	(void)curl_url_get(u, part, &s, flags);
	return s;
}

/* Takes "[2001:db8::1]", "192.0.2.1" or a name. */
static int
read_host(const char *s, struct https_url *u, struct err *e)
{
	char address[INET6_ADDRSTRLEN];
	size_t n = strlen(s);

	if (n > 2 && s[0] == '[') {
		s++;
		n -= 2;
	}
	u->is_address = hostname_is_address(s, n, address);
	if (!u->is_address)
		return hostname_normalize(s, n, u->host, e);
	return text_copy(u->host, sizeof(u->host), address);
}

/* Opens a URL of ours; NULL and e when it is not one to post to. */
static CURLU *
open_url(const char *url, struct https_url *u, struct err *e)
{
	CURLU *parsed = curl_url();
	char *scheme = NULL, *user = NULL, *host = NULL, *port = NULL;
	int ret = -1;

	memset(u, 0, sizeof(*u));
	if (parsed == NULL)
		abort();
	if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK) {
		(void)err_set(e, ERR_SYNTAX, "not a URL");
		goto out;
	}
	scheme = url_part(parsed, CURLUPART_SCHEME, 0);
	user = url_part(parsed, CURLUPART_USER, 0);
	host = url_part(parsed, CURLUPART_HOST, 0);
	port = url_part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	if (scheme == NULL || strcmp(scheme, "https") != 0)
		(void)err_set(e, ERR_SYNTAX, "not an https URL");
	else if (user != NULL)
		(void)err_set(e, ERR_SYNTAX, "a URL with a user in it");
	else if (host == NULL || port == NULL)
		(void)err_set(e, ERR_SYNTAX, "a URL without a host");
	else
		ret = read_host(host, u, e);
	if (ret == 0)
		u->port = (uint16_t)strtoul(port, NULL, 10);
out:
	curl_free(scheme);
	curl_free(user);
	curl_free(host);
	curl_free(port);
	if (ret == 0)
		return parsed;
	curl_url_cleanup(parsed);
	return NULL;
}

int
https_url_parse(const char *url, struct https_url *u, struct err *e)
{
	CURLU *parsed = open_url(url, u, e);

	curl_url_cleanup(parsed);
	return parsed != NULL ? 0 : -1;
}

/* CURLOPT_WRITEFUNCTION: what the answer says does not matter. */
static size_t
take_body(char *data, size_t size, size_t n, void *arg)
{
	struct https_transfer *t = arg;

	(void)data;
	t->body_len += size * n;
	return t->body_len > HTTPS_POST_BODY_MAX ? 0 : n;
}

/* CURLOPT_HEADERFUNCTION: libcurl has no limit for all lines together. */
static size_t
take_header(char *data, size_t size, size_t n, void *arg)
{
	struct https_transfer *t = arg;

	(void)data;
	t->headers_len += size * n;
	return t->headers_len > HTTPS_POST_HEADERS_MAX ? 0 : n;
}

static void
set_tls(struct https_transfer *t, bool unverified)
{
	CURL *easy = t->easy;

	SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(easy, CURLOPT_SSL_VERIFYPEER, unverified ? 0L : 1L);
	SET(easy, CURLOPT_SSL_VERIFYHOST, unverified ? 0L : 2L);
	if (*t->owner->ca_file != '\0') {
		SET(easy, CURLOPT_CAPATH, NULL);
		SET(easy, CURLOPT_CAINFO, t->owner->ca_file);
	}
	/* what was verified, or not, is not reused for another */
	SET(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(easy, CURLOPT_FRESH_CONNECT, 1L);
	SET(easy, CURLOPT_FORBID_REUSE, 1L);
}

static void
set_request(struct https_transfer *t, const struct https_post_request *req)
{
	CURL *easy = t->easy;
	char *type = xasprintf("Content-Type: %s", req->type);

	SET(easy, CURLOPT_PROTOCOLS_STR, "https");
	SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(easy, CURLOPT_USERAGENT, USER_AGENT);
	t->headers = curl_slist_append(NULL, type);
	/* no "100 Continue" first: some servers never say it */
	t->headers = curl_slist_append(t->headers, "Expect:");
	if (t->headers == NULL)
		abort();
	SET(easy, CURLOPT_HTTPHEADER, t->headers);
	free(type);
	SET(easy, CURLOPT_POST, 1L);
	SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->len);
	SET(easy, CURLOPT_COPYPOSTFIELDS, req->body);
	/* 0 would be: for ever */
	SET(easy, CURLOPT_TIMEOUT_MS,
	    req->timeout_ms > 0 ? (long)req->timeout_ms : 1L);
	SET(easy, CURLOPT_NOSIGNAL, 1L);
}

static void
transfer_free(struct https_transfer *t)
{
	LIST_REMOVE(t, next);
	curl_easy_cleanup(t->easy);
	curl_target_clear(&t->target);
	curl_slist_free_all(t->headers);
	free(t);
}

static enum https_post_result
judge(const struct https_transfer *t, CURLcode code, long status)
{
	switch (code) {
	case CURLE_OK:
		return status > 0 ? HTTPS_POST_ANSWERED : HTTPS_POST_FAILED;
	case CURLE_WRITE_ERROR:
		/* the status counts, not the length of the page below it */
		if (t->body_len > HTTPS_POST_BODY_MAX)
			return HTTPS_POST_ANSWERED;
		return HTTPS_POST_FAILED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CACERT_BADFILE:
		return HTTPS_POST_CERTIFICATE;
	default:
		return t->target.refused && !t->target.allowed
		    ? HTTPS_POST_PRIVATE
		    : HTTPS_POST_FAILED;
	}
}

static const char *
explain(const struct https_transfer *t, enum https_post_result result,
    CURLcode code)
{
	if (result == HTTPS_POST_ANSWERED)
		return "";
	if (result == HTTPS_POST_PRIVATE)
		return "every address is private, reserved or local";
	if (t->target.no_address)
		return "no address to connect to";
	if (t->headers_len > HTTPS_POST_HEADERS_MAX)
		return "the header is too large";
	return t->why[0] != '\0' ? t->why : curl_easy_strerror(code);
}

static void
transfer_done(void *private, CURLcode code)
{
	struct https_transfer *t = private;
	struct https_post_answer a = { 0 };
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	a.result = judge(t, code, status);
	a.status = a.result == HTTPS_POST_ANSWERED ? (int)status : 0;
	a.why = explain(t, a.result, code);
	t->cb(t->arg, &a);
	transfer_free(t);
}

struct https_post *
https_post_new(struct event_base *base, const char *ca_file,
    struct addr_filter *filter)
{
	struct https_post *p = xcalloc(1, sizeof(*p));

	p->ca_file = xstrdup(ca_file);
	p->filter = filter;
	curl_loop_init(&p->loop, base, transfer_done);
	return p;
}

void
https_post_free(struct https_post *p)
{
	struct https_transfer *t;

	if (p == NULL)
		return;
	while ((t = LIST_FIRST(&p->transfers)) != NULL)
		https_post_cancel(t);
	curl_loop_clear(&p->loop);
	addr_filter_free(p->filter);
	free(p->ca_file);
	free(p);
}

/* The URL with its host as we read it, so that libcurl finds its addresses. */
static char *
rewrite(CURLU *parsed, const struct https_url *u)
{
	char *host = strchr(u->host, ':') != NULL ? xasprintf("[%s]", u->host)
						  : xstrdup(u->host);
	char *full = NULL, *text = NULL;

	if (curl_url_set(parsed, CURLUPART_HOST, host, 0) == CURLUE_OK &&
	    curl_url_set(parsed, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK)
		full = url_part(parsed, CURLUPART_URL, 0);
	text = xstrdup(full);
	curl_free(full);
	free(host);
	return text;
}

struct https_transfer *
https_post_start(struct https_post *p, const struct https_post_request *req,
    https_post_callback *cb, void *arg, struct err *e)
{
	struct https_url u;
	CURLU *parsed = open_url(req->url, &u, e);
	struct https_transfer *t;
	char *url;

	if (parsed == NULL)
		return NULL;
	url = rewrite(parsed, &u);
	curl_url_cleanup(parsed);
	if (url == NULL) {
		(void)err_set(e, ERR_SYNTAX, "not a URL to post to");
		return NULL;
	}
	t = xcalloc(1, sizeof(*t));
	t->owner = p;
	t->cb = cb;
	t->arg = arg;
	t->easy = curl_easy_init();
	if (t->easy == NULL)
		abort();
	SET(t->easy, CURLOPT_URL, url);
	free(url);
	SET(t->easy, CURLOPT_PRIVATE, t);
	SET(t->easy, CURLOPT_ERRORBUFFER, t->why);
	SET(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	SET(t->easy, CURLOPT_WRITEDATA, t);
	SET(t->easy, CURLOPT_HEADERFUNCTION, take_header);
	SET(t->easy, CURLOPT_HEADERDATA, t);
	set_tls(t, req->unverified);
	set_request(t, req);
	curl_target_set(&t->target, t->easy, p->filter, u.host, u.port,
	    req->addresses, req->naddresses);
	LIST_INSERT_HEAD(&p->transfers, t, next);
	curl_loop_add(&p->loop, t->easy);
	return t;
}

void
https_post_cancel(struct https_transfer *t)
{
	curl_loop_remove(&t->owner->loop, t->easy);
	transfer_free(t);
}
