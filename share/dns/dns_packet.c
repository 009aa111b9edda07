/* dns_packet: what a raw DNS answer holds - see dns_packet.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/dns/dns_packet.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 12

/* The answer section of a packet, and where the authority section begins. */
struct section {
	const uint8_t *wire;
	size_t len;
	size_t pos;
	uint16_t nauthority;
	ldns_rr *rr[DNS_PACKET_RRS_MAX];
	size_t n;
};

/* A name as compared: lower case, uncompressed. Gives it, or NULL. */
static ldns_rdf *
name_from_text(const char *text)
{
	ldns_rdf *name = ldns_dname_new_frm_str(text);

	if (name != NULL)
		ldns_dname2canonical(name);
	return name;
}

/* RFC 4343: names are equal but for the case of ASCII letters. */
static bool
name_equal(const ldns_rdf *a, const ldns_rdf *b)
{
	return ldns_dname_compare(a, b) == 0;
}

static bool
is_host_octet(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

/*
 * Writes a name from the wire as a host name: "" for the root, "!" where it
 * is none. Octets are looked at before dots are put between the labels, so
 * a dot or backslash inside a label cannot pretend to be something else.
 */
static void
host_from_name(const ldns_rdf *name, char host[HOSTNAME_SIZE])
{
	char text[LDNS_MAX_DOMAINLEN + 1];
	const uint8_t *p = ldns_rdf_data(name);
	size_t len = ldns_rdf_size(name), n = 0;

	host[0] = '\0';
	for (size_t i = 0; i < len && p[i] != 0; i += 1u + p[i]) {
		size_t label = p[i];

		if (i + 1 + label > len || n + label + 2 > sizeof(text))
			goto bad;
		if (n > 0)
			text[n++] = '.';
		for (size_t j = 0; j < label; j++) {
			if (!is_host_octet(p[i + 1 + j]))
				goto bad;
			text[n++] = (char)p[i + 1 + j];
		}
	}
	if (n == 0 || hostname_normalize(text, n, host, NULL) == 0)
		return;
bad:
	memcpy(host, "!", 2);
}

/* Gives the text of a name: lower case, no final dot, octets escaped. */
static char *
text_from_name(const ldns_rdf *name)
{
	char *raw = ldns_rdf2str(name);
	char *text = xstrdup(raw != NULL ? raw : ".");
	size_t n = strlen(text);

	free(raw);
	if (n > 1 && text[n - 1] == '.')
		text[n - 1] = '\0';
	text_lower(text);
	return text;
}

/* RFC 1035 section 4.1.1 */
static int
check_header(const uint8_t *w, size_t len, struct err *e)
{
	if (len < HEADER_LEN)
		return err_set(e, ERR_SYNTAX, "answer of %zu octets", len);
	if (!LDNS_QR_WIRE(w) || LDNS_OPCODE_WIRE(w) != LDNS_PACKET_QUERY)
		return err_set(e, ERR_SYNTAX, "not an answer to a query");
	if (LDNS_TC_WIRE(w))
		return err_set(e, ERR_TEMP, "answer cut by the server");
	if (LDNS_QDCOUNT(w) != 1)
		return err_set(e, ERR_SYNTAX, "answer without its question");
	return 0;
}

/* Reads the question and checks that it is ours. */
static int
check_question(struct section *s, const ldns_rdf *name, enum dns_type type,
    struct err *e)
{
	ldns_rr *rr = NULL;
	int rc = -1;

	if (ldns_wire2rr(&rr, s->wire, s->len, &s->pos,
		LDNS_SECTION_QUESTION) != LDNS_STATUS_OK) {
		err_set(e, ERR_SYNTAX, "unreadable question");
		return -1;
	}
	if ((int)ldns_rr_get_type(rr) == (int)type &&
	    ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	    name_equal(ldns_rr_owner(rr), name))
		rc = 0;
	else
		err_set(e, ERR_SYNTAX, "answer to another question");
	ldns_rr_free(rr);
	return rc;
}

/* Reads the answer section; what is not of class IN is left out. */
static int
read_answers(struct section *s, struct err *e)
{
	uint16_t count = LDNS_ANCOUNT(s->wire);

	if (count > DNS_PACKET_RRS_MAX)
		return err_set(e, ERR_LIMIT,
		    "more than %d records in an answer", DNS_PACKET_RRS_MAX);
	for (uint16_t i = 0; i < count; i++) {
		ldns_rr *rr = NULL;

		if (ldns_wire2rr(&rr, s->wire, s->len, &s->pos,
			LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
			return err_set(e, ERR_SYNTAX, "unreadable record");
		if (ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN)
			s->rr[s->n++] = rr;
		else
			ldns_rr_free(rr);
	}
	return 0;
}

static void
section_clear(struct section *s)
{
	for (size_t i = 0; i < s->n; i++)
		ldns_rr_free(s->rr[i]);
}

static void
lower_ttl(uint32_t *ttl, uint32_t other)
{
	/* RFC 2181 section 8: the most significant bit set means zero */
	if (other > INT32_MAX)
		other = 0;
	if (other < *ttl)
		*ttl = other;
}

/* The CNAME record that stands at name, or NULL. */
static const ldns_rr *
cname_at(const struct section *s, const ldns_rdf *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (ldns_rr_get_type(s->rr[i]) == LDNS_RR_TYPE_CNAME &&
		    ldns_rr_rd_count(s->rr[i]) == 1 &&
		    name_equal(ldns_rr_owner(s->rr[i]), name))
			return s->rr[i];
	return NULL;
}

/*
 * RFC 1034 section 3.6.2: follows CNAMEs from *name, which ends as the name
 * where the records stand (borrowed from s).
 */
static int
follow_cnames(const struct section *s, const ldns_rdf **name, uint32_t *ttl,
    struct dns_answer *a, struct err *e)
{
	const ldns_rr *rr;

	while ((rr = cname_at(s, *name)) != NULL) {
		if (a->ncnames == DNS_CNAMES_MAX)
			return err_set(e, ERR_LIMIT,
			    "more than %d CNAMEs in a row, or a loop",
			    DNS_CNAMES_MAX);
		a->ncnames++;
		lower_ttl(ttl, ldns_rr_ttl(rr));
		*name = ldns_rr_rdf(rr, 0);
		if (a->type == DNS_CNAME)
			break; /* it was what was asked for */
	}
	if (a->ncnames > 0)
		a->canonical = text_from_name(*name);
	return 0;
}

static void
fill_mx(struct dns_mx *mx, const ldns_rr *rr)
{
	mx->preference = ldns_rdf2native_int16(ldns_rr_rdf(rr, 0));
	host_from_name(ldns_rr_rdf(rr, 1), mx->host);
}

static void
fill_tlsa(struct dns_tlsa *t, const ldns_rr *rr)
{
	const ldns_rdf *data = ldns_rr_rdf(rr, 3);
	size_t len = ldns_rdf_size(data);

	t->usage = ldns_rdf2native_int8(ldns_rr_rdf(rr, 0));
	t->selector = ldns_rdf2native_int8(ldns_rr_rdf(rr, 1));
	t->mtype = ldns_rdf2native_int8(ldns_rr_rdf(rr, 2));
	t->len = (uint16_t)len; /* below 64 kB: it came in one record */
	t->data = xmalloc(len);
	if (len > 0)
		memcpy(t->data, ldns_rdf_data(data), len);
}

/* RFC 7208 section 3.3, RFC 8461 section 3.1: joined without a blank. */
static void
fill_txt(struct dns_txt *t, const ldns_rr *rr, bool *truncated)
{
	t->text = xmalloc(DNS_TXT_MAX + 1);
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *s = ldns_rr_rdf(rr, i);
		size_t n = ldns_rdf_size(s);

		if (n-- < 1)
			continue;
		if (n > DNS_TXT_MAX - t->len) {
			n = DNS_TXT_MAX - t->len;
			*truncated = true;
		}
		memcpy(t->text + t->len, ldns_rdf_data(s) + 1, n);
		t->len += n;
	}
	t->text[t->len] = '\0';
	t->text = xreallocarray(t->text, t->len + 1, 1);
}

/* A and AAAA. */
static void
fill_addr(char addr[INET6_ADDRSTRLEN], const ldns_rr *rr)
{
	int af = ldns_rr_get_type(rr) == LDNS_RR_TYPE_A ? AF_INET : AF_INET6;

	(void)inet_ntop(af, ldns_rdf_data(ldns_rr_rdf(rr, 0)), addr,
	    INET6_ADDRSTRLEN);
}

/* Whether the record has what the fill functions read. */
static bool
is_whole(const ldns_rr *rr, enum dns_type type)
{
	size_t n = ldns_rr_rd_count(rr);

	switch (type) {
	case DNS_A:
		return n == 1 && ldns_rdf_size(ldns_rr_rdf(rr, 0)) == 4;
	case DNS_AAAA:
		return n == 1 && ldns_rdf_size(ldns_rr_rdf(rr, 0)) == 16;
	case DNS_MX:
		return n == 2;
	case DNS_TLSA:
		return n == 4;
	case DNS_TXT:
	case DNS_CNAME:
	case DNS_SOA:
		break;
	}
	return true;
}

static void
alloc_list(struct dns_answer *a, size_t n)
{
	switch (a->type) {
	case DNS_A:
	case DNS_AAAA:
		a->u.addr = xcalloc(n, sizeof(*a->u.addr));
		break;
	case DNS_MX:
		a->u.mx = xcalloc(n, sizeof(*a->u.mx));
		break;
	case DNS_TLSA:
		a->u.tlsa = xcalloc(n, sizeof(*a->u.tlsa));
		break;
	case DNS_TXT:
		a->u.txt = xcalloc(n, sizeof(*a->u.txt));
		break;
	case DNS_CNAME:
	case DNS_SOA:
		break;
	}
}

static void
fill_record(struct dns_answer *a, const ldns_rr *rr)
{
	switch (a->type) {
	case DNS_A:
	case DNS_AAAA:
		fill_addr(a->u.addr[a->n], rr);
		break;
	case DNS_MX:
		fill_mx(&a->u.mx[a->n], rr);
		break;
	case DNS_TLSA:
		fill_tlsa(&a->u.tlsa[a->n], rr);
		break;
	case DNS_TXT:
		fill_txt(&a->u.txt[a->n], rr, &a->truncated);
		break;
	case DNS_CNAME:
	case DNS_SOA:
		break;
	}
	a->n++;
}

/* Takes the records of the type asked for that stand at name. */
static int
take_records(const struct section *s, const ldns_rdf *name, uint32_t *ttl,
    struct dns_answer *a, struct err *e)
{
	const ldns_rr *found[DNS_RECORDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		const ldns_rr *rr = s->rr[i];

		if ((int)ldns_rr_get_type(rr) != (int)a->type ||
		    !name_equal(ldns_rr_owner(rr), name))
			continue;
		if (!is_whole(rr, a->type))
			return err_set(e, ERR_SYNTAX, "unreadable record");
		if (n == DNS_RECORDS_MAX) {
			a->truncated = true;
			break;
		}
		lower_ttl(ttl, ldns_rr_ttl(rr));
		found[n++] = rr;
	}
	if (n > 0)
		alloc_list(a, n);
	for (size_t i = 0; i < n; i++)
		fill_record(a, found[i]);
	return 0;
}

/* What the authority section says about a denial. */
struct denial {
	bool referral; /* name servers of another zone, and no SOA */
	uint32_t ttl;
};

/*
 * RFC 2308 section 5: a denial lives as long as the smaller of the SOA's
 * TTL and its minimum field. Without an SOA it is not to be kept: 0.
 */
static void
note_soa(struct denial *d, const ldns_rdf *name, const ldns_rr *rr)
{
	if (ldns_rr_rd_count(rr) != 7 ||
	    (!name_equal(name, ldns_rr_owner(rr)) &&
		!ldns_dname_is_subdomain(name, ldns_rr_owner(rr))))
		return;
	d->ttl = UINT32_MAX;
	lower_ttl(&d->ttl, ldns_rr_ttl(rr));
	lower_ttl(&d->ttl, ldns_rdf2native_int32(ldns_rr_rdf(rr, 6)));
}

static struct denial
read_denial(struct section *s, const ldns_rdf *name)
{
	struct denial d = { false, 0 };
	uint16_t count = LDNS_NSCOUNT(s->wire);

	if (count > DNS_PACKET_RRS_MAX)
		count = DNS_PACKET_RRS_MAX;
	for (uint16_t i = 0; i < count; i++) {
		ldns_rr *rr = NULL;
		bool soa;

		if (ldns_wire2rr(&rr, s->wire, s->len, &s->pos,
			LDNS_SECTION_AUTHORITY) != LDNS_STATUS_OK)
			break;
		soa = ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA;
		if (soa)
			note_soa(&d, name, rr);
		else if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_NS)
			d.referral = true;
		ldns_rr_free(rr);
		if (soa) {
			d.referral = false;
			break;
		}
	}
	return d;
}

/*
 * Sets the TTL of an answer without records. RFC 2308 section 2.2: name
 * servers without an SOA send elsewhere, and that denies nothing.
 */
static int
judge_denial(struct section *s, const ldns_rdf *name, uint32_t *ttl,
    const struct dns_answer *a, struct err *e)
{
	struct denial d = read_denial(s, name);

	if (a->rcode == DNS_NOERROR && d.referral)
		return err_set(e, ERR_TEMP, "a referral instead of an answer");
	lower_ttl(ttl, d.ttl);
	return 0;
}

/* The rest of the work, once the question is known to be ours. */
static int
decode_sections(struct section *s, const ldns_rdf *qname, struct dns_answer *a,
    struct err *e)
{
	const ldns_rdf *name = qname;
	uint32_t ttl = UINT32_MAX;

	if (read_answers(s, e) == -1)
		return -1;
	if (a->type == DNS_CNAME) {
		/* a list of at most one: its target is "canonical" */
		if (follow_cnames(s, &name, &ttl, a, e) == -1)
			return -1;
		a->n = a->ncnames;
		name = qname;
	} else if (follow_cnames(s, &name, &ttl, a, e) == -1 ||
	    (a->rcode == DNS_NOERROR &&
		take_records(s, name, &ttl, a, e) == -1))
		return -1;
	if (a->n == 0 && judge_denial(s, name, &ttl, a, e) == -1)
		return -1;
	a->ttl = ttl;
	return 0;
}

int
dns_packet_decode(const void *wire, size_t len, const char *name,
    enum dns_type type, struct dns_answer *a, struct err *e)
{
	struct section s = { .wire = wire, .len = len, .pos = HEADER_LEN };
	ldns_rdf *qname = NULL;
	int rc = -1;

	memset(a, 0, sizeof(*a));
	a->type = type;
	if (check_header(wire, len, e) == -1)
		goto out;
	a->rcode = LDNS_RCODE_WIRE(s.wire);
	if ((qname = name_from_text(name)) == NULL) {
		err_set(e, ERR_SYNTAX, "no name that can be asked");
		goto out;
	}
	if (check_question(&s, qname, type, e) == -1)
		goto out;
	rc = decode_sections(&s, qname, a, e);
out:
	section_clear(&s);
	ldns_rdf_deep_free(qname);
	if (rc == -1)
		dns_answer_clear(a);
	return rc;
}
