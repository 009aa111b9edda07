/* log_event: what one line of Postfix says of TLS - see log_event.h */
#include "config.h"

#include "reportgen/log_event.h"
#include "reportgen/log_event_part.h"
#include "share/base/text.h"

#include <string.h>

/* ---- small steps, shared with log_delivery.c ---- */

bool
log_take(struct log_rest *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->s) < n || memcmp(r->s, word, n) != 0)
		return false;
	r->s += n;
	return true;
}

const char *
log_find(const struct log_rest *r, const char *what)
{
	return memmem(r->s, (size_t)(r->end - r->s), what, strlen(what));
}

bool
log_take_qid(struct log_rest *r, char qid[LOG_QID_MAX + 1])
{
	size_t n = 0;

	while (r->s + n < r->end && n < LOG_QID_MAX &&
	    ((r->s[n] >= '0' && r->s[n] <= '9') ||
		(r->s[n] >= 'A' && r->s[n] <= 'Z') ||
		(r->s[n] >= 'a' && r->s[n] <= 'z')))
		n++;
	/* the shortest: five digits of microseconds and an inode */
	if (n < 6 || r->end - r->s < (ptrdiff_t)n + 2 || r->s[n] != ':' ||
	    r->s[n + 1] != ' ')
		return false;
	memcpy(qid, r->s, n);
	qid[n] = '\0';
	r->s += n + 2;
	return true;
}

void
log_put_host(char host[HOSTNAME_SIZE], const char *s, size_t n)
{
	if (hostname_normalize(s, n, host, NULL) == -1)
		host[0] = '\0';
}

/* The port where one follows; a stranger has no say in it. */
static void
take_port(struct log_rest *r)
{
	const char *s = r->s;

	if (s == r->end || *s != ':')
		return;
	for (s++; s < r->end && *s >= '0' && *s <= '9'; s++)
		continue;
	if (s > r->s + 1)
		r->s = s;
}

bool
log_take_peer(struct log_rest *r, struct log_peer *peer)
{
	const char *open = memchr(r->s, '[', (size_t)(r->end - r->s));
	const char *close;

	if (open == NULL || open == r->s || open - r->s > HOSTNAME_MAX)
		return false;
	close = memchr(open, ']', (size_t)(r->end - open));
	if (close == NULL ||
	    !hostname_is_address(open + 1, (size_t)(close - open - 1),
		peer->address))
		return false;
	log_put_host(peer->host, r->s, (size_t)(open - r->s));
	r->s = close + 1;
	take_port(r);
	return true;
}

/* ---- lines of a TLS session ---- */

/* "Verified TLS connection established to mx.example.org[192.0.2.1]:25: " */
static bool
read_established(struct log_rest *r, struct log_event *out)
{
	static const struct {
		const char *word;
		enum log_trust trust;
	} words[] = {
		{ "Verified", LOG_VERIFIED },
		{ "Trusted", LOG_TRUSTED },
		{ "Untrusted", LOG_UNTRUSTED },
		{ "Anonymous", LOG_ANONYMOUS },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct log_rest at = *r;

		if (!log_take(&at, words[i].word) ||
		    !log_take(&at, " TLS connection established to ") ||
		    !log_take_peer(&at, &out->peer) || !log_take(&at, ": "))
			continue;
		out->kind = LOG_ESTABLISHED;
		out->trust = words[i].trust;
		return true;
	}
	return false;
}

/*
 * Reasons of tls_log_verify_error(), by their beginning; words as OpenSSL's,
 * which Postfix reports with "_" for blanks. An untrusted issuer may also
 * have been a self-signed certificate in the chain: the line is the same.
 */
static const struct verify_reason {
	const char *text;
	enum datagram_code code;
	const char *reason;
} verify_reasons[] = {
	{ "num=62:", DATAGRAM_CERTIFICATE_HOST_MISMATCH, NULL },
	{ "num=", DATAGRAM_CERTIFICATE_NOT_TRUSTED, NULL },
	{ "not trusted by local or TLSA policy",
	    DATAGRAM_CERTIFICATE_NOT_TRUSTED, NULL },
	{ "self-signed certificate", DATAGRAM_VALIDATION_FAILURE,
	    "self-signed_certificate" },
	{ "untrusted issuer ", DATAGRAM_VALIDATION_FAILURE,
	    "unable_to_get_local_issuer_certificate" },
	{ "certificate not yet valid", DATAGRAM_VALIDATION_FAILURE,
	    "certificate_is_not_yet_valid" },
	{ "certificate has expired", DATAGRAM_CERTIFICATE_EXPIRED, NULL },
	{ "not designated for use as a ", DATAGRAM_VALIDATION_FAILURE,
	    "unsuitable_certificate_purpose" },
	{ "certificate chain longer than limit", DATAGRAM_VALIDATION_FAILURE,
	    "certificate_chain_too_long" },
};

/* "[server |CA ]certificate verification failed for PEER: REASON" */
static bool
read_unverified(struct log_rest *r, struct log_event *out)
{
	struct log_rest at = *r;

	if (!log_take(&at, "server "))
		(void)log_take(&at, "CA ");
	if (!log_take(&at, "certificate verification failed for ") ||
	    !log_take_peer(&at, &out->peer) || !log_take(&at, ": "))
		return false;
	out->kind = LOG_UNVERIFIED;
	out->code = DATAGRAM_CERTIFICATE_NOT_TRUSTED;
	for (size_t i = 0;
	     i < sizeof(verify_reasons) / sizeof(verify_reasons[0]); i++) {
		const struct verify_reason *v = &verify_reasons[i];

		if (!log_take(&at, v->text))
			continue;
		out->code = v->code;
		out->reason = v->reason;
		break;
	}
	return true;
}

