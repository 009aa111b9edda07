/* sendmail_host: what the host's Sendmail can and does - sendmail_host.h */
#include "config.h"

#include "milter/sendmail_host.h"

#include "share/app/capture.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line, without its end. */
struct line {
	const char *s;
	size_t n;
};

static bool
next_line(const char **at, struct line *l)
{
	if (**at == '\0')
		return false;
	l->s = *at;
	l->n = strcspn(*at, "\n");
	*at += l->n + ((*at)[l->n] == '\n');
	return true;
}

static bool
starts(struct line l, const char *word)
{
	return l.n >= strlen(word) && memcmp(l.s, word, strlen(word)) == 0;
}

static bool
holds(struct line l, const char *part)
{
	return memmem(l.s, l.n, part, strlen(part)) != NULL;
}

/* The rest of a line behind skip octets, cut to size. */
static void
copy_rest(char *dst, size_t size, struct line l, size_t skip)
{
	(void)snprintf(dst, size, "%.*s", (int)(l.n - skip), l.s + skip);
}

/* ---- the build ---- */

/* Whether word stands in text between blanks. */
static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	const char *p = text;

	while ((p = strstr(p, word)) != NULL) {
		bool begins = p == text || strchr(" \t\n", p[-1]) != NULL;

		if (begins && strchr(" \t\n", p[n]) != NULL)
			return true;
		p += n;
	}
	return false;
}

void
sendmail_host_build(struct sendmail_host *h, const char *text)
{
	static const char version[] = "Version ";
	const char *v = text != NULL ? strstr(text, version) : NULL;

	if (v == NULL || strstr(text, "Compiled with:") == NULL)
		return;
	h->found = true;
	v += strlen(version);
	(void)snprintf(h->version, sizeof(h->version), "%.*s",
	    (int)strcspn(v, " \n"), v);
	h->starttls = has_word(text, "STARTTLS");
	h->socketmap = has_word(text, "SOCKETMAP");
	h->milter = has_word(text, "MILTER");
	h->dane = has_word(text, "DANE");
	h->sts = has_word(text, "_FFR_MTA_STS");
	h->altnames = has_word(text, "_FFR_TLS_ALTNAMES");
}

/* ---- sendmail.cf ---- */

static bool
is_true(const char *value)
{
	return value[0] == '\0' || strchr("tTyY", value[0]) != NULL;
}

/* "O NAME=VALUE": into value; false when the line says another. */
static bool
option(struct line l, const char *name, char *value, size_t size)
{
	size_t n = strlen(name), i = 1;

	if (!starts(l, "O") || l.n < 2)
		return false;
	while (i < l.n && l.s[i] == ' ')
		i++;
	if (l.n < i + n || strncasecmp(l.s + i, name, n) != 0)
		return false;
	i += n;
	if (i < l.n && l.s[i] != '=' && l.s[i] != ' ')
		return false;
	while (i < l.n && (l.s[i] == ' ' || l.s[i] == '='))
		i++;
	copy_rest(value, size, l, i);
	return true;
}

static void
read_option(struct sendmail_host *h, struct line l)
{
	char v[256];

	if (option(l, "DANE", v, sizeof(v)))
		/* true, always, secure ...: whatever is not "false" */
		h->o_dane = v[0] != '\0' && strchr("fFnN0", v[0]) == NULL;
	else if (option(l, "SetCertAltnames", v, sizeof(v)))
		h->o_altnames = is_true(v);
	else if (option(l, "StrictTransportSecurity", v, sizeof(v)))
		h->o_sts = is_true(v);
	else if (option(l, "TLSFallbacktoClear", v, sizeof(v)))
		h->fallback_clear = is_true(v);
	else if (option(l, "ConnectionCacheSize", v, sizeof(v)))
		h->no_reuse = strcmp(v, "0") == 0;
	else if (option(l, "Timeout.queuereturn", v, sizeof(v)))
		(void)text_copy(h->queue_return, sizeof(h->queue_return), v);
	else if (option(l, "CACertFile", v, sizeof(v)))
		(void)text_copy(h->ca_file, sizeof(h->ca_file), v);
	else if (option(l, "CACertPath", v, sizeof(v)))
		(void)text_copy(h->ca_path, sizeof(h->ca_path), v);
	else if (option(l, "InputMailFilters", v, sizeof(v)))
		(void)text_copy(h->input, sizeof(h->input), v);
}

