/* nexthop: what a policy lookup asks about - see nexthop.h */
#include "config.h"

#include "share/policy/nexthop.h"
#include "share/base/text.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE_NAME_MAX 32

/*
 * The port of a TCP service, 0 when there is none of that name. The services
 * of mail are known without /etc/services: a host that lacks the file must
 * not take "d:submission" for junk, which is answered with no demand.
 */
static uint16_t
service_port(const char *name)
{
	static const struct {
		const char *name;
		uint16_t port;
	} mail[] = { { "smtp", 25 }, { "submission", 587 },
		{ "submissions", 465 } };
	struct servent entry, *found = NULL;
	char space[1024];

	for (size_t i = 0; i < sizeof(mail) / sizeof(mail[0]); i++)
		if (text_equal_nocase(name, mail[i].name))
			return mail[i].port;
	if (getservbyname_r(name, "tcp", &entry, space, sizeof(space),
		&found) != 0 ||
	    found == NULL)
		return 0;
	return ntohs((uint16_t)found->s_port);
}

/* A port number or the name of a TCP service; 0 when it is neither. */
static uint16_t
parse_port(const char *s)
{
	size_t digits = strspn(s, "0123456789");
	long n;

	if (digits > 0 && s[digits] == '\0') {
		n = digits <= 5 ? strtol(s, NULL, 10) : 0;
		return n >= 1 && n <= UINT16_MAX ? (uint16_t)n : 0;
	}
	if (*s == '\0' || strlen(s) > SERVICE_NAME_MAX)
		return 0;
	return service_port(s);
}

/* [IP], [IPv6:...] or [host]; n octets between the brackets. */
static bool
parse_literal(const char *s, size_t n, struct nexthop *out)
{
	static const char tag[] = "IPv6:"; /* RFC 5321 section 4.1.3 */
	size_t skip = 0;

	if (n > strlen(tag) && text_starts_nocase(s, tag))
		skip = strlen(tag);
	if (hostname_is_address(s + skip, n - skip, out->name)) {
		out->kind = NEXTHOP_ADDRESS;
		return true;
	}
	if (hostname_normalize(s, n, out->name, NULL) == -1)
		return false;
	out->kind = NEXTHOP_HOST;
	return true;
}

/* What follows the name: nothing, or ":" and a port. */
static bool
parse_rest(const char *s, struct nexthop *out)
{
	if (*s == '\0')
		return true;
	if (*s != ':')
		return false;
	out->port = parse_port(s + 1);
	return out->port != 0;
}

static bool
parse_domain(const char *key, struct nexthop *out)
{
	const char *colon = strrchr(key, ':');
	size_t n = colon != NULL ? (size_t)(colon - key) : strlen(key);

	if (hostname_is_address(key, strlen(key), NULL))
		return false;
	if (hostname_normalize(key, n, out->name, NULL) == -1)
		return false;
	out->kind = NEXTHOP_DOMAIN;
	return parse_rest(key + n, out);
}

/* On the way of every lookup: no formatting where there is no port. */
static void
write_key(struct nexthop *n)
{
	bool brackets = n->kind != NEXTHOP_DOMAIN;
	size_t len = strlen(n->name);
	char *at = n->key;

	if (brackets)
		*at++ = '[';
	memcpy(at, n->name, len);
	at += len;
	if (brackets)
		*at++ = ']';
	*at = '\0';
	if (n->port != NEXTHOP_SMTP_PORT)
		(void)snprintf(at, sizeof(":65535"), ":%u", n->port);
}

bool
nexthop_parse(const char *key, struct nexthop *n)
{
	const char *close;
	bool ok;

	memset(n, 0, sizeof(*n));
	n->port = NEXTHOP_SMTP_PORT;
	if (key[0] == '[') {
		close = strchr(key, ']');
		ok = close != NULL && (close[1] != '.' || close[2] == '\0') &&
		    parse_literal(key + 1, (size_t)(close - key - 1), n) &&
		    parse_rest(close[1] == '.' ? close + 2 : close + 1, n);
	} else {
		ok = key[0] != '.' && parse_domain(key, n);
	}
	if (!ok) {
		memset(n, 0, sizeof(*n));
		return false;
	}
	write_key(n);
	return true;
}
