/* curl_target: the addresses that a transfer connects to - see curl_target.h */
#include "config.h"

#include "share/net/curl_target.h"
#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/net/curl_loop.h"

#include <stdlib.h>
#include <string.h>

/*
 * How long libcurl may keep the addresses given with a request. They are
 * looked up at once, so this only bounds what the table holds.
 */
#define ADDRESSES_KEPT_S 120L

/* CURLOPT_OPENSOCKETFUNCTION: the address that is really connected to. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct curl_target *t = arg;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    (t->filter != NULL && !addr_filter_ok(t->filter, &to->addr))) {
		t->refused = true;
		return CURL_SOCKET_BAD;
	}
	t->allowed = true;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* CURLOPT_RESOLVER_START_FUNCTION: names are never resolved by libcurl. */
static int
refuse_resolving(void *state, void *reserved, void *arg)
{
	(void)state;
	(void)reserved;
	(void)arg;
	return 1;
}

/*
 * For CURLOPT_RESOLVE: "+HOST:PORT:ADDRESS,ADDRESS" replaces what the table of
 * the multi handle held for the host, "-HOST:PORT" removes it.
 */
static void
make_resolve(struct curl_target *t, const char *host, unsigned port,
    const char *const *addresses, size_t naddresses)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, 65536);
	buf_printf(&b, "+%s:%u:", host, port);
	for (size_t i = 0; i < naddresses; i++) {
		const char *a = addresses[i];
		bool v6 = strchr(a, ':') != NULL;

		if (!hostname_is_address(a, strlen(a), NULL))
			continue;
		buf_printf(&b, "%s%s%s%s", n++ > 0 ? "," : "", v6 ? "[" : "", a,
		    v6 ? "]" : "");
	}
	t->no_address = n == 0;
	if (n == 0) {
		buf_reset(&b);
		buf_printf(&b, "-%s:%u", host, port);
	}
	t->resolve = curl_slist_append(NULL, buf_str(&b));
	if (t->resolve == NULL)
		abort();
	buf_clear(&b);
}

void
curl_target_set(struct curl_target *t, CURL *easy,
    const struct addr_filter *filter, const char *host, uint16_t port,
    const char *const *addresses, size_t n)
{
	t->filter = filter;
	/* an address is looked up by nobody, and has no place in the table */
	if (!hostname_is_address(host, strlen(host), NULL)) {
		make_resolve(t, host, port, addresses, n);
		CURL_LOOP_SET(easy, CURLOPT_RESOLVE, t->resolve);
		CURL_LOOP_SET(easy, CURLOPT_DNS_CACHE_TIMEOUT,
		    ADDRESSES_KEPT_S);
		CURL_LOOP_SET(easy, CURLOPT_RESOLVER_START_FUNCTION,
		    refuse_resolving);
	}
	CURL_LOOP_SET(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	CURL_LOOP_SET(easy, CURLOPT_OPENSOCKETDATA, t);
	CURL_LOOP_SET(easy, CURLOPT_PROXY, "");
}

void
curl_target_clear(struct curl_target *t)
{
	curl_slist_free_all(t->resolve);
	t->resolve = NULL;
}