static bool
read_handshake(struct log_rest *r, struct log_event *out)
{
	if (!log_take(r, "SSL_connect error to ") ||
	    !log_take_peer(r, &out->peer) || !log_take(r, ": "))
		return false;
	out->kind = LOG_HANDSHAKE;
	return true;
}

/* ---- warnings ---- */

/*
 * "TLS policy lookup for D/MX: REASON": the host is passed over. Others of
 * its reasons ("client TLS configuration problem") are this site's own.
 */
static bool
read_lookup(struct log_rest *r, struct log_event *out)
{
	static const struct {
		const char *text;
		enum datagram_code code;
	} reasons[] = {
		{ "no TLSA records found", DATAGRAM_DANE_REQUIRED },
		{ "non DNSSEC destination", DATAGRAM_DANE_REQUIRED },
		{ "TLSA records unusable", DATAGRAM_TLSA_INVALID },
		{ "TLSA lookup error for ", DATAGRAM_DNSSEC_INVALID },
	};
	const char *slash, *colon;

	if (!log_take(r, "TLS policy lookup for "))
		return false;
	slash = memchr(r->s, '/', (size_t)(r->end - r->s));
	colon = log_find(r, ": ");
	if (slash == NULL || colon == NULL || colon < slash)
		return false;
	log_put_host(out->domain, r->s, (size_t)(slash - r->s));
	log_put_host(out->peer.host, slash + 1, (size_t)(colon - slash - 1));
	r->s = colon + 2;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!log_take(r, reasons[i].text))
			continue;
		out->kind = LOG_SKIPPED;
		out->code = reasons[i].code;
		return out->domain[0] != '\0' && out->peer.host[0] != '\0';
	}
	return false;
}

/* "MX name 'H' does not match STS MX pattern for 'D'" */
static bool
read_pattern(struct log_rest *r, struct log_event *out)
{
	static const char middle[] = "' does not match STS MX pattern for '";
	const char *at;

	if (!log_take(r, "MX name '"))
		return false;
	at = log_find(r, middle);
	if (at == NULL || r->end[-1] != '\'')
		return false;
	log_put_host(out->peer.host, r->s, (size_t)(at - r->s));
	at += sizeof(middle) - 1;
	if (at >= r->end)
		return false;
	log_put_host(out->domain, at, (size_t)(r->end - 1 - at));
	out->kind = LOG_SKIPPED;
	out->code = DATAGRAM_VALIDATION_FAILURE;
	out->reason = "mx-mismatch";
	return out->domain[0] != '\0' && out->peer.host[0] != '\0';
}

static bool
read_warning(struct log_rest *r, struct log_event *out)
{
	struct log_rest at = *r;

	if (log_take(&at, "Could not report TLS handshake result ")) {
		out->kind = LOG_LOST;
		return true;
	}
	at = *r;
	if (read_lookup(&at, out))
		return true;
	at = *r;
	if (read_pattern(&at, out))
		return true;
	at = *r;
	if (!log_take_peer(&at, &out->peer) ||
	    !log_take(&at, ": all TLSA records unusable, fallback"))
		return false;
	out->kind = LOG_UNUSABLE;
	return true;
}

/* ---- TLSRPT: ---- */

/* "TLSRPT: status=S, domain=D, receiving_mx=PEER" and more for a failure */
static bool
read_reported(struct log_rest *r, struct log_event *out)
{
	const char *comma;

	if (!log_take(r, "TLSRPT: status=") ||
	    !(log_take(r, "success") || log_take(r, "failure")) ||
	    !log_take(r, ", domain="))
		return false;
	comma = log_find(r, ", receiving_mx=");
	if (comma == NULL)
		return false;
	log_put_host(out->domain, r->s, (size_t)(comma - r->s));
	r->s = comma + strlen(", receiving_mx=");
	if (!log_take_peer(r, &out->peer))
		return false;
	out->kind = LOG_REPORTED;
	return true;
}

/* ---- qmgr ---- */

/* "QID: from=<A>, size=1, nrcpt=1 (queue active)", "QID: removed" */
static void
read_qmgr(struct log_rest *r, struct log_event *out)
{
	if (!log_take_qid(r, out->qid))
		return;
	if (log_take(r, "removed")) {
		out->kind = r->s == r->end ? LOG_REMOVED : LOG_OTHER;
		return;
	}
	if (log_take(r, "from=<") &&
	    log_take_address(r, &out->sender, &out->sender_len) &&
	    log_take(r, ">, size="))
		out->kind = LOG_SENDER;
}

static void
read_smtp(struct log_rest *r, struct log_event *out)
{
	struct log_rest at = *r;

	if (log_take(&at, "warning: ")) {
		if (!read_warning(&at, out))
			out->kind = LOG_OTHER;
		return;
	}
	if (read_established(r, out) || read_unverified(r, out))
		return;
	at = *r;
	if (read_handshake(&at, out))
		return;
	at = *r;
	if (read_reported(&at, out))
		return;
	at = *r;
	if (log_take_qid(&at, out->qid))
		log_read_queued(&at, out);
}

void
log_event_read(enum log_program program, const char *text, size_t len,
    struct log_event *out)
{
	struct log_rest r = { text, text + len };

	memset(out, 0, sizeof(*out));
	if (len == 0)
		return;
	if (program == LOG_PROGRAM_QMGR)
		read_qmgr(&r, out);
	else if (program == LOG_PROGRAM_SMTP)
		read_smtp(&r, out);
	else if (program == LOG_PROGRAM_TLSPROXY && !read_reported(&r, out)) {
		r.s = text;
		if (log_take(&r, "warning: Could not report TLS handshake "))
			out->kind = LOG_LOST;
	}
}
