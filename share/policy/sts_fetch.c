/* sts_fetch: one policy file, from host name to policy - see sts_fetch.h */
#include "config.h"

#include "share/policy/sts_fetch.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/tls/x509.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADDRESSES_MAX 8
#define HOST_PREFIX "mta-sts."
#define POLICY_PATH "/.well-known/mta-sts.txt"

struct sts_fetch {
	const struct env *env;
	const struct dns_resolver *dns; /* who was asked */
	const struct http_client *http;
	struct sts_gate *gate;
	struct sts_pass *pass;
	int64_t deadline_ms;
	int64_t left_ms;            /* of it, while waiting at the gate */
	struct dns_query *query[2]; /* A, AAAA */
	int open;                   /* of these, not answered yet */
	bool failed;                /* one of them failed */
	bool starting;              /* the callback must not free us yet */
	bool done;
	struct http_transfer *transfer;
	struct timer *timer;
	size_t naddresses;
	char addresses[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	char host[HOSTNAME_SIZE];
	sts_fetch_callback *cb;
	void *arg;
	enum sts_fetch_result result;
	struct sts_policy *policy;
	char why[ERR_TEXT_MAX];
};

const char *
sts_fetch_result_name(enum sts_fetch_result result)
{
	static const char *const names[] = {
		[STS_FETCH_OK] = "success",
		[STS_FETCH_ERROR] = "sts-policy-fetch-error",
		[STS_FETCH_WEBPKI] = "sts-webpki-invalid",
		[STS_FETCH_INVALID] = "sts-policy-invalid",
	};

	return names[result];
}

static void
release(struct sts_fetch *f)
{
	const struct env *env = f->env;

	for (int i = 0; i < 2; i++)
		if (f->query[i] != NULL)
			f->dns->cancel(f->dns->ctx, f->query[i]);
	if (f->transfer != NULL)
		f->http->cancel(f->http->ctx, f->transfer);
	if (f->timer != NULL)
		env->timers.cancel(env->timers.ctx, f->timer);
	if (f->pass != NULL)
		sts_gate_leave(f->pass);
	free(f);
}

static void
finish(struct sts_fetch *f)
{
	f->done = true;
	if (f->starting)
		return;
	f->cb(f->arg, f->result, f->policy, f->why);
	release(f);
}

static void
fail(struct sts_fetch *f, enum sts_fetch_result result, const char *why)
{
	f->result = result;
	(void)snprintf(f->why, sizeof(f->why), "%s", why);
	finish(f);
}

/* RFC 8461 section 3.2: text/plain; RFC 9110 section 8.3.1: any case. */
static bool
is_text_plain(const char *type)
{
	static const char want[] = "text/plain";

	return text_starts_nocase(type, want) &&
	    strchr("; \t", type[strlen(want)]) != NULL;
}

static void
read_body(struct sts_fetch *f, const struct http_response *r)
{
	struct err e = { 0 };

	f->policy = sts_policy_parse(r->body, r->body_len, &e);
	if (f->policy != NULL) {
		f->result = STS_FETCH_OK;
		finish(f);
		return;
	}
	(void)err_wrap(&e, "policy is invalid");
	fail(f, STS_FETCH_INVALID, e.text);
}

static void
on_response(void *arg, const struct http_response *r)
{
	struct sts_fetch *f = arg;
	char why[64];

	f->transfer = NULL;
	switch (r->result) {
	case HTTP_CERTIFICATE:
		fail(f, STS_FETCH_WEBPKI,
		    "the policy host's certificate is not valid for it");
		return;
	case HTTP_REFUSED:
		fail(f, STS_FETCH_ERROR,
		    "the policy host's addresses are private or reserved");
		return;
	case HTTP_FAILED:
		fail(f, STS_FETCH_ERROR, "the policy host does not answer");
		return;
	case HTTP_ANSWERED:
		break;
	}
	/* libcurl falls back to the common name; RFC 8461 does not. */
	if (!x509_pem_has_dns_san(r->leaf_pem, strlen(r->leaf_pem))) {
		fail(f, STS_FETCH_WEBPKI,
		    "the policy host's certificate has no DNS name in its "
		    "SAN");
	} else if (r->status != 200) {
		(void)snprintf(why, sizeof(why), "HTTP status %d, not 200",
		    r->status);
		fail(f, STS_FETCH_ERROR, why);
	} else if (!is_text_plain(r->content_type)) {
		fail(f, STS_FETCH_ERROR, "media type is not text/plain");
	} else {
		read_body(f, r);
	}
}

static void
get(struct sts_fetch *f)
{
	const struct env *env = f->env;
	int64_t left = f->deadline_ms - clock_mono_ms(env->clock);
	const char *list[ADDRESSES_MAX];
	struct http_request req;

	for (size_t i = 0; i < f->naddresses; i++)
		list[i] = f->addresses[i];
	req.host = f->host;
	req.path = POLICY_PATH;
	req.addresses = list;
	req.naddresses = f->naddresses;
	req.timeout_ms = left > 1 ? left : 1;
	req.body_max = STS_BODY_MAX;
	f->http = env->http;
	f->transfer = f->http->get(f->http->ctx, &req, on_response, f);
}

static void
on_timeout(void *arg)
{
	struct sts_fetch *f = arg;

	f->timer = NULL;
	fail(f, STS_FETCH_ERROR, "the policy host does not answer in time");
}

static void
on_gate(void *arg, bool crowded)
{
	struct sts_fetch *f = arg;
	const struct env *env = f->env;
	int64_t left = f->left_ms;

	if (crowded && left > STS_GATE_CROWDED_MS)
		left = STS_GATE_CROWDED_MS;
	f->deadline_ms = clock_mono_ms(env->clock) + left;
	f->timer = env->timers.set(env->timers.ctx, left, on_timeout, f);
	get(f);
}

/* The host is known by its least address, whatever the order they come in. */
static void
enter_gate(struct sts_fetch *f)
{
	const struct env *env = f->env;
	const char *least = f->addresses[0];

	for (size_t i = 1; i < f->naddresses; i++)
		if (strcmp(f->addresses[i], least) < 0)
			least = f->addresses[i];
	f->left_ms = f->deadline_ms - clock_mono_ms(env->clock);
	if (f->timer != NULL)
		env->timers.cancel(env->timers.ctx, f->timer);
	f->timer = NULL;
	f->pass = sts_gate_enter(f->gate, least, on_gate, f);
}

static void
on_address(struct sts_fetch *f, const struct dns_answer *a)
{
	if (a->security == DNS_UNKNOWN || a->security == DNS_BOGUS)
		f->failed = true;
	else
		for (size_t i = 0; i < a->n; i++)
			if (f->naddresses < ADDRESSES_MAX)
				(void)text_copy(f->addresses[f->naddresses++],
				    INET6_ADDRSTRLEN, a->u.addr[i]);
	if (--f->open > 0 || f->done)
		return;
	if (f->naddresses > 0)
		enter_gate(f);
	else
		fail(f, STS_FETCH_ERROR,
		    f->failed ? "the policy host's address could not be "
				"looked up"
			      : "the policy host has no address");
}

static void
on_a(void *arg, const struct dns_answer *a)
{
	struct sts_fetch *f = arg;

	f->query[0] = NULL;
	on_address(f, a);
}

static void
on_aaaa(void *arg, const struct dns_answer *a)
{
	struct sts_fetch *f = arg;

	f->query[1] = NULL;
	on_address(f, a);
}

struct sts_fetch *
sts_fetch_start(const struct sts_fetch_with *with, const char *domain,
    int64_t timeout_ms, sts_fetch_callback *cb, void *arg)
{
	struct sts_fetch *f = xcalloc(1, sizeof(*f));
	const struct env *env = with->env;
	const struct dns_resolver *dns = env->dns;
	int n;

	f->env = env;
	f->gate = with->gate;
	f->dns = dns;
	f->cb = cb;
	f->arg = arg;
	f->deadline_ms = clock_mono_ms(env->clock) + timeout_ms;
	f->open = 2;
	f->starting = true;
	n = snprintf(f->host, sizeof(f->host), HOST_PREFIX "%s", domain);
	if (n < 0 || (size_t)n >= sizeof(f->host)) {
		fail(f, STS_FETCH_ERROR, "the policy host's name is too long");
	} else {
		f->timer =
		    env->timers.set(env->timers.ctx, timeout_ms, on_timeout, f);
		f->query[0] = dns->ask(dns->ctx, f->host, DNS_A, on_a, f);
		f->query[1] = dns->ask(dns->ctx, f->host, DNS_AAAA, on_aaaa, f);
	}
	f->starting = false;
	if (!f->done)
		return f;
	finish(f);
	return NULL;
}

void
sts_fetch_cancel(struct sts_fetch *f)
{
	if (f != NULL)
		release(f);
}
