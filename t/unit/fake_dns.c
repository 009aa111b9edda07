/* fake_dns: a name server inside a test's event loop - see fake_dns.h */
#include "config.h"

#include "share/base/xmem.h"
#include "t/unit/fake_dns.h"

#include <arpa/inet.h>
#include <err.h>
#include <ldns/ldns.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define ASKED_MAX 20000

struct asked {
	char *name;
	int type;
};

struct fake_dns {
	const struct fake_rule *rules;
	size_t n;
	int fd;
	uint16_t port;
	bool silent;
	struct event *readable;
	struct asked asked[ASKED_MAX];
	size_t nasked;
};

static void
add_records(ldns_pkt *pkt, ldns_pkt_section section, const char *lines)
{
	while (lines != NULL && *lines != '\0') {
		size_t n = strcspn(lines, "\n");
		char *line = xstrndup(lines, n);
		ldns_rr *rr = NULL;

		if (n > 0 &&
		    ldns_rr_new_frm_str(&rr, line, 3600, NULL, NULL) !=
			LDNS_STATUS_OK)
			errx(1, "bad record in a test: %s", line);
		if (rr != NULL)
			ldns_pkt_push_rr(pkt, section, rr);
		free(line);
		lines += n + (lines[n] == '\n');
	}
}

uint8_t *
fake_dns_wire(const struct fake_rule *rule, const char *name, int type,
    uint16_t id, size_t *len)
{
	ldns_rdf *qname = ldns_dname_new_frm_str(name);
	ldns_pkt *pkt;
	uint8_t *wire = NULL;

	if (qname == NULL)
		errx(1, "bad name in a test: %s", name);
	pkt = ldns_pkt_query_new(qname, (ldns_rr_type)type, LDNS_RR_CLASS_IN,
	    LDNS_RD);
	ldns_pkt_set_id(pkt, id);
	ldns_pkt_set_qr(pkt, true);
	ldns_pkt_set_ra(pkt, true);
	ldns_pkt_set_ad(pkt, rule->ad);
	ldns_pkt_set_rcode(pkt, (uint8_t)rule->rcode);
	add_records(pkt, LDNS_SECTION_ANSWER, rule->answer);
	add_records(pkt, LDNS_SECTION_AUTHORITY, rule->authority);
	if (ldns_pkt2wire(&wire, pkt, len) != LDNS_STATUS_OK)
		errx(1, "cannot make a packet");
	ldns_pkt_free(pkt);
	return wire;
}

static const struct fake_rule *
find_rule(const struct fake_dns *f, const char *name, int type)
{
	static const struct fake_rule refused = { .rcode = LDNS_RCODE_REFUSED };

	for (size_t i = 0; i < f->n; i++)
		if ((f->rules[i].name == NULL ||
			strcasecmp(f->rules[i].name, name) == 0) &&
		    (f->rules[i].type == 0 || f->rules[i].type == type))
			return &f->rules[i];
	return &refused;
}

/* Notes the question, and sends what its rule says. */
static void
answer(struct fake_dns *f, const ldns_pkt *query, const struct sockaddr *to,
    socklen_t tolen)
{
	const ldns_rr *q = ldns_rr_list_rr(ldns_pkt_question(query), 0);
	char *name = ldns_rdf2str(ldns_rr_owner(q));
	int type = (int)ldns_rr_get_type(q);
	size_t n = strlen(name), len;
	const struct fake_rule *rule;
	uint8_t *wire;

	if (n > 1 && name[n - 1] == '.')
		name[n - 1] = '\0';
	rule = find_rule(f, name, type);
	if (!rule->silent && !f->silent) {
		wire =
		    fake_dns_wire(rule, name, type, ldns_pkt_id(query), &len);
		(void)sendto(f->fd, wire, len, 0, to, tolen);
		free(wire);
	}
	if (f->nasked == ASKED_MAX)
		errx(1, "too many questions");
	f->asked[f->nasked].name = name;
	f->asked[f->nasked++].type = type;
}

/* All that came at once, so that a busy loop starves nobody. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct sockaddr_storage from;
	socklen_t fromlen;
	uint8_t wire[4096];
	ldns_pkt *query;
	ssize_t n;

	(void)what;
	for (;;) {
		fromlen = sizeof(from);
		n = recvfrom(fd, wire, sizeof(wire), 0,
		    (struct sockaddr *)&from, &fromlen);
		if (n < 0)
			return;
		query = NULL;
		if (ldns_wire2pkt(&query, wire, (size_t)n) != LDNS_STATUS_OK)
			errx(1, "unreadable question");
		answer(arg, query, (struct sockaddr *)&from, fromlen);
		ldns_pkt_free(query);
	}
}

struct fake_dns *
fake_dns_new(struct event_base *base, const struct fake_rule *rules, size_t n,
    uint16_t port)
{
	struct fake_dns *f = xcalloc(1, sizeof(*f));
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	f->rules = rules;
	f->n = n;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(port);
	f->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd == -1 ||
	    bind(f->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(f->fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "fake name server");
	f->port = ntohs(sin.sin_port);
	f->readable =
	    event_new(base, f->fd, EV_READ | EV_PERSIST, on_readable, f);
	event_add(f->readable, NULL);
	return f;
}

void
fake_dns_free(struct fake_dns *f)
{
	event_free(f->readable);
	close(f->fd);
	for (size_t i = 0; i < f->nasked; i++)
		free(f->asked[i].name);
	free(f);
}

uint16_t
fake_dns_port(const struct fake_dns *f)
{
	return f->port;
}

void
fake_dns_silence(struct fake_dns *f, bool silent)
{
	f->silent = silent;
}

unsigned
fake_dns_asked(const struct fake_dns *f, const char *name, int type)
{
	unsigned count = 0;

	for (size_t i = 0; i < f->nasked; i++)
		if (strcasecmp(f->asked[i].name, name) == 0 &&
		    f->asked[i].type == type)
			count++;
	return count;
}
