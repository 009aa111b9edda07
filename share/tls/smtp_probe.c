/* smtp_probe: how a mail server answers - see smtp_probe.h */
#include "config.h"

#include <wolfssl/options.h>

#include "share/tls/smtp_probe.h"

#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wolfssl/openssl/ssl.h>
#include <wolfssl/ssl.h>

/* One probe under way. */
struct probe {
	const struct smtp_probe_target *t;
	struct smtp_probe *out;
	int fd; /* non-blocking */
	int64_t until_ms;
	WOLFSSL_CTX *ctx;
	WOLFSSL *ssl;
	char reply[SMTP_PROBE_REPLY_MAX + 1];
};

const char *
smtp_probe_stage_name(enum smtp_probe_stage s)
{
	static const char *const names[SMTP_PROBE_STAGES] = { "connect",
		"greeting", "offer", "starttls", "handshake", "done" };

	return names[s];
}

/* Sets why the stage was not passed; false, for return. */
static bool __attribute__((format(printf, 2, 3)))
fail(struct probe *p, const char *fmt, ...)
{
	va_list ap;

	if (p->out->why[0] != '\0')
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(p->out->why, sizeof(p->out->why), fmt, ap);
	va_end(ap);
	return false;
}

/* Waits until the socket is ready for what; false: the time is over. */
static bool
ready(struct probe *p, short what)
{
	struct pollfd fd = { p->fd, what, 0 };
	int64_t left;
	int rc;

	do {
		left = p->until_ms - clock_mono_ms(clock_system());
		rc = left <= 0 ? 0 : poll(&fd, 1, (int)left);
	} while (rc == -1 && errno == EINTR);
	return rc > 0 || fail(p, "no answer in time");
}

/* ---- connection ---- */

static socklen_t
socket_address(const struct smtp_probe_target *t, struct sockaddr_storage *sa)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)sa;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)sa;

	memset(sa, 0, sizeof(*sa));
	if (inet_pton(AF_INET, t->address, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(t->port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, t->address, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(t->port);
		return sizeof(*in6);
	}
	return 0;
}

static bool
connected(struct probe *p)
{
	struct sockaddr_storage sa;
	socklen_t n = socket_address(p->t, &sa), size = sizeof(int);
	int error = 0;

	if (n == 0)
		return fail(p, "%.60s is no address", p->t->address);
	p->fd =
	    socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd == -1)
		return fail(p, "%s", strerror(errno));
	if (connect(p->fd, (struct sockaddr *)&sa, n) == 0)
		return true;
	if (errno != EINPROGRESS)
		return fail(p, "%s", strerror(errno));
	if (!ready(p, POLLOUT))
		return false;
	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
		error = errno;
	return error == 0 || fail(p, "%s", strerror(error));
}

/* ---- SMTP in plain text ---- */

/* The length of a whole reply at the begin of p->reply, 0: not yet. */
static size_t
reply_length(const char *s, size_t n)
{
	for (size_t at = 0; at < n;) {
		const char *end = memchr(s + at, '\n', n - at);

		if (end == NULL)
			return 0;
		/* RFC 5321 section 4.2.1: a blank after the last code */
		if (end - (s + at) < 4 || s[at + 3] != '-')
			return (size_t)(end - s) + 1;
		at = (size_t)(end - s) + 1;
	}
	return 0;
}

