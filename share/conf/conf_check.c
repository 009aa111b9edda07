/* conf_check: the form of a value - see conf_check.h */
#include "config.h"

#include "share/conf/conf_check.h"

#include "share/base/hostname.h"
#include "share/conf/conf_table.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

int
conf_check_filled(const char *s, struct err *e)
{
	if (*s == '\0')
		return err_set(e, ERR_SYNTAX, "must not be empty");
	return conf_check_line(s, e);
}

int
conf_check_line(const char *s, struct err *e)
{
	for (; *s != '\0'; s++)
		if (iscntrl((unsigned char)*s))
			return err_set(e, ERR_SYNTAX,
			    "holds a control character");
	return 0;
}

int
conf_check_host(const char *s, struct err *e)
{
	char name[HOSTNAME_SIZE];

	if (hostname_normalize(s, strlen(s), name, e) == -1)
		return err_wrap(e, "no host name");
	return 0;
}

int
conf_check_host_or_none(const char *s, struct err *e)
{
	return *s == '\0' ? 0 : conf_check_host(s, e);
}

int
conf_check_path(const char *s, struct err *e)
{
	if (*s != '/')
		return err_set(e, ERR_SYNTAX, "must be a path from the root");
	return conf_check_line(s, e);
}

int
conf_check_path_or_none(const char *s, struct err *e)
{
	return *s == '\0' ? 0 : conf_check_path(s, e);
}

int
conf_check_socket(const char *s, struct err *e)
{
	if (strlen(s) > SOCKET_PATH_MAX)
		return err_set(e, ERR_LIMIT,
		    "a socket's path has %zu octets at most", SOCKET_PATH_MAX);
	return conf_check_path(s, e);
}

/* Whether n digits at s are a port from 1 to 65535. */
static bool
is_port(const char *s, size_t n)
{
	unsigned long v = 0;

	if (n == 0 || n > 5)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)s[i]))
			return false;
		v = 10 * v + (unsigned long)(s[i] - '0');
	}
	return v >= 1 && v <= 65535;
}

/* Whether s is IPV4:PORT, [IPV6]:PORT or, where allowed, *:PORT. */
static bool
is_address_port(const char *s, bool star)
{
	const char *colon = strrchr(s, ':');
	size_t n;

	if (colon == NULL || !is_port(colon + 1, strlen(colon + 1)))
		return false;
	n = (size_t)(colon - s);
	if (star && n == 1 && *s == '*')
		return true;
	if (n > 2 && s[0] == '[' && s[n - 1] == ']')
		return memchr(s, ':', n) != NULL &&
		    hostname_is_address(s + 1, n - 2, NULL);
	return memchr(s, ':', n) == NULL && hostname_is_address(s, n, NULL);
}

int
conf_check_metrics(const char *s, struct err *e)
{
	if (*s == '\0' || is_address_port(s, false))
		return 0;
	return err_set(e, ERR_SYNTAX,
	    "must be ADDRESS:PORT (127.0.0.1:9461, [::1]:9461) or empty");
}

/* Whether the bits of a behind the first n are all clear. */
static bool
host_bits_clear(const unsigned char *a, size_t size, unsigned n)
{
	for (unsigned i = n; i < 8 * size; i++)
		if ((a[i / 8] & 0x80 >> i % 8) != 0)
			return false;
	return true;
}

int
conf_check_cidr(const char *s, struct err *e)
{
	unsigned char a[sizeof(struct in6_addr)];
	char address[INET6_ADDRSTRLEN];
	size_t n = strcspn(s, "/"), size;
	unsigned long bits;
	char *end;

	if (n >= sizeof(address))
		goto bad;
	memcpy(address, s, n);
	address[n] = '\0';
	if (inet_pton(AF_INET, address, a) == 1)
		size = 4;
	else if (inet_pton(AF_INET6, address, a) == 1)
		size = 16;
	else
		goto bad;
	if (s[n] == '\0')
		return 0;
	bits = strtoul(s + n + 1, &end, 10);
	if (!isdigit((unsigned char)s[n + 1]) || *end != '\0' ||
	    bits > 8 * size)
		goto bad;
	if (!host_bits_clear(a, size, (unsigned)bits))
		return err_set(e, ERR_SYNTAX,
		    "has bits set behind the first %lu", bits);
	return 0;
bad:
	return err_set(e, ERR_SYNTAX,
	    "must be an address or a block (10.0.0.0/8, fd00::/8)");
}

