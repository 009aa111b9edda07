/* report_read_value: objects, lists, values - see report_read_part.h */
#include "config.h"

#include "share/rpt/report_read_part.h"
#include "share/base/hostname.h"
#include "share/base/text.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct read_field *
find_field(const struct read_field *fields, size_t n, const char *key,
    size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (fields[i].len == len &&
		    memcmp(fields[i].name, key, len) == 0)
			return &fields[i];
	return NULL;
}

bool
read_object(struct report_reader *rr, enum jscan_event ev,
    const struct read_field *fields, size_t n)
{
	unsigned seen = 0;

	if (ev != JSCAN_BEGIN_OBJECT) {
		read_wrong(rr, ev);
		return false;
	}
	while ((ev = jscan_next(&rr->js)) == JSCAN_KEY) {
		const struct read_field *f =
		    find_field(fields, n, rr->js.text, rr->js.len);

		ev = jscan_next(&rr->js);
		if (f == NULL || (seen & 1u << f->id) != 0) {
			jscan_skip(&rr->js, ev);
			continue;
		}
		if (f->old)
			jscan_note(&rr->js, DEFECT_OLD_NAME);
		seen |= 1u << f->id;
		f->read(rr, ev);
	}
	return true;
}

void
read_array(struct report_reader *rr, enum jscan_event ev,
    void (*read)(struct report_reader *rr, enum jscan_event ev))
{
	if (ev != JSCAN_BEGIN_ARRAY) {
		if (ev == JSCAN_NULL) {
			read_wrong(rr, ev);
			return;
		}
		jscan_note(&rr->js, DEFECT_NOT_ARRAY);
		read(rr, ev);
		return;
	}
	while ((ev = jscan_next(&rr->js)) != JSCAN_END_ARRAY && ev != JSCAN_END)
		read(rr, ev);
}

void
read_wrong(struct report_reader *rr, enum jscan_event ev)
{
	jscan_note(&rr->js, ev == JSCAN_NULL ? DEFECT_NULL : DEFECT_WRONG_TYPE);
	jscan_skip(&rr->js, ev);
}

const char *
read_keep(struct report_reader *rr, const char *s, size_t n)
{
	const char *kept = textpool_add(&rr->r->pool, s, n);

	if (kept == NULL)
		jscan_note(&rr->js, DEFECT_TOO_MANY);
	return kept;
}

void
read_text(struct report_reader *rr, enum jscan_event ev, const char **dst)
{
	char number[32];
	int n;

	if (ev == JSCAN_NUMBER) {
		jscan_note(&rr->js, DEFECT_WRONG_TYPE);
		n = snprintf(number, sizeof(number), "%lld",
		    (long long)rr->js.number.value);
		*dst = read_keep(rr, number, (size_t)n);
	} else if (ev != JSCAN_STRING) {
		read_wrong(rr, ev);
	} else if (rr->js.len > 0) {
		*dst = read_keep(rr, rr->js.text, rr->js.len);
	}
}

void
read_host(struct report_reader *rr, enum jscan_event ev, const char **dst)
{
	char host[HOSTNAME_SIZE];
	size_t n = rr->js.len;

	if (ev != JSCAN_STRING || n == 0 || n > HOSTNAME_MAX + 1) {
		read_text(rr, ev, dst);
		return;
	}
	n -= rr->js.text[n - 1] == '.';
	if (n == 0 || n >= sizeof(host)) {
		read_text(rr, ev, dst);
		return;
	}
	memcpy(host, rr->js.text, n);
	host[n] = '\0';
	text_lower(host);
	*dst = read_keep(rr, host, n);
}

void
read_ip(struct report_reader *rr, enum jscan_event ev, const char **dst)
{
	char text[INET6_ADDRSTRLEN];
	const char *s = rr->js.text;
	size_t n = rr->js.len;

	if (ev != JSCAN_STRING || n == 0) {
		read_text(rr, ev, dst);
		return;
	}
	if (hostname_is_address(s, n, text)) {
		*dst = read_keep(rr, text, strlen(text));
		return;
	}
	jscan_note(&rr->js, DEFECT_IP_FORM);
	if (n > 2 && s[0] == '[' && s[n - 1] == ']' &&
	    hostname_is_address(s + 1, n - 2, text))
		*dst = read_keep(rr, text, strlen(text));
	else
		read_text(rr, ev, dst);
}

/* A count in quotes: digits, blanks around them. */
static bool
read_count_text(struct report_reader *rr, int64_t *dst)
{
	struct defects ignored;
	struct jscan js;
	bool good;

	jscan_note(&rr->js, DEFECT_COUNT_TEXT);
	defects_init(&ignored);
	jscan_init(&js);
	jscan_begin(&js, rr->js.text, rr->js.len, &ignored);
	good = jscan_next(&js) == JSCAN_NUMBER;
	if (good)
		rr->js.number = js.number;
	jscan_clear(&js);
	*dst = 0;
	return good;
}

/* RFC 8460 section 4.2; I-JSON's integers (RFC 7493 section 2.2). */
bool
read_count(struct report_reader *rr, enum jscan_event ev, int64_t *dst)
{
	const struct jscan_number *number = &rr->js.number;

	if (ev == JSCAN_STRING) {
		if (!read_count_text(rr, dst))
			return false;
	} else if (ev != JSCAN_NUMBER) {
		read_wrong(rr, ev);
		return false;
	}
	if (number->fraction)
		jscan_note(&rr->js, DEFECT_COUNT_FRACTION);
	if (number->value < 0) {
		jscan_note(&rr->js, DEFECT_COUNT_NEGATIVE);
		*dst = 0;
		return true;
	}
	if (number->clamped)
		jscan_note(&rr->js, DEFECT_COUNT_HUGE);
	*dst = number->value;
	return true;
}