/* Reads one reply; its code, 0 and why when there is none. */
static int
read_reply(struct probe *p)
{
	size_t n = 0;

	for (;;) {
		ssize_t got;
		size_t whole;

		if (!ready(p, POLLIN))
			return 0;
		got = recv(p->fd, p->reply + n, SMTP_PROBE_REPLY_MAX - n, 0);
		if (got == -1 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (got <= 0) {
			fail(p, "the server closed the connection");
			return 0;
		}
		n += (size_t)got;
		p->reply[n] = '\0';
		whole = reply_length(p->reply, n);
		/*
		 * What comes behind a reply before we spoke would be taken
		 * as part of the encrypted session (CVE-2011-0411's kind).
		 */
		if (whole > 0 && whole < n) {
			fail(p, "the server says more than it was asked");
			return 0;
		}
		if (whole > 0)
			break;
		if (n == SMTP_PROBE_REPLY_MAX) {
			fail(p, "the reply is too long");
			return 0;
		}
	}
	if (strspn(p->reply, "0123456789") != 3) {
		fail(p, "this is no SMTP server");
		return 0;
	}
	return (int)strtol(p->reply, NULL, 10);
}

static bool
say(struct probe *p, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t sent;

		if (!ready(p, POLLOUT))
			return false;
		sent = send(p->fd, text, n, MSG_NOSIGNAL);
		if (sent == -1 && errno != EAGAIN && errno != EINTR)
			return fail(p, "%s", strerror(errno));
		if (sent > 0) {
			text += sent;
			n -= (size_t)sent;
		}
	}
	return true;
}

/* Whether a line of the EHLO reply is this keyword. */
static bool
offers(const char *reply, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = reply; s != NULL; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strlen(s) < 4 + n)
			break;
		if (strncasecmp(s + 4, word, n) == 0 &&
		    strchr(" \r\n", s[4 + n]) != NULL)
			return true;
	}
	return false;
}

static bool
greeted(struct probe *p)
{
	char text[300];
	int code = read_reply(p);

	if (code == 0)
		return false;
	if (code != 220)
		return fail(p, "the server refuses us with %d", code);
	(void)snprintf(text, sizeof(text), "EHLO %.255s\r\n", p->t->helo);
	if (!say(p, text))
		return false;
	code = read_reply(p);
	if (code == 0)
		return false;
	return code == 250 || fail(p, "EHLO is answered with %d", code);
}

static bool
started(struct probe *p)
{
	int code;

	if (!say(p, "STARTTLS\r\n"))
		return false;
	code = read_reply(p);
	if (code == 0)
		return false;
	return code == 220 || fail(p, "STARTTLS is answered with %d", code);
}

/* ---- TLS ---- */

/* wolfSSL's own numbers are below 0, those it took from OpenSSL above. */
static void
say_untrusted(char *dst, size_t size, int code)
{
	static const struct {
		int code;
		const char *text;
	} words[] = {
		{ ASN_NO_SIGNER_E,
		    "no authority that is known here signed it" },
		{ ASN_SELF_SIGNED_E, "it is self-signed" },
		{ ASN_AFTER_DATE_E, "it has expired" },
		{ ASN_BEFORE_DATE_E, "it is not valid yet" },
		{ ASN_SIG_CONFIRM_E, "a signature in its chain is wrong" },
		{ X509_V_ERR_CERT_HAS_EXPIRED, "it has expired" },
		{ X509_V_ERR_CERT_NOT_YET_VALID, "it is not valid yet" },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "it is self-signed" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		    "no authority that is known here signed it" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].code == code) {
			(void)text_copy(dst, size, words[i].text);
			return;
		}
	(void)snprintf(dst, size, "its chain does not verify (error %d)", code);
}

/* Takes every certificate, and keeps the first thing that is wrong. */
static int
on_verify(int ok, WOLFSSL_X509_STORE_CTX *store)
{
	struct smtp_probe *out = store->userCtx;

	if (!ok && out != NULL && out->trusted) {
		out->trusted = false;
		say_untrusted(out->untrusted, sizeof(out->untrusted),
		    store->error);
	}
	return 1;
}