int
conf_check_server(const char *s, struct err *e)
{
	size_t n = strcspn(s, "@");

	if (strcmp(s, "system") == 0 || strcmp(s, "iterate") == 0)
		return 0;
	if (hostname_is_address(s, n, NULL) &&
	    (s[n] == '\0' || is_port(s + n + 1, strlen(s + n + 1))))
		return 0;
	return err_set(e, ERR_SYNTAX,
	    "must be \"system\", \"iterate\" or ADDRESS[@PORT]");
}

/* libmilter's smfi_setconn(3): family:port@host or family:path */
int
conf_check_milter(const char *s, struct err *e)
{
	char host[HOSTNAME_SIZE];
	size_t n = strcspn(s, ":");
	const char *rest = s + n + 1;
	size_t port;

	if ((n == 4 && strncmp(s, "unix", n) == 0 && s[n] == ':') ||
	    (n == 5 && strncmp(s, "local", n) == 0 && s[n] == ':'))
		return conf_check_socket(rest, e);
	if (s[n] != ':' ||
	    !((n == 4 && strncmp(s, "inet", n) == 0) ||
		(n == 5 && strncmp(s, "inet6", n) == 0)))
		goto bad;
	port = strcspn(rest, "@");
	if (!is_port(rest, port))
		goto bad;
	if (rest[port] == '\0')
		return 0;
	rest += port + 1;
	if (hostname_is_address(rest, strlen(rest), NULL) ||
	    hostname_normalize(rest, strlen(rest), host, NULL) == 0)
		return 0;
bad:
	return err_set(e, ERR_SYNTAX,
	    "must be inet:PORT@HOST, inet6:PORT@HOST or unix:/PATH");
}

/* One of mode=, owner=, group= of a Unix socket; n octets. */
static int
check_socket_option(const char *s, size_t n, struct err *e)
{
	char value[64];

	if (n > 6 && n < sizeof(value) + 5 &&
	    (strncmp(s, "owner=", 6) == 0 || strncmp(s, "group=", 6) == 0))
		return 0;
	if (n > 5 && n < sizeof(value) && strncmp(s, "mode=", 5) == 0) {
		memcpy(value, s + 5, n - 5);
		value[n - 5] = '\0';
		return conf_check_mode(value, e);
	}
	return err_set(e, ERR_SYNTAX,
	    "behind the path only mode=, owner= and group= are known");
}

int
conf_check_listen(const char *s, struct err *e)
{
	size_t n;

	if (strncmp(s, "inet:", 5) == 0 && is_address_port(s + 5, true))
		return 0;
	if (strncmp(s, "unix:", 5) != 0)
		return err_set(e, ERR_SYNTAX,
		    "must be inet:ADDRESS:PORT or unix:/PATH[,mode=0660]"
		    "[,owner=NAME][,group=NAME]");
	s += 5;
	n = strcspn(s, ",");
	/* a temporary name beside it must fit, too: see listener.h */
	if (*s != '/' || n < 2 || n > SOCKET_PATH_MAX - 8)
		return err_set(e, ERR_SYNTAX,
		    "a socket's path begins with \"/\" and has %zu octets "
		    "at most",
		    SOCKET_PATH_MAX - 8);
	for (s += n; *s == ','; s += n) {
		s++;
		n = strcspn(s, ",");
		if (check_socket_option(s, n, e) == -1)
			return -1;
	}
	return 0;
}

int
conf_check_domain_glob(const char *s, struct err *e)
{
	if (*s == '\0' || strpbrk(s, " \t@/:,") != NULL ||
	    strcmp(s, "postfix") == 0)
		return err_set(e, ERR_SYNTAX,
		    "must be a domain or a glob (*.example.org)");
	return conf_check_line(s, e);
}

int
conf_check_domains(const char *s, struct err *e)
{
	if (strncmp(s, "file:", 5) == 0)
		return conf_check_path(s + 5, e);
	if (*s == '\0' || strpbrk(s, " \t@/:,") != NULL)
		return err_set(e, ERR_SYNTAX,
		    "must be a domain, a glob (*.example.org), file:/PATH or "
		    "\"postfix\"");
	return conf_check_line(s, e);
}

int
conf_check_address(const char *s, struct err *e)
{
	const char *at = strrchr(s, '@');

	if (*s == '\0')
		return 0;
	if (at == NULL || at == s || strpbrk(s, " \t<>\"(),;:\\") != NULL)
		return err_set(e, ERR_SYNTAX, "must be a mail address");
	if (conf_check_line(s, e) == -1)
		return -1;
	return conf_check_host(at + 1, e);
}

