/* udp_ask: one DNS question to one server over UDP - see udp_ask.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/dns/udp_ask.h"

#include <errno.h>
#include <event2/util.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADER_LEN 12
#define QUESTION_TAIL 4 /* type and class */
#define OPT_LEN 11
#define QUERY_MAX (HEADER_LEN + LDNS_MAX_DOMAINLEN + QUESTION_TAIL + OPT_LEN)
#define EDNS_SIZE 1232 /* fits every path's MTU: the DNS flag day of 2020 */

struct udp_ask {
	int fd;
	struct event *readable;
	struct event *timer;
	struct timeval half;
	bool resent;
	udp_ask_callback *cb;
	void *arg;
	size_t qlen; /* octets of query up to the end of its question */
	size_t len;
	uint8_t query[QUERY_MAX];
};

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 1035 section 4.1, RFC 6891 section 6.1.2 */
static int
build_query(struct udp_ask *a, const char *name, enum dns_type type,
    struct err *e)
{
	ldns_rdf *qname = ldns_dname_new_frm_str(name);
	uint8_t *p = a->query;
	size_t n;

	if (qname == NULL)
		return err_set(e, ERR_SYNTAX, "no name that can be asked");
	evutil_secure_rng_get_bytes(p, 2);
	LDNS_RD_SET(p);
	LDNS_AD_SET(p);
	put16(p + 4, 1);  /* questions */
	put16(p + 10, 1); /* additional: OPT */
	p += HEADER_LEN;
	n = ldns_rdf_size(qname);
	memcpy(p, ldns_rdf_data(qname), n);
	ldns_rdf_deep_free(qname);
	p += n;
	put16(p, type);
	put16(p + 2, LDNS_RR_CLASS_IN);
	p += QUESTION_TAIL;
	a->qlen = (size_t)(p - a->query);
	put16(p + 1, LDNS_RR_TYPE_OPT); /* owner is the root: one zero */
	put16(p + 3, EDNS_SIZE);
	p[7] = 0x80; /* DO, RFC 3225 */
	a->len = a->qlen + OPT_LEN;
	return 0;
}

/* Whether two questions are the same; names are compared without case. */
static bool
same_question(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t name = n - QUESTION_TAIL;

	for (size_t i = 0; i < name; i++)
		if (LDNS_DNAME_NORMALIZE((int)a[i]) !=
		    LDNS_DNAME_NORMALIZE((int)b[i]))
			return false;
	return memcmp(a + name, b + name, QUESTION_TAIL) == 0;
}

/* Whether it is the answer to our question. */
static bool
is_ours(const struct udp_ask *a, const uint8_t *r, size_t len)
{
	if (len < HEADER_LEN || memcmp(r, a->query, 2) != 0 ||
	    !LDNS_QR_WIRE(r) || LDNS_OPCODE_WIRE(r) != LDNS_PACKET_QUERY)
		return false;
	/* a server that could not read it may leave out the question */
	if (LDNS_QDCOUNT(r) == 0)
		return LDNS_RCODE_WIRE(r) != LDNS_RCODE_NOERROR;
	/* the first name of a packet cannot be compressed */
	return LDNS_QDCOUNT(r) == 1 && len >= a->qlen &&
	    same_question(r + HEADER_LEN, a->query + HEADER_LEN,
		a->qlen - HEADER_LEN);
}

/* Tells the outcome; the handle is gone. */
static void
finish(struct udp_ask *a, const uint8_t *reply, size_t len)
{
	udp_ask_callback *cb = a->cb;
	void *arg = a->arg;

	udp_ask_cancel(a);
	cb(arg, reply, len);
}

/* Reads what came; true when that ended it (the handle is gone). */
static bool
read_replies(struct udp_ask *a)
{
	uint8_t reply[UDP_ASK_REPLY_MAX];
	ssize_t n;

	for (;;) {
		n = recv(a->fd, reply, sizeof(reply), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;
		if (is_ours(a, reply, (size_t)n)) {
			finish(a, reply, (size_t)n);
			return true;
		}
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return false;
	finish(a, NULL, 0); /* ECONNREFUSED: nobody listens there */
	return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)read_replies(arg);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct udp_ask *a = arg;

	(void)fd;
	(void)what;
	/* the loop may have been busy: what came in time counts */
	if (read_replies(a))
		return;
	if (a->resent || send(a->fd, a->query, a->len, 0) == -1) {
		finish(a, NULL, 0);
		return;
	}
	a->resent = true;
	evtimer_add(a->timer, &a->half);
}

/* Connected, so that the kernel drops strangers and tells of refusals. */
static int
open_socket(struct udp_ask *a, const struct dns_server *s, struct err *e)
{
	a->fd = socket(s->addr.ss_family,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd == -1)
		return err_sys(e, "cannot make a socket");
	/* no route: as silent as a timeout, but told by the timer at once */
	if (connect(a->fd, (const struct sockaddr *)&s->addr, s->addrlen) ==
		-1 ||
	    send(a->fd, a->query, a->len, 0) == -1)
		a->resent = true;
	return 0;
}

struct udp_ask *
udp_ask_start(struct event_base *base, const struct dns_server *server,
    const char *name, enum dns_type type, unsigned timeout_ms,
    udp_ask_callback *cb, void *arg, struct err *e)
{
	struct udp_ask *a = xcalloc(1, sizeof(*a));
	struct timeval now = { 0, 0 };

	a->fd = -1;
	a->cb = cb;
	a->arg = arg;
	a->half.tv_sec = timeout_ms / 2 / 1000;
	a->half.tv_usec = (suseconds_t)(timeout_ms / 2 % 1000) * 1000;
	if (build_query(a, name, type, e) == -1 ||
	    open_socket(a, server, e) == -1)
		goto fail;
	a->readable =
	    event_new(base, a->fd, EV_READ | EV_PERSIST, on_readable, a);
	a->timer = evtimer_new(base, on_timer, a);
	if (a->readable == NULL || a->timer == NULL ||
	    event_add(a->readable, NULL) == -1 ||
	    evtimer_add(a->timer, a->resent ? &now : &a->half) == -1) {
		err_set(e, ERR_SYS, "cannot watch a socket");
		goto fail;
	}
	return a;
fail:
	udp_ask_cancel(a);
	return NULL;
}

void
udp_ask_cancel(struct udp_ask *a)
{
	if (a == NULL)
		return;
	if (a->readable != NULL)
		event_free(a->readable);
	if (a->timer != NULL)
		event_free(a->timer);
	if (a->fd != -1)
		close(a->fd);
	free(a);
}