static void
read_map(struct sendmail_host *h, struct line l)
{
	static const struct {
		const char *name;
		size_t at;
	} maps[] = {
		{ "Ktlspol ", offsetof(struct sendmail_host, tlspol) },
		{ "Ktlsrep ", offsetof(struct sendmail_host, tlsrep) },
		{ "Ksts ", offsetof(struct sendmail_host, sts_map) },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		if (starts(l, maps[i].name))
			copy_rest((char *)h + maps[i].at, sizeof(h->tlspol), l,
			    strlen(maps[i].name));
	if (starts(l, "Kmacro "))
		h->full_tls_check = true;
}

static void
read_filter(struct sendmail_host *h, struct line l)
{
	size_t n = strlen(h->filters);

	copy_rest(h->filters + n, sizeof(h->filters) - n, l, 1);
	n = strlen(h->filters);
	if (n + 1 < sizeof(h->filters))
		(void)text_copy(h->filters + n, sizeof(h->filters) - n, "\n");
}

/* A rule of the ruleset called name. */
static void
read_rule(struct sendmail_host *h, const char *name, struct line l)
{
	if (strcmp(name, "Local_tls_rcpt") == 0) {
		h->rule_rcpt = h->rule_rcpt || holds(l, "$(tlspol ");
		/* the last one of the ruleset is what counts */
		h->rule_closed = starts(l, "R$*\t") && holds(l, "$#error");
	}
	if (strcmp(name, "Local_tls_server") == 0 && holds(l, "$(tlsrep "))
		h->rule_server = true;
	if (strcmp(name, "tls_clt_features") == 0 && holds(l, "servername="))
		h->sends_sni = true;
	if (strncmp(name, "Local_", 6) == 0 && holds(l, "$>\"TLS_connection\""))
		h->calls_connection = true;
}

/* "Stls_rcpt", "Slocal=3": the name of the ruleset that begins. */
static void
read_set(struct line l, char *name, size_t size)
{
	size_t n = 1;

	while (n < l.n && strchr(" \t=#", l.s[n]) == NULL)
		n++;
	(void)snprintf(name, size, "%.*s", (int)(n - 1), l.s + 1);
}

/* A line of the mailer esmtp; its lines go on with a blank. */
static void
read_mailer(struct sendmail_host *h, bool *inside, struct line l)
{
	if (l.s[0] == 'M')
		*inside = starts(l, "Mesmtp,");
	if (*inside && holds(l, "r=1,"))
		h->max_rcpt_1 = true;
}

void
sendmail_host_cf(struct sendmail_host *h, const char *text)
{
	char set[64] = "";
	bool mailer = false;
	struct line l;

	if (text == NULL)
		return;
	h->cf_found = true;
	while (next_line(&text, &l)) {
		if (l.n == 0)
			continue;
		switch (l.s[0]) {
		case 'O':
			read_option(h, l);
			break;
		case 'K':
			read_map(h, l);
			break;
		case 'S':
			read_set(l, set, sizeof(set));
			break;
		case 'R':
			read_rule(h, set, l);
			break;
		case 'X':
			read_filter(h, l);
			break;
		case 'M':
		case '\t':
		case ' ':
			read_mailer(h, &mailer, l);
			break;
		case 'D':
			if (starts(l, "DS"))
				h->smart_host = l.n > 2;
			break;
		default:
			break;
		}
	}
}

bool
sendmail_host_map_option(const char *args, char which, char *value, size_t size)
{
	const char *p = args;

	while ((p = strstr(p, " -")) != NULL) {
		if (p[2] == which) {
			(void)snprintf(value, size, "%.*s",
			    (int)strcspn(p + 3, " "), p + 3);
			return true;
		}
		p += 2;
	}
	return false;
}

/* ---- this host ---- */

/* The whole file, or NULL; the caller frees it. */
static char *
slurp(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t n;

	if (f == NULL)
		return NULL;
	text = xcalloc(1, SENDMAIL_CF_MAX + 1);
	n = fread(text, 1, SENDMAIL_CF_MAX, f);
	text[n] = '\0';
	(void)fclose(f);
	return text;
}

void
sendmail_host_find(struct sendmail_host *h, const char *cf)
{
	static char name[] = "sendmail", debug[] = "-d0.14", test[] = "-bt";
	char *argv[] = { name, debug, test, NULL };
	struct err e;
	char *text;
	int status = 0;

	memset(h, 0, sizeof(*h));
	text = slurp(cf != NULL ? cf : SENDMAIL_CF);
	sendmail_host_cf(h, text);
	free(text);
	if (!h->cf_found)
		return; /* another MTA's command of that name */
	text = capture_output(argv, &status, &e);
	sendmail_host_build(h, text);
	free(text);
}

bool
sendmail_host_does_dane(const struct sendmail_host *h)
{
	return h->found && h->dane && h->o_dane;
}