int
conf_check_address_glob(const char *s, struct err *e)
{
	if (strchr(s, '@') == NULL || strpbrk(s, " \t<>\",;") != NULL)
		return err_set(e, ERR_SYNTAX,
		    "must be a mail address or a glob (tlsrpt@*)");
	return conf_check_line(s, e);
}

int
conf_check_listen_or_none(const char *s, struct err *e)
{
	return *s == '\0' ? 0 : conf_check_listen(s, e);
}

int
conf_check_log(const char *s, struct err *e)
{
	if (*s == '\0' || *s == '/' || strcmp(s, "journal") == 0)
		return 0;
	return err_set(e, ERR_SYNTAX,
	    "must be a path from the root, \"journal\" or \"\"");
}

int
conf_check_via(const char *s, struct err *e)
{
	char host[HOSTNAME_SIZE];
	size_t n;

	if (strcmp(s, "none") == 0)
		return 0;
	if (strncmp(s, "sendmail:", 9) == 0)
		return conf_check_path(s + 9, e);
	if (strncmp(s, "smtp://", 7) != 0)
		goto bad;
	s += 7;
	if (strchr(s, '@') != NULL)
		return err_set(e, ERR_SYNTAX,
		    "a password does not belong into the config");
	if (is_address_port(s, false) ||
	    hostname_is_address(s, strlen(s), NULL))
		return 0;
	n = strcspn(s, ":");
	if (hostname_normalize(s, n, host, NULL) == 0 &&
	    (s[n] == '\0' || is_port(s + n + 1, strlen(s + n + 1))))
		return 0;
bad:
	return err_set(e, ERR_SYNTAX,
	    "must be smtp://HOST[:PORT], sendmail:/PATH or none");
}

int
conf_check_alert(const char *s, struct err *e)
{
	static const char *const kinds[] = { "failure", "rate", "silent",
		"expiry", "store" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(s, kinds[i]) == 0)
			return 0;
	return err_set(e, ERR_SYNTAX,
	    "must be failure, rate, silent, expiry or store");
}

/* "HH:MM" of n octets. */
static bool
is_time(const char *s)
{
	return s[0] >= '0' && s[0] <= '2' && s[1] >= '0' && s[1] <= '9' &&
	    (s[0] < '2' || s[1] <= '4') && s[2] == ':' && s[3] >= '0' &&
	    s[3] <= '5' && s[4] >= '0' && s[4] <= '9';
}

int
conf_check_hours(const char *s, struct err *e)
{
	if (*s == '\0' ||
	    (strlen(s) == 11 && is_time(s) && s[5] == '-' && is_time(s + 6)))
		return 0;
	return err_set(e, ERR_SYNTAX, "must be HH:MM-HH:MM");
}

int
conf_check_https(const char *s, struct err *e)
{
	if (*s == '\0' ||
	    (strncmp(s, "https://", 8) == 0 && s[8] != '\0' &&
		strpbrk(s, " \t\"<>\\^`{|}") == NULL))
		return 0;
	return err_set(e, ERR_SYNTAX, "must be https://HOST...");
}

int
conf_check_mode(const char *s, struct err *e)
{
	size_t n = strspn(s, "01234567");

	if (s[n] != '\0' || n < 3 || n > 4 || (n == 4 && *s != '0'))
		return err_set(e, ERR_SYNTAX,
		    "must be an octal mode like \"0660\"");
	return 0;
}

int
conf_check_secret(const char *s, struct err *e)
{
	if (strncmp(s, "file:", 5) == 0)
		return conf_check_path(s + 5, e);
	if (strncmp(s, "cmd:", 4) == 0 && s[4] != '\0')
		return conf_check_line(s, e);
	return err_set(e, ERR_SYNTAX,
	    "a secret stands outside of the config: file:/PATH or "
	    "cmd:COMMAND");
}

int
conf_check_selector(const char *s, struct err *e)
{
	/* RFC 6376 section 3.1: sub-domains, so a host name's form */
	return conf_check_host(s, e);
}

int
conf_check_id(const char *s, struct err *e)
{
	if (!conf_table_is_id(s))
		return err_set(e, ERR_SYNTAX,
		    "must be a name of letters, digits, \"_\" and \"-\"");
	return 0;
}
