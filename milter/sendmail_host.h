/*
 * sendmail_host: what the Sendmail of this host can do and is told to do.
 *
 * Read from two texts: what "sendmail -d0.14 -bt" says of the build, and
 * sendmail.cf. The parsing is pure; sendmail_host_find() gets the texts of
 * this host, which any user may do.
 *
 * Thread safety: no state. Limits: SENDMAIL_CF_MAX octets.
 * Tests: t/unit/sendmail_host.c
 */
#ifndef SENDMAIL_HOST_H
#define SENDMAIL_HOST_H

#include <stdbool.h>
#include <stddef.h>

#define SENDMAIL_CF "/etc/mail/sendmail.cf"
#define SENDMAIL_CF_MAX (1 << 20)

struct sendmail_host {
	bool found; /* it is Sendmail: the build was told */
	char version[32];
	/* of the build */
	bool starttls, socketmap, milter, dane, sts, altnames;
	/* of sendmail.cf; what is repeated counts as said last */
	bool cf_found;
	bool o_dane;         /* O DANE */
	bool o_altnames;     /* O SetCertAltnames */
	bool o_sts;          /* O StrictTransportSecurity, of FEATURE(`sts') */
	bool max_rcpt_1;     /* the SMTP mailers take one recipient at a time */
	bool sends_sni;      /* a ruleset tls_clt_features says servername= */
	bool full_tls_check; /* TLS_connection can be called */
	bool calls_connection; /* a local ruleset calls it */
	bool fallback_clear;   /* O TLSFallbacktoClear */
	bool no_reuse;         /* O ConnectionCacheSize is 0 */
	bool smart_host;       /* DS is set */
	bool rule_rcpt;        /* our Local_tls_rcpt asks the map */
	bool rule_closed;      /* and its last line fails closed */
	bool rule_server;      /* our Local_tls_server tells the map */
	char tlspol[256];      /* its K line's arguments, "" none */
	char tlsrep[256];
	char sts_map[256];     /* of FEATURE(`sts') */
	char filters[512];     /* X lines: "name, S=..." apart by newlines */
	char input[256];       /* O InputMailFilters */
	char queue_return[32]; /* O Timeout.queuereturn */
	char ca_file[256];     /* O CACertFile */
	char ca_path[256];     /* O CACertPath */
};

/* Reads what the build says of itself; "" and NULL are no Sendmail. */
void sendmail_host_build(struct sendmail_host *h, const char *text);

/* Reads sendmail.cf; NULL: there is none. */
void sendmail_host_cf(struct sendmail_host *h, const char *text);

/*
 * Reads both of this host; what cannot be had is not found. cf NULL means
 * SENDMAIL_CF. Runs sendmail(8), and so waits for it.
 */
void sendmail_host_find(struct sendmail_host *h, const char *cf);

/* Whether it does DANE itself: built in, and switched on. */
bool sendmail_host_does_dane(const struct sendmail_host *h);

/* The value of a map option, "d" or "T", in a K line; false: not there. */
bool sendmail_host_map_option(const char *args, char option, char *value,
    size_t size);

#endif
