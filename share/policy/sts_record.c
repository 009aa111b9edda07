/* sts_record: the TXT record at _mta-sts.<domain> - see sts_record.h */
#include "config.h"

#include "share/policy/sts_record.h"

#include <string.h>

static const char version[] = "v=STSv1";

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

/* Whether text begins as an MTA-STS record: version, then ; blank or end. */
static bool
is_sts(const char *text, size_t len)
{
	size_t n = strlen(version);

	return len >= n && memcmp(text, version, n) == 0 &&
	    (len == n || text[n] == ';' || is_wsp(text[n]));
}

/* The value of an id field: 1 to 32 letters and digits. */
static bool
read_id(const char *s, size_t len, char id[STS_ID_SIZE])
{
	if (len < 1 || len > STS_ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_id_char(s[i]))
			return false;
	memcpy(id, s, len);
	id[len] = '\0';
	return true;
}

enum sts_record_result
sts_record_parse(const char *text, size_t len, char id[STS_ID_SIZE])
{
	const char *p, *end = text + len;

	id[0] = '\0';
	if (!is_sts(text, len))
		return STS_RECORD_NONE;
	p = text + strlen(version);
	while (p < end) {
		const char *field, *stop;

		/* sts-field-delim = *WSP ";" *WSP */
		while (p < end && is_wsp(*p))
			p++;
		if (p < end && *p != ';')
			return STS_RECORD_MALFORMED;
		for (p += p < end; p < end && is_wsp(*p); p++)
			;
		field = p;
		while (p < end && *p != ';')
			p++;
		for (stop = p; stop > field && is_wsp(stop[-1]); stop--)
			;
		if (stop - field < 3 || memcmp(field, "id=", 3) != 0)
			continue;
		if (!read_id(field + 3, (size_t)(stop - field - 3), id))
			return STS_RECORD_MALFORMED;
		return STS_RECORD_OK; /* of repeated fields the first counts */
	}
	return STS_RECORD_MALFORMED;
}

enum sts_record_result
sts_record_choose(const struct dns_answer *txt, char id[STS_ID_SIZE])
{
	const struct dns_txt *only = NULL;

	id[0] = '\0';
	for (size_t i = 0; i < txt->n; i++) {
		if (!is_sts(txt->u.txt[i].text, txt->u.txt[i].len))
			continue;
		if (only != NULL)
			return STS_RECORD_MALFORMED;
		only = &txt->u.txt[i];
	}
	if (only == NULL)
		return STS_RECORD_NONE;
	return sts_record_parse(only->text, only->len, id);
}
