/*
 * yard_cold: the yardstick of cold lookups: bare libunbound, bare libcurl.
 *
 *	yard_cold dane ANCHOR SERVER PATTERN N PARALLEL
 *	yard_cold sts  ANCHOR SERVER PATTERN N PARALLEL CA ADDRESS
 *
 * Asks of N domains (PATTERN with %d in it, from 1) what the daemon has to
 * ask of them, validated: MX and TXT at _mta-sts; the A record of the MX
 * host, and with "dane" its TLSA record. With "sts" the A record of the
 * policy host, and then its policy file from ADDRESS over HTTPS. Nothing is
 * done with the answers. Prints "seconds CPU-seconds".
 */
#include "config.h"

#include "share/base/xmem.h"

#include <curl/curl.h>
#include <err.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unbound.h>
#include <unbound-event.h>

#define TYPE_A 1
#define TYPE_MX 15
#define TYPE_TXT 16
#define TYPE_TLSA 52
#define RCODE_NXDOMAIN 3
#define BOGUS 1 /* unbound-event.h */
#define NAME_SIZE 256

struct yard {
	struct event_base *base;
	struct ub_ctx *ctx;
	bool sts;
	const char *pattern, *ca, *address;
	int next, last, running;
};

/* One domain: two chains of questions at once. */
struct chain {
	struct yard *y;
	char domain[NAME_SIZE];
	int open; /* questions */
};

static void start_next(struct yard *y);

static void
ask(struct chain *c, int type, ub_event_callback_type cb, const char *prefix)
{
	char name[NAME_SIZE + 32];
	int rc;

	(void)snprintf(name, sizeof(name), "%s%s", prefix, c->domain);
	c->open++;
	rc = ub_resolve_event(c->y->ctx, name, type, 1, c, cb, NULL);
	if (rc != 0)
		errx(1, "%s: %s", name, ub_strerror(rc));
}

static size_t
swallow(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

/* The policy file, with a connection of its own, as each host is another. */
static void
fetch(const struct chain *c)
{
	char url[NAME_SIZE + 64], resolve[NAME_SIZE + 64];
	struct curl_slist *list = NULL;
	CURL *h = curl_easy_init();
	CURLcode rc;

	(void)snprintf(url, sizeof(url),
	    "https://mta-sts.%s/.well-known/mta-sts.txt", c->domain);
	(void)snprintf(resolve, sizeof(resolve), "mta-sts.%s:443:%s", c->domain,
	    c->y->address);
	list = curl_slist_append(list, resolve);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_RESOLVE, list);
	curl_easy_setopt(h, CURLOPT_CAINFO, c->y->ca);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, swallow);
	rc = curl_easy_perform(h);
	if (rc != CURLE_OK)
		errx(1, "%s: %s", url, curl_easy_strerror(rc));
	curl_easy_cleanup(h);
	curl_slist_free_all(list);
}

static void
answered(struct chain *c, int rcode, int security, const char *why)
{
	struct yard *y = c->y;

	if ((rcode != 0 && rcode != RCODE_NXDOMAIN) || security == BOGUS)
		errx(1, "%s: rcode %d %s", c->domain, rcode,
		    why != NULL ? why : "");
	if (--c->open > 0)
		return;
	if (y->sts)
		fetch(c);
	free(c);
	if (--y->running == 0 && y->next > y->last)
		(void)event_base_loopbreak(y->base);
	start_next(y);
}

static void
on_last(void *arg, int rcode, void *packet, int len, int security, char *why,
    int limited)
{
	(void)packet;
	(void)len;
	(void)limited;
	answered(arg, rcode, security, why);
}

static void
on_host(void *arg, int rcode, void *packet, int len, int security, char *why,
    int limited)
{
	struct chain *c = arg;

	if (!c->y->sts)
		ask(c, TYPE_TLSA, on_last, "_25._tcp.mx.");
	on_last(arg, rcode, packet, len, security, why, limited);
}

static void
on_mx(void *arg, int rcode, void *packet, int len, int security, char *why,
    int limited)
{
	ask(arg, TYPE_A, on_host, "mx.");
	on_last(arg, rcode, packet, len, security, why, limited);
}

static void
on_txt(void *arg, int rcode, void *packet, int len, int security, char *why,
    int limited)
{
	struct chain *c = arg;

	if (c->y->sts)
		ask(c, TYPE_A, on_last, "mta-sts.");
	on_last(arg, rcode, packet, len, security, why, limited);
}

static void
start_next(struct yard *y)
{
	char number[16];
	const char *at = strstr(y->pattern, "%d");
	struct chain *c;

	if (y->next > y->last)
		return;
	(void)snprintf(number, sizeof(number), "%d", y->next++);
	c = xcalloc(1, sizeof(*c));
	c->y = y;
	(void)snprintf(c->domain, sizeof(c->domain), "%.*s%s%s",
	    (int)(at - y->pattern), y->pattern, number, at + 2);
	y->running++;
	ask(c, TYPE_MX, on_mx, "");
	ask(c, TYPE_TXT, on_txt, "_mta-sts.");
}

static double
seconds(clockid_t id)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(id, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
set_up(struct yard *y, char **argv)
{
	int rc;

	y->base = event_base_new();
	y->ctx = y->base != NULL ? ub_ctx_create_event(y->base) : NULL;
	if (y->ctx == NULL)
		errx(1, "libunbound");
	if ((rc = ub_ctx_add_ta_file(y->ctx, argv[2])) != 0 ||
	    (rc = ub_ctx_set_fwd(y->ctx, argv[3])) != 0 ||
	    (rc = ub_ctx_set_option(y->ctx, "do-not-query-localhost:", "no")) !=
		0 ||
	    (rc = ub_ctx_zone_remove(y->ctx, "test.")) != 0)
		errx(1, "%s", ub_strerror(rc));
}

int
main(int argc, char **argv)
{
	struct yard y = { .next = 1 };
	double start, cpu;
	int parallel;

	if (argc < 7)
		errx(64, "usage: yard_cold dane|sts ANCHOR SERVER ...");
	y.sts = strcmp(argv[1], "sts") == 0;
	y.pattern = argv[4];
	y.last = (int)strtol(argv[5], NULL, 10);
	parallel = (int)strtol(argv[6], NULL, 10);
	y.ca = argc > 8 ? argv[7] : NULL;
	y.address = argc > 8 ? argv[8] : NULL;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	set_up(&y, argv);
	start = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	while (parallel-- > 0)
		start_next(&y);
	if (event_base_dispatch(y.base) == -1)
		errx(1, "event_base_dispatch");
	printf("%f %f\n", seconds(CLOCK_MONOTONIC) - start,
	    seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return 0;
}
