/* datagram_read_text: normal forms of texts - see datagram_read_part.h */
#include "config.h"

#include "share/rpt/datagram_read_part.h"
#include "share/base/hostname.h"
#include "share/base/text.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define TLSA_MAX 2048 /* octets of a TLSA record's text that is put in form */

const char *
datagram_keep(struct datagram_reader *dr, const char *s, size_t n)
{
	return textpool_add(&dr->r.pool, s, n);
}

/* n octets of s as a host name, to host; false when they are none. */
static bool
normal_host(const char *s, size_t n, char host[HOSTNAME_SIZE])
{
	if (n > 0 && s[n - 1] == '.')
		n--;
	if (n == 0)
		return false;
	if (n < HOSTNAME_SIZE) {
		memcpy(host, s, n);
		host[n] = '\0';
		text_lower(host);
		if (strlen(host) == n && hostname_is_normal(host))
			return true;
	}
	return hostname_normalize(s, n, host, NULL) == 0;
}

const char *
datagram_keep_host(struct datagram_reader *dr)
{
	char host[HOSTNAME_SIZE];

	if (!normal_host(dr->js.text, dr->js.len, host))
		return NULL;
	return datagram_keep(dr, host, strlen(host));
}

const char *
datagram_keep_ip(struct datagram_reader *dr)
{
	char text[INET6_ADDRSTRLEN];

	if (!hostname_is_address(dr->js.text, dr->js.len, text))
		return NULL;
	return datagram_keep(dr, text, strlen(text));
}

/* RFC 5321 section 4.1.1.1: the domain is the first word of the first line. */
const char *
datagram_keep_helo(struct datagram_reader *dr)
{
	const char *s = dr->js.text;
	char host[HOSTNAME_SIZE];
	size_t n = dr->js.len, word;

	if (n >= 4 && memcmp(s, "250", 3) == 0 &&
	    (s[3] == '-' || s[3] == ' ')) {
		s += 4;
		n -= 4;
	}
	for (word = 0; word < n && (unsigned char)s[word] > ' '; word++)
		;
	if (!normal_host(s, word, host))
		return NULL;
	return datagram_keep(dr, host, strlen(host));
}

const char *
datagram_keep_note(struct datagram_reader *dr)
{
	char text[DATAGRAM_READ_TEXT_MAX];
	size_t n = dr->js.len;

	if (n > sizeof(text)) {
		n = sizeof(text);
		while (n > 0 && ((unsigned char)dr->js.text[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)dr->js.text[i];

		text[i] = c < ' ' || c == 0x7f ? ' ' : (char)c;
	}
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return n > 0 ? datagram_keep(dr, text, n) : NULL;
}

void
datagram_add_mx(struct datagram_reader *dr)
{
	char pattern[HOSTNAME_SIZE + 2] = "*.";
	const char *s = dr->js.text;
	size_t n = dr->js.len;
	char *host = pattern + 2, *from = host;

	if (n > 2 && s[0] == '*' && s[1] == '.') {
		s += 2;
		n -= 2;
		from = pattern;
	}
	/* what is no pattern tells nobody anything */
	if (normal_host(s, n, host) &&
	    report_list_add(&dr->r, &dr->p->mx, from, strlen(from)) == -1)
		datagram_set_fault(dr, DATAGRAM_TOO_MANY);
}

void
datagram_add_string(struct datagram_reader *dr)
{
	size_t n = dr->js.len;

	while (n > 0 && (unsigned char)dr->js.text[n - 1] <= ' ')
		n--;
	if (n > 0 &&
	    report_list_add(&dr->r, &dr->p->strings, dr->js.text, n) == -1)
		datagram_set_fault(dr, DATAGRAM_TOO_MANY);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
	    (c >= 'a' && c <= 'f');
}

/* "3 1 1 ab cd" to "3 1 1 ABCD" (RFC 8460 section 4.5); false: as it is. */
static bool
normal_tlsa(const char *s, char out[TLSA_MAX])
{
	size_t n = 0, fields = 0;

	while (*s != '\0' && n + 2 < TLSA_MAX) {
		while (*s == ' ')
			s++;
		if (!is_hex(*s))
			return false;
		if (fields > 0 && fields <= 3)
			out[n++] = ' ';
		for (; is_hex(*s) && n + 2 < TLSA_MAX; s++)
			out[n++] = *s >= 'a' ? (char)(*s - 'a' + 'A') : *s;
		fields++;
	}
	out[n] = '\0';
	return *s == '\0' && fields >= 4;
}

static int
compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same TLSA records in another order are the same policy. */
void
datagram_finish_strings(struct datagram_reader *dr)
{
	struct report_list *l = &dr->p->strings;
	char text[TLSA_MAX];

	if (dr->p->type != REPORT_POLICY_TLSA)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (normal_tlsa(l->text[i], text) &&
		    strcmp(text, l->text[i]) != 0) {
			const char *kept =
			    datagram_keep(dr, text, strlen(text));

			if (kept != NULL)
				l->text[i] = kept;
		}
	if (l->n > 1)
		qsort(l->text, l->n, sizeof(*l->text), compare_strings);
}
