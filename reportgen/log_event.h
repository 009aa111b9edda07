/*
 * log_event: what one line of Postfix says of TLS.
 *
 * The lines of Postfix 3.7 to 3.11 at smtp_tls_loglevel = 1. Addresses of
 * recipients and replies of servers stand in them as strangers wrote them,
 * so each line is read from its beginning in its fixed form, a quoted local
 * part as one, and what does not fit is LOG_OTHER. Host names are normal,
 * addresses canonical, reasons words of ours.
 *
 * What a failed verification is called follows Postfix's own events for
 * libtlsrpt (its tls_log_verify_error() and smtp_start_tls()), so that a
 * report from the log reads like one from datagrams.
 *
 * Thread safety: no state. Tests: t/unit/log_event.c,
 * t/fuzz/fuzz_log_line.c
 */
#ifndef LOG_EVENT_H
#define LOG_EVENT_H

#include "reportgen/log_line.h"
#include "share/base/hostname.h"
#include "share/rpt/datagram.h"

#include <stdbool.h>
#include <stddef.h>

#define LOG_QID_MAX 31
#define LOG_ADDRESS_SIZE 46 /* INET6_ADDRSTRLEN */

enum log_event_kind {
	LOG_OTHER,
	LOG_ESTABLISHED, /* peer, trust: "... TLS connection established to" */
	LOG_UNVERIFIED,  /* peer, code, reason: verification failed */
	LOG_UNUSABLE,    /* peer: "all TLSA records unusable, fallback" */
	LOG_HANDSHAKE,   /* peer: "SSL_connect error to" */
	LOG_GIVEN_UP,    /* qid, end: a host is left for the next one */
	LOG_DELIVERY,    /* qid, domain, peer, end, sent, reused */
	LOG_SKIPPED,     /* domain, peer.host, code: a host not asked at all */
	LOG_REPORTED,    /* domain, peer: "TLSRPT: status=" */
	LOG_LOST,        /* "Could not report TLS handshake result" */
	LOG_SENDER,      /* qid, sender: of qmgr */
	LOG_REMOVED      /* qid: of qmgr */
};

enum log_trust {
	LOG_ANONYMOUS, /* no certificate */
	LOG_UNTRUSTED,
	LOG_TRUSTED, /* by a CA, of whatever name */
	LOG_VERIFIED /* as the policy demands */
};

/* How a delivery or a host's turn ended, as far as TLS is concerned. */
enum log_end {
	LOG_END_OTHER,       /* nothing is known about TLS */
	LOG_END_MAIL,        /* the server took MAIL, so TLS was settled */
	LOG_END_UNVERIFIED,  /* "Server certificate not verified" */
	LOG_END_NO_STARTTLS, /* required and not offered, or refused */
	LOG_END_HANDSHAKE    /* "Cannot start TLS: handshake failure" */
};

struct log_peer {
	char host[HOSTNAME_SIZE]; /* "" where none, or no host name */
	char address[LOG_ADDRESS_SIZE];
};

struct log_event {
	enum log_event_kind kind;
	enum log_trust trust;
	enum log_end end;
	enum datagram_code code;
	const char *reason; /* of code; a constant, or NULL */
	bool sent;
	bool reused; /* over a connection of an earlier delivery */
	struct log_peer peer;
	char domain[HOSTNAME_SIZE]; /* "" where it is no host name */
	char qid[LOG_QID_MAX + 1];
	const char *sender; /* borrowed from the line */
	size_t sender_len;
};

/* Reads a line's text as the program wrote it. */
void log_event_read(enum log_program program, const char *text, size_t len,
    struct log_event *out);

#endif