static bool
shaken(struct probe *p)
{
	for (;;) {
		int rc = wolfSSL_connect(p->ssl), code;
		char text[WOLFSSL_MAX_ERROR_SZ];

		if (rc == WOLFSSL_SUCCESS)
			return true;
		code = wolfSSL_get_error(p->ssl, rc);
		if (code != WOLFSSL_ERROR_WANT_READ &&
		    code != WOLFSSL_ERROR_WANT_WRITE)
			return fail(p, "%s",
			    wolfSSL_ERR_error_string((unsigned long)code,
				text));
		if (!ready(p,
			code == WOLFSSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
			return false;
	}
}

static void
keep_chain(struct probe *p)
{
	WOLFSSL_X509_CHAIN *chain = wolfSSL_get_peer_chain(p->ssl);
	int n = chain == NULL ? 0 : wolfSSL_get_chain_count(chain);

	for (int i = 0; i < n && p->out->ncerts < SMTP_PROBE_CERTS; i++) {
		struct smtp_probe_cert *c = &p->out->cert[p->out->ncerts];
		int len = wolfSSL_get_chain_length(chain, i);

		if (len <= 0)
			continue;
		c->len = (size_t)len;
		c->der = xmalloc(c->len);
		memcpy(c->der, wolfSSL_get_chain_cert(chain, i), c->len);
		if (cert_info_read(c->der, c->len, &c->info, NULL) == 0)
			p->out->ncerts++;
		else
			free(c->der);
	}
}

static bool
encrypted(struct probe *p)
{
	struct smtp_probe *out = p->out;

	p->ssl = wolfSSL_new(p->ctx);
	if (p->ssl == NULL || wolfSSL_set_fd(p->ssl, p->fd) != WOLFSSL_SUCCESS)
		return fail(p, "no memory for TLS");
	(void)wolfSSL_UseSNI(p->ssl, WOLFSSL_SNI_HOST_NAME, p->t->sni,
	    (unsigned short)strlen(p->t->sni));
	wolfSSL_SetCertCbCtx(p->ssl, out);
	out->trusted = true;
	if (!shaken(p)) {
		out->trusted = false;
		return false;
	}
	(void)text_copy(out->version, sizeof(out->version),
	    wolfSSL_get_version(p->ssl));
	(void)text_copy(out->cipher, sizeof(out->cipher),
	    wolfSSL_get_cipher_name(p->ssl));
	keep_chain(p);
	(void)wolfSSL_write(p->ssl, "QUIT\r\n", 6);
	return true;
}

static void
run(struct probe *p)
{
	p->out->stage = SMTP_PROBE_CONNECT;
	if (!connected(p))
		return;
	p->out->stage = SMTP_PROBE_GREETING;
	if (!greeted(p))
		return;
	p->out->stage = SMTP_PROBE_OFFER;
	if (!offers(p->reply, "STARTTLS")) {
		fail(p, "STARTTLS is not offered");
		(void)say(p, "QUIT\r\n");
		return;
	}
	p->out->stage = SMTP_PROBE_STARTTLS;
	if (!started(p))
		return;
	p->out->stage = SMTP_PROBE_HANDSHAKE;
	if (encrypted(p))
		p->out->stage = SMTP_PROBE_DONE;
}

int
smtp_probe_run(const struct smtp_probe_target *t, struct smtp_probe *out,
    struct err *e)
{
	struct probe *p = xcalloc(1, sizeof(*p));
	int rc = -1;

	memset(out, 0, sizeof(*out));
	p->t = t;
	p->out = out;
	p->fd = -1;
	p->until_ms = clock_mono_ms(clock_system()) + t->timeout_ms;
	(void)wolfSSL_Init();
	p->ctx = wolfSSL_CTX_new(wolfSSLv23_client_method());
	if (p->ctx == NULL) {
		(void)err_set(e, ERR_SYS, "wolfSSL gives no context");
		goto out;
	}
	if (wolfSSL_CTX_load_verify_locations(p->ctx, t->ca_file, NULL) !=
	    WOLFSSL_SUCCESS) {
		(void)err_set(e, ERR_NOENT, "%s holds no usable roots",
		    t->ca_file);
		goto out;
	}
	wolfSSL_CTX_set_verify(p->ctx, WOLFSSL_VERIFY_PEER, on_verify);
	run(p);
	rc = 0;
out:
	if (p->ssl != NULL)
		wolfSSL_free(p->ssl);
	if (p->ctx != NULL)
		wolfSSL_CTX_free(p->ctx);
	if (p->fd != -1)
		close(p->fd);
	free(p);
	return rc;
}

void
smtp_probe_clear(struct smtp_probe *p)
{
	for (size_t i = 0; i < p->ncerts; i++) {
		cert_info_clear(&p->cert[i].info);
		free(p->cert[i].der);
	}
	p->ncerts = 0;
}
