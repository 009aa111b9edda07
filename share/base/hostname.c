/* hostname: DNS host names in their one normal form - see hostname.h */
#include "config.h"

#include "share/base/hostname.h"
#include "share/base/text.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <netinet/in.h>
#include <string.h>

#define LABEL_MAX 63
/* A name that IDNA shortens is possible, one of many kilobytes is not. */
#define SOURCE_MAX 1024

/* IPv4 ends in a digit, IPv6 has a colon: most names are told at a glance. */
static bool
may_be_address(const char *s, size_t n)
{
	return (s[n - 1] >= '0' && s[n - 1] <= '9') ||
	    memchr(s, ':', n) != NULL;
}

bool
hostname_is_address(const char *s, size_t n, char *text)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char addr[sizeof(struct in6_addr)];
	int family;

	if (n == 0 || n >= sizeof(copy) || !may_be_address(s, n) ||
	    memchr(s, '\0', n) != NULL)
		return false;
	memcpy(copy, s, n);
	copy[n] = '\0';
	if (inet_pton(AF_INET, copy, addr) == 1)
		family = AF_INET;
	else if (inet_pton(AF_INET6, copy, addr) == 1)
		family = AF_INET6;
	else
		return false;
	return text == NULL ||
	    inet_ntop(family, addr, text, INET6_ADDRSTRLEN) != NULL;
}

static bool
is_ldh(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* RFC 1123 section 2.1: letters, digits, inner hyphens. */
static bool
label_ok(const char *s, size_t n)
{
	if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_ldh(s[i]))
			return false;
	return true;
}

bool
hostname_is_normal(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > HOSTNAME_MAX || hostname_is_address(s, n, NULL))
		return false;
	for (;;) {
		size_t label = strcspn(s, ".");

		if (!label_ok(s, label))
			return false;
		if (s[label] == '\0')
			return true;
		s += label + 1;
	}
}

size_t
hostname_labels(const char *s)
{
	size_t n = *s != '\0';

	for (; *s != '\0'; s++)
		n += *s == '.';
	return n;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* U-labels to A-labels: UTS 46, non-transitional. */
static int
to_ascii(const char *src, char *dst, size_t size, struct err *e)
{
	char *out = NULL;
	int rc, fits;

	rc = idn2_to_ascii_8z(src, &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK)
		return err_set(e, ERR_SYNTAX, "not a host name: %s",
		    idn2_strerror(rc));
	fits = text_copy(dst, size, out);
	idn2_free(out);
	if (fits == -1)
		return err_set(e, ERR_SYNTAX, "host name too long");
	return 0;
}

/*
 * What nearly every lookup asks: plain ASCII that is a host name, in one
 * pass. False: not that, or to be looked at closer; dst means nothing then.
 */
static bool
normalize_plain(const char *src, size_t n, char dst[HOSTNAME_SIZE])
{
	size_t label = 0; /* octets of it so far */

	if (n == 0 || n > HOSTNAME_MAX || may_be_address(src, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = src[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		dst[i] = c;
		if (c == '.') {
			if (label == 0 || src[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!is_ldh(c) || (c == '-' && label == 0) ||
		    ++label > LABEL_MAX)
			return false;
	}
	dst[n] = '\0';
	return label > 0 && src[n - 1] != '-';
}

int
hostname_normalize(const char *src, size_t n, char dst[HOSTNAME_SIZE],
    struct err *e)
{
	char copy[SOURCE_MAX];

	dst[0] = '\0';
	if (n > 0 && src[n - 1] == '.')
		n--;
	if (normalize_plain(src, n, dst))
		return 0;
	dst[0] = '\0';
	if (n == 0 || n >= sizeof(copy) || memchr(src, '\0', n) != NULL)
		return err_set(e, ERR_SYNTAX, "not a host name");
	memcpy(copy, src, n);
	copy[n] = '\0';
	if (is_ascii(copy)) {
		if (text_copy(dst, HOSTNAME_SIZE, copy) == -1)
			return err_set(e, ERR_SYNTAX, "host name too long");
	} else if (to_ascii(copy, dst, HOSTNAME_SIZE, e) == -1) {
		return -1;
	}
	text_lower(dst);
	if (!hostname_is_normal(dst)) {
		dst[0] = '\0';
		return err_set(e, ERR_SYNTAX, "not a host name");
	}
	return 0;
}
