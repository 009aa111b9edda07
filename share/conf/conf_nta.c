/* conf_nta: negative trust anchors (RFC 7646) - see conf_read.h */
#include "config.h"

#include "share/conf/conf_read.h"

#include "share/base/hostname.h"
#include "share/base/xmem.h"
#include "share/conf/conf_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WHERE "negative-trust-anchors"
#define NTAS_MAX 1024

void
conf_nta_clear(struct conf *c)
{
	for (size_t i = 0; i < c->dns.nntas; i++) {
		free(c->dns.ntas[i].name);
		free(c->dns.ntas[i].reason);
	}
	free(c->dns.ntas);
	c->dns.ntas = NULL;
	c->dns.nntas = 0;
}

/* +HH:MM, -HH:MM, Z or nothing (UTC) in seconds; false: none of them. */
static bool
read_offset(const char *s, long *seconds)
{
	unsigned hours, minutes;
	char sign, end;

	*seconds = 0;
	if (*s == '\0' || strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return true;
	if (sscanf(s, "%c%2u:%2u%c", &sign, &hours, &minutes, &end) != 3 ||
	    (sign != '+' && sign != '-') || hours > 23 || minutes > 59)
		return false;
	*seconds = (long)(hours * 3600 + minutes * 60);
	if (sign == '-')
		*seconds = -*seconds;
	return true;
}

/*
 * RFC 3339 as in TOML, seconds since 1970. A date alone lasts to its end;
 * a time without offset is UTC.
 */
static bool
read_time(const char *s, int64_t *t)
{
	struct tm tm = { .tm_year = 0 };
	const char *rest;
	long offset;

	rest = strptime(s, "%Y-%m-%d", &tm);
	if (rest == NULL)
		return false;
	if (*rest == '\0') {
		*t = timegm(&tm) + 86400;
		return true;
	}
	if (*rest != 'T' && *rest != 't' && *rest != ' ')
		return false;
	rest = strptime(rest + 1, "%H:%M:%S", &tm);
	if (rest == NULL)
		return false;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (!read_offset(rest, &offset))
		return false;
	*t = timegm(&tm) - offset;
	return *t > 0;
}

static int
read_until(struct conf_reader *r, const struct toml_doc_node *n, int64_t *t)
{
	if ((n->type == TOML_DOC_TIME || n->type == TOML_DOC_STRING) &&
	    read_time(n->text, t))
		return 0;
	conf_finding_add(&r->mistakes, n->at,
	    WHERE ": until must be a date or time like "
		  "2027-01-31 or 2027-01-31T12:00:00Z");
	return -1;
}

static int
read_name(struct conf_reader *r, const struct toml_doc_node *n, char **name)
{
	char normal[HOSTNAME_SIZE];
	struct err e;
	char *s =
	    conf_value_string(WHERE, n, r->c->server.hostname, &r->mistakes);
	int rc = -1;

	if (s == NULL)
		return -1;
	if (hostname_normalize(s, strlen(s), normal, &e) == 0) {
		*name = xstrdup(normal);
		rc = 0;
	} else {
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": name is no domain: %s", e.text);
	}
	free(s);
	return rc;
}

static void
read_one(struct conf_reader *r, const struct toml_doc_node *n)
{
	static const char *const known[] = { "name", "until", "reason" };
	struct conf_nta a = { .until_s = 0 };
	struct conf *c = r->c;

	if (n->type != TOML_DOC_TABLE) {
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": each is { name = \"...\", until = ..., "
			  "reason = \"...\" }, not %s",
		    toml_doc_type_name(n->type));
		return;
	}
	for (size_t i = 0; i < n->nchildren; i++) {
		const struct toml_doc_node *k = &n->child[i];

		if (strcmp(k->key, "name") == 0)
			(void)read_name(r, k, &a.name);
		else if (strcmp(k->key, "until") == 0)
			(void)read_until(r, k, &a.until_s);
		else if (strcmp(k->key, "reason") == 0)
			a.reason = conf_value_string(WHERE, k,
			    c->server.hostname, &r->mistakes);
		else
			conf_finding_unknown(&r->mistakes, k->key_at,
			    WHERE ": unknown key", k->key, known, 3);
	}
	if (toml_doc_get(n, "name") == NULL)
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": this one lacks \"name\"");
	if (toml_doc_get(n, "until") == NULL)
		conf_finding_add(&r->notices, n->at,
		    WHERE ": without \"until\" DNSSEC stays off below %s for "
			  "ever (RFC 7646 section 2)",
		    a.name == NULL ? "it" : a.name);
	if (a.name == NULL)
		a.name = xstrdup("");
	if (a.reason == NULL)
		a.reason = xstrdup("");
	c->dns.ntas =
	    xreallocarray(c->dns.ntas, c->dns.nntas + 1, sizeof(*c->dns.ntas));
	c->dns.ntas[c->dns.nntas++] = a;
}

void
conf_nta_read(struct conf_reader *r, const struct toml_doc_node *n)
{
	if (n->type != TOML_DOC_ARRAY || n->nchildren > NTAS_MAX) {
		conf_finding_add(&r->mistakes, n->at,
		    WHERE ": must be a list of at most %d tables", NTAS_MAX);
		return;
	}
	for (size_t i = 0; i < n->nchildren; i++)
		read_one(r, &n->child[i]);
}
