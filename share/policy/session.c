/* session: what a delivering Sendmail knows of a session - see session.h */
#include "config.h"

#include "share/policy/session.h"
#include "share/base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FIELDS 8

static const struct {
	const char *word;
	enum session_verify verify;
} words[] = {
	{ "OK", VERIFY_OK },
	{ "TRUSTED", VERIFY_TRUSTED },
	{ "FAIL", VERIFY_FAIL },
	{ "NO", VERIFY_FAIL },
	{ "NOT", VERIFY_FAIL },
	{ "NONE", VERIFY_NONE },
	{ "CLEAR", VERIFY_NONE },
	{ "TEMP", VERIFY_REFUSED },
	{ "SOFTWARE", VERIFY_BROKEN },
	{ "PROTOCOL", VERIFY_BROKEN },
	{ "CONFIG", VERIFY_BROKEN },
	{ "DANE_FAIL", VERIFY_DANE_FAIL },
	{ "DANE_NOTLS", VERIFY_DANE_NOTLS },
	{ "DANE_TEMP", VERIFY_DANE_TEMP },
	{ "?", VERIFY_OTHER },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

struct field {
	const char *s;
	size_t n;
};

/* Exactly FIELDS of them, or -1. */
static int
split(const char *key, struct field field[FIELDS], struct err *e)
{
	size_t n = 0;

	for (;;) {
		size_t len = strcspn(key, "/");

		if (n == FIELDS)
			return err_set(e, ERR_SYNTAX, "too many fields");
		field[n].s = key;
		field[n++].n = len;
		if (key[len] == '\0')
			break;
		key += len + 1;
	}
	if (n != FIELDS)
		return err_set(e, ERR_SYNTAX, "%zu fields", n);
	return 0;
}

static int
take_queue_id(struct field f, char out[SESSION_QUEUE_ID_SIZE], struct err *e)
{
	if (f.n == 0 || f.n >= SESSION_QUEUE_ID_SIZE)
		return err_set(e, ERR_SYNTAX, "no queue id");
	for (size_t i = 0; i < f.n; i++) {
		if (f.s[i] <= ' ' || f.s[i] > '~')
			return err_set(e, ERR_SYNTAX, "no queue id");
		out[i] = f.s[i];
	}
	out[f.n] = '\0';
	return 0;
}

static int
take_domain(struct field f, char out[SESSION_DOMAIN_SIZE], struct err *e)
{
	if (f.n > 0 && f.s[f.n - 1] == '.')
		f.n--;
	if (f.n == 0 || f.n >= SESSION_DOMAIN_SIZE)
		return err_set(e, ERR_SYNTAX, "no domain");
	if (f.s[0] != '[' && hostname_normalize(f.s, f.n, out, NULL) == 0)
		return 0;
	(void)snprintf(out, SESSION_DOMAIN_SIZE, "%.*s", (int)f.n, f.s);
	text_lower(out);
	return 0;
}

/* "" for what is no host name, an address literal for example. */
static void
take_host(struct field f, char out[HOSTNAME_SIZE])
{
	if (f.n > 0 && f.s[f.n - 1] == '.')
		f.n--;
	if (f.n == 0 || hostname_normalize(f.s, f.n, out, NULL) == -1)
		out[0] = '\0';
}

/* Sendmail writes "IPv6:" before those. */
static void
take_address(struct field f, char out[SESSION_ADDRESS_SIZE])
{
	static const char six[] = "IPv6:";

	if (f.n > strlen(six) && text_starts_nocase(f.s, six)) {
		f.s += strlen(six);
		f.n -= strlen(six);
	}
	if (!hostname_is_address(f.s, f.n, out))
		out[0] = '\0';
}

static enum session_verify
take_verify(struct field f)
{
	for (size_t i = 0; i < WORDS; i++)
		if (strlen(words[i].word) == f.n &&
		    memcmp(words[i].word, f.s, f.n) == 0)
			return words[i].verify;
	return VERIFY_OTHER;
}

static bool
field_is(struct field f, const char *word)
{
	return f.n == strlen(word) && memcmp(f.s, word, f.n) == 0;
}

/* "TLSv1.3", "TLSv1.2", ...; nothing or "(NONE)" without. */
static bool
is_version(struct field f)
{
	return f.n > 4 && memcmp(f.s, "TLSv", 4) == 0;
}

int
session_parse_policy(const char *key, struct session *s, struct err *e)
{
	struct field f[FIELDS];

	memset(s, 0, sizeof(*s));
	if (split(key, f, e) == -1 ||
	    take_queue_id(f[0], s->queue_id, e) == -1 ||
	    take_domain(f[1], s->domain, e) == -1)
		return -1;
	take_host(f[2], s->mx);
	take_address(f[3], s->address);
	s->verify = take_verify(f[4]);
	s->tls = is_version(f[5]);
	s->san = field_is(f[7], "SAN");
	return 0;
}

int
session_parse_report(const char *key, struct session *s, struct err *e)
{
	struct field f[FIELDS];

	memset(s, 0, sizeof(*s));
	if (split(key, f, e) == -1 ||
	    take_queue_id(f[0], s->queue_id, e) == -1 ||
	    take_domain(f[6], s->domain, e) == -1)
		return -1;
	take_host(f[1], s->mx);
	take_address(f[2], s->address);
	s->verify = take_verify(f[3]);
	s->tls = is_version(f[4]);
	take_address(f[7], s->sender);
	return 0;
}

const char *
session_verify_name(enum session_verify verify)
{
	for (size_t i = 0; i < WORDS; i++)
		if (words[i].verify == verify)
			return words[i].word;
	return "?";
}

bool
session_encrypted(const struct session *s)
{
	return s->tls &&
	    (s->verify == VERIFY_OK || s->verify == VERIFY_TRUSTED ||
		s->verify == VERIFY_FAIL || s->verify == VERIFY_DANE_FAIL);
}
