/*
 * session: what a delivering Sendmail knows of the session it has opened.
 *
 * The key of its two lookups (share/etc/sendmail/tlsherald.m4), fields apart
 * by "/":
 *
 *   tlspol  queueid/domain/mx/address/verify/version/bits/SAN
 *           before each recipient; domain is the recipient's
 *   tlsrep  queueid/mx/address/verify/version/bits/nexthop/sender
 *           once per session; sender is the address that was sent from
 *
 * verify is Sendmail's ${verify} (op.me): OK, FAIL, NO, NOT, NONE, TEMP,
 * SOFTWARE, PROTOCOL, CONFIG, and with DANE TRUSTED, DANE_FAIL, DANE_NOTLS,
 * DANE_TEMP. A word not known counts as the worst. SAN says that a name in
 * the certificate is the MX host's, NOSAN that none is.
 *
 * Thread safety: no state. Tests: t/unit/session.c, t/fuzz/fuzz_session.c
 */
#ifndef SESSION_H
#define SESSION_H

#include "share/base/err.h"
#include "share/base/hostname.h"

#include <stdbool.h>

#define SESSION_QUEUE_ID_SIZE 64
#define SESSION_DOMAIN_SIZE (HOSTNAME_SIZE + 16)
#define SESSION_ADDRESS_SIZE 46 /* INET6_ADDRSTRLEN */

enum session_verify {
	VERIFY_OK,      /* chain verified */
	VERIFY_TRUSTED, /* DANE matched */
	VERIFY_FAIL,    /* a certificate that is not trusted, or none */
	VERIFY_NONE,    /* STARTTLS was not offered */
	VERIFY_REFUSED, /* 454 to STARTTLS */
	VERIFY_BROKEN,  /* no handshake: SOFTWARE, PROTOCOL, CONFIG */
	VERIFY_DANE_FAIL,
	VERIFY_DANE_NOTLS,
	VERIFY_DANE_TEMP,
	VERIFY_OTHER
};

struct session {
	char queue_id[SESSION_QUEUE_ID_SIZE];
	/* Of tlspol the recipient's, of tlsrep the next hop; normal form, a
	 * literal in brackets, or lower-cased where it is no host name. */
	char domain[SESSION_DOMAIN_SIZE];
	char mx[HOSTNAME_SIZE];             /* normal form, or "" */
	char address[SESSION_ADDRESS_SIZE]; /* canonical, or "" */
	char sender[SESSION_ADDRESS_SIZE];  /* the same; of tlsrep alone */
	enum session_verify verify;
	bool tls; /* a version was agreed on */
	bool san;
	bool reused; /* opened for another message: san is not known */
};

/* Reads a key of tlspol; -1 and e when it is none. */
int session_parse_policy(const char *key, struct session *s,
    struct err *e) MUST_CHECK;

/* Reads a key of tlsrep; -1 and e when it is none. */
int session_parse_report(const char *key, struct session *s,
    struct err *e) MUST_CHECK;

/* Sendmail's word for it, the first of those that mean the same. */
const char *session_verify_name(enum session_verify verify);

/* Whether the session is encrypted. */
bool session_encrypted(const struct session *s);

#endif
