/*
 * smtp_probe: how a mail server really answers: greeting, STARTTLS, handshake,
 * certificates. (RFC 3207)
 *
 * Connects to one address, says EHLO, STARTTLS, shakes hands and says QUIT; no
 * mail is begun. Every certificate is taken, what is wrong with it is told:
 * whether its chain leads to a root of the CA file is verified beside.
 *
 * Blocking, for commands. What the server says is hostile: replies are capped,
 * only what was parsed of them is kept.
 *
 * Thread safety: no state of its own; the process ignores SIGPIPE. Limits:
 * SMTP_PROBE_REPLY_MAX octets of a reply, SMTP_PROBE_CERTS certificates, the
 * time that is given for all of it. Tests: t/unit/smtp_probe.c,
 * t/system/posture.t
 */
#ifndef SMTP_PROBE_H
#define SMTP_PROBE_H

#include "share/tls/cert_info.h"

#include <stdint.h>

#define SMTP_PROBE_REPLY_MAX 16384
#define SMTP_PROBE_CERTS 10

/* How far it came. */
enum smtp_probe_stage {
	SMTP_PROBE_CONNECT,   /* no connection */
	SMTP_PROBE_GREETING,  /* no SMTP server, or one that refuses us */
	SMTP_PROBE_OFFER,     /* EHLO was answered, STARTTLS is not offered */
	SMTP_PROBE_STARTTLS,  /* offered and refused */
	SMTP_PROBE_HANDSHAKE, /* failed */
	SMTP_PROBE_DONE,      /* TLS is there */
	SMTP_PROBE_STAGES
};

struct smtp_probe_cert {
	unsigned char *der;
	size_t len;
	struct cert_info info;
};

struct smtp_probe {
	enum smtp_probe_stage stage;
	char why[160];    /* of what did not work, for people; "" */
	char version[16]; /* "TLSv1.3" */
	char cipher[64];
	bool trusted;        /* the chain leads to a root */
	char untrusted[160]; /* why not */
	struct smtp_probe_cert cert[SMTP_PROBE_CERTS]; /* the leaf first */
	size_t ncerts;
};

struct smtp_probe_target {
	const char *address; /* IPv4 or IPv6, as text */
	uint16_t port;
	const char *sni;     /* the MX host, normal form */
	const char *helo;    /* our name */
	const char *ca_file; /* roots, PEM */
	int64_t timeout_ms;  /* for all of it */
};

/*
 * Fills out, which smtp_probe_clear() frees. -1 and e only where we are the
 * cause (no CA file, no socket): whatever the server does is in out.
 */
int smtp_probe_run(const struct smtp_probe_target *t, struct smtp_probe *out,
    struct err *e) MUST_CHECK;

/* Frees what it holds. */
void smtp_probe_clear(struct smtp_probe *p);

/* "connect", "greeting", "offer", "starttls", "handshake", "done". */
const char *smtp_probe_stage_name(enum smtp_probe_stage s);

#endif
