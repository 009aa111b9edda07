/*
 * smtp_send: hands mails to one submission server by SMTP, asynchronously.
 * (RFC 5321)
 *
 * One sender, one recipient and one mail per transaction; dots are doubled
 * here. MAIL says the size where the server offers SIZE (RFC 1870). Servers
 * elsewhere than on loopback are asked for STARTTLS, whose certificate is not
 * looked at: a relay on the way is no end of anything. Connections are kept
 * for the next mail until smtp_send_rest().
 *
 * A mail was taken over when the server said 2xx after its last line. A reply
 * of 5xx to MAIL, RCPT, DATA or the mail is final, but for those that say that
 * the client may not (yet): 530, 534, 535, 538. Everything else, a connection
 * that breaks or times out too, is for later; the server may then have taken
 * the mail nevertheless.
 *
 * Thread safety: belongs to the thread of the event_base. The process ignores
 * SIGPIPE. Limits: SMTP_SEND_CONNECTIONS connections, SMTP_SEND_REPLY_MAX
 * octets of replies for a mail. Tests: t/unit/smtp_send.c
 */
#ifndef SMTP_SEND_H
#define SMTP_SEND_H

#include "share/base/buf.h"
#include "share/base/err.h"

#include <event2/event.h>
#include <stddef.h>
#include <stdint.h>

#define SMTP_SEND_CONNECTIONS 8
#define SMTP_SEND_REPLY_MAX 65536

enum smtp_send_result { SMTP_SEND_TAKEN, SMTP_SEND_REFUSED, SMTP_SEND_LATER };

struct smtp_send_answer {
	enum smtp_send_result result;
	int code;         /* of the reply that decided; 0: none came */
	int64_t size_max; /* what the server takes; 0: it does not say */
	const char *why;  /* unless taken: the reply, or what failed */
};

/* The answer is borrowed during the call. */
typedef void smtp_send_callback(void *arg, const struct smtp_send_answer *a);

struct smtp_send;
struct smtp_transfer;

/* Where to connect to: addresses as text, n of them. All is copied. */
struct smtp_send_server {
	const char *host; /* normal form, or an address */
	uint16_t port;
	const char *const *addresses;
	size_t naddresses;
};

/* Makes a client that calls itself helo on base (borrowed). Never NULL. */
struct smtp_send *smtp_send_new(struct event_base *base, const char *helo);

/* Frees; what is under way ends without its callback. NULL is fine. */
void smtp_send_free(struct smtp_send *s);

/*
 * Starts to hand over text (its content is taken, CRLF line ends) from one
 * normal address to another. cb is called once, never before this returns.
 */
struct smtp_transfer *smtp_send_mail(struct smtp_send *s,
    const struct smtp_send_server *server, const char *from, const char *to,
    struct buf *text, int64_t timeout_ms, smtp_send_callback *cb, void *arg);

/* Starts to ask the server for nothing but its EHLO reply; as above. */
struct smtp_transfer *smtp_send_probe(struct smtp_send *s,
    const struct smtp_send_server *server, int64_t timeout_ms,
    smtp_send_callback *cb, void *arg);

/* Ends a transfer whose callback was not called yet; it will not be. */
void smtp_send_cancel(struct smtp_transfer *t);

/*
 * Closes the connections that are kept, when nothing is under way. Not from
 * within a callback.
 */
void smtp_send_rest(struct smtp_send *s);

#endif
