/* resolve: the addresses of a host - see reportgen/resolve.h */
#include "config.h"

#include "reportgen/resolve.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>

/* A resolver that answers at once, or when it is told to. */
struct dns_query {
	enum dns_type type;
	dns_callback *cb;
	void *arg;
};

static struct dns_answer answers[2]; /* AAAA, A */
static bool later;
static struct dns_query *waiting[2];
static int cancelled;

static struct dns_query *
ask(void *ctx, const char *name, enum dns_type type, dns_callback *cb,
    void *arg)
{
	struct dns_query *q;
	int which = type == DNS_A;

	(void)ctx;
	is_str(name, "rua.test", "the host is asked for");
	if (!later) {
		cb(arg, &answers[which]);
		return NULL;
	}
	q = xcalloc(1, sizeof(*q));
	*q = (struct dns_query){ type, cb, arg };
	waiting[which] = q;
	return q;
}

static void
cancel(void *ctx, struct dns_query *q)
{
	(void)ctx;
	cancelled++;
	free(q);
}

static void
give(int which)
{
	waiting[which]->cb(waiting[which]->arg, &answers[which]);
	free(waiting[which]);
}

static const struct dns_resolver dns = { ask, cancel, NULL };
static int calls;
static char got[1024], reason[160];
static size_t ngot;

static void
note(void *arg, const char *const *addresses, size_t n, const char *why)
{
	(void)arg;
	calls++;
	ngot = n;
	got[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ",
		    addresses[i]);
	snprintf(reason, sizeof(reason), "%s", why);
}

static struct dns_answer
answer(enum dns_type type, char (*addr)[46], size_t n)
{
	return (struct dns_answer){ .security = DNS_INSECURE,
		.type = type,
		.n = n,
		.u.addr = addr };
}

static void
test_both(void)
{
	char v6[1][46] = { "2001:db8::1" },
	     v4[2][46] = { "192.0.2.1", "192.0.2.2" };

	answers[0] = answer(DNS_AAAA, v6, 1);
	answers[1] = answer(DNS_A, v4, 2);
	ok(resolve_start(&dns, "rua.test", note, NULL) == NULL, "at once");
	is_int(calls, 1, "called once");
	is_str(got, "2001:db8::1 192.0.2.1 192.0.2.2 ", "all addresses");
	later = true;
	ok(resolve_start(&dns, "rua.test", note, NULL) != NULL, "later");
	give(1);
	is_int(calls, 1, "one answer is not enough");
	answers[0].security = DNS_BOGUS;
	give(0);
	is_int(calls, 2, "both are");
	is_str(got, "192.0.2.1 192.0.2.2 ", "without those that are bogus");
	resolve_cancel(resolve_start(&dns, "rua.test", note, NULL));
	is_int(cancelled, 2, "cancelled");
	is_int(calls, 2, "not called");
	later = false;
}

static void
test_none(void)
{
	static char many[40][46];
	char no[] = "the signature has expired";

	answers[0] = answer(DNS_AAAA, NULL, 0);
	answers[1] = answer(DNS_A, NULL, 0);
	(void)resolve_start(&dns, "rua.test", note, NULL);
	is_str(got, "", "no address");
	has_str(reason, "has no address", "says so");
	answers[0].rcode = answers[1].rcode = DNS_NXDOMAIN;
	(void)resolve_start(&dns, "rua.test", note, NULL);
	has_str(reason, "no such host", "says so");
	answers[0].security = DNS_UNKNOWN;
	answers[0].why = no;
	(void)resolve_start(&dns, "rua.test", note, NULL);
	ok(reason[0] != '\0', "says: %s", reason);
	for (int i = 0; i < 40; i++)
		snprintf(many[i], sizeof(many[i]), "192.0.2.%d", i);
	answers[0] = answers[1] = answer(DNS_A, many, 40);
	(void)resolve_start(&dns, "rua.test", note, NULL);
	is_int(ngot, RESOLVE_MAX, "many are cut");
}

int
main(void)
{
	test_both();
	test_none();
	return done_testing();
}
