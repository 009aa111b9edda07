/* mail_head: what a mail's header says of its report - see mail_head.h */
#include "config.h"

#include "analyzer/mail_head.h"

#include "share/base/text.h"
#include "share/mail/mime_param.h"
#include "share/rpt/report_name.h"
#include "share/rpt/report_time.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#define ADDRESS_MAX 512
#define SUBJECT_MAX 2048

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The field's value as one line. */
static size_t
unfold(const struct field *f, char *dst, size_t size)
{
	size_t n = 0;

	for (size_t i = f->value; i < f->len && n + 1 < size; i++)
		if (f->text[i] != '\r' && f->text[i] != '\n' &&
		    f->text[i] != '\0')
			dst[n++] = f->text[i];
	dst[n] = '\0';
	return n;
}

static void
read_host(const struct field *f, char dst[HOSTNAME_SIZE])
{
	char text[HOSTNAME_SIZE + 64];
	const char *s = text;
	size_t n = unfold(f, text, sizeof(text));

	while (n > 0 && is_blank(*s)) {
		s++;
		n--;
	}
	while (n > 0 && (is_blank(s[n - 1]) || s[n - 1] == '.'))
		n--;
	if (dst[0] == '\0' && hostname_normalize(s, n, dst, NULL) == -1)
		dst[0] = '\0';
}

static void
read_from(const struct field *f, char dst[HOSTNAME_SIZE])
{
	const char *value = f->text + f->value;
	size_t n = f->len - f->value, at = 0, end;

	/* the last "@": display names come first */
	for (size_t i = 0; i < n; i++)
		if (value[i] == '@')
			at = i + 1;
	for (end = at; at > 0 && end < n; end++)
		if (strchr("<>,;() \t\r\n\"", value[end]) != NULL)
			break;
	if (at == 0 ||
	    hostname_normalize(value + at, end - at, dst, NULL) == -1)
		dst[0] = '\0';
}

static void
read_subject(const struct field *f, struct mail_head *h)
{
	char text[SUBJECT_MAX];
	struct report_name name;
	size_t n = unfold(f, text, sizeof(text));

	if (h->domain[0] == '\0' && report_name_read_subject(text, n, &name))
		(void)text_copy(h->domain, sizeof(h->domain), name.domain);
}

/* RFC 8460 section 5.3: multipart/report; report-type="tlsrpt". */
static void
read_type(const struct field *f, struct mail_head *h)
{
	const char *value = f->text + f->value;
	char type[64], report_type[32];
	size_t n = f->len - f->value;

	mime_param_head(value, n, type, sizeof(type));
	if (strncmp(type, "application/tlsrpt", 18) == 0 ||
	    (mime_param_get(value, n, "report-type", report_type,
		 sizeof(report_type)) &&
		strcasecmp(report_type, "tlsrpt") == 0))
		h->claims = true;
}

struct date {
	int day, month, year, hour, minute, second, zone;
};

/* 1 to 12 for a name that begins as a month's, else 0. */
static int
month_of(const char *word)
{
	static const char *const months[] = { "jan", "feb", "mar", "apr", "may",
		"jun", "jul", "aug", "sep", "oct", "nov", "dec" };

	for (int i = 0; i < 12; i++)
		if (strncasecmp(word, months[i], 3) == 0)
			return i + 1;
	return 0;
}

/* The number that digits at *s make, which is moved behind them. */
static int
take_number(const char **s)
{
	int n = 0;

	for (; **s >= '0' && **s <= '9'; ++*s)
		if (n < 100000)
			n = n * 10 + (**s - '0');
	return n;
}

static void
read_date_word(const char *word, struct date *d)
{
	const char *s = word;
	int number;

	if (*s == '+' || *s == '-') {
		s++;
		number = take_number(&s);
		d->zone = (*word == '-' ? -1 : 1) *
		    (number / 100 * 3600 + number % 100 * 60);
	} else if (*s < '0' || *s > '9') {
		if (d->month == 0)
			d->month = month_of(word);
	} else if (number = take_number(&s), *s == ':') {
		d->hour = number;
		s++;
		d->minute = take_number(&s);
		if (*s == ':') {
			s++;
			d->second = take_number(&s);
		}
	} else {
		*(number > 31 ? &d->year : &d->day) = number;
	}
}

/*
 * RFC 5322 section 3.3, and what comes near it: a day, a month's name, a year,
 * a time and a zone in whatever order.
 */
static void
read_date(const struct field *f, struct mail_head *h)
{
	struct date d = { 0, 0, 0, 0, 0, 0, 0 };
	char text[128];
	char *word = text;

	(void)unfold(f, text, sizeof(text));
	while (*word != '\0') {
		size_t n = strcspn(word, " ,\t");
		bool last = word[n] == '\0';

		word[n] = '\0';
		read_date_word(word, &d);
		word += last ? n : n + 1;
	}
	if (d.day < 1 || d.month < 1 || d.year < 1970 || d.year > 9999 ||
	    d.hour < 0 || d.hour > 23 || d.minute < 0 || d.minute > 59 ||
	    d.second < 0 || d.second > 60)
		return;
	h->date = report_time_from_date(d.year, d.month, d.day, d.hour,
		      d.minute, d.second) -
	    d.zone;
}

#define IS(f, name) field_is(f, name, sizeof(name) - 1)

static void
read_field(const struct field *f, struct mail_head *h)
{
	if (IS(f, "TLS-Report-Domain")) {
		read_host(f, h->domain);
		h->claims = true;
	} else if (IS(f, "TLS-Report-Submitter")) {
		read_host(f, h->submitter);
		h->claims = true;
	} else if (IS(f, "From") && h->from[0] == '\0') {
		read_from(f, h->from);
	} else if (IS(f, "Date") && h->date == 0) {
		read_date(f, h);
	} else if (IS(f, "Content-Type") || IS(f, "ContentType")) {
		read_type(f, h);
	} else if (IS(f, "DKIM-Signature")) {
		h->is_signed = true;
	}
}

int
mail_head_read(struct mail_head *h, const char *mail, size_t n, struct err *e)
{
	memset(h, 0, sizeof(*h));
	if (fields_parse(mail, n, &h->fields, e) == -1)
		return -1;
	for (size_t i = 0; i < h->fields.n; i++)
		read_field(&h->fields.field[i], h);
	/* the field of RFC 8460 counts more than the Subject */
	for (size_t i = 0; i < h->fields.n; i++)
		if (IS(&h->fields.field[i], "Subject"))
			read_subject(&h->fields.field[i], h);
	return 0;
}

void
mail_head_clear(struct mail_head *h)
{
	fields_clear(&h->fields);
}

/* ---- recipients ---- */

static bool
fits(const struct conf_list *globs, const char *address)
{
	for (size_t i = 0; i < globs->n; i++)
		if (fnmatch(globs->item[i], address, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

struct addresses {
	const struct conf_list *globs;
	unsigned n;
	bool found;
};

/*
 * Looks at what has an "@" between delimiters: a list of mailboxes needs no
 * more here, and a glob matches what an attacker writes anyway.
 */
static void
look_at(struct addresses *a, const char *s, size_t n)
{
	static const char delimiters[] = " \t\r\n<>,;()\"";
	char address[ADDRESS_MAX];

	for (size_t i = 0, end; i < n; i = end + 1) {
		for (end = i; end < n && s[end] != '\0' &&
		     strchr(delimiters, s[end]) == NULL;
		     end++)
			;
		if (end - i >= sizeof(address) ||
		    memchr(s + i, '@', end - i) == NULL ||
		    a->n == MAIL_HEAD_ADDRESSES_MAX)
			continue;
		memcpy(address, s + i, end - i);
		address[end - i] = '\0';
		a->n++;
		a->found = a->found || fits(a->globs, address);
	}
}

bool
mail_head_is_to(const struct mail_head *h, const struct conf_list *globs,
    const char *extra)
{
	static const char *const names[] = { "To", "Cc", "Delivered-To",
		"X-Original-To", "Envelope-To", "X-Envelope-To" };
	struct addresses a = { globs, 0, false };

	if (globs->n == 0)
		return true;
	if (extra != NULL)
		look_at(&a, extra, strlen(extra));
	for (size_t i = 0; i < h->fields.n && !a.found; i++) {
		const struct field *f = &h->fields.field[i];

		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (field_is(f, names[k], strlen(names[k])))
				look_at(&a, f->text + f->value,
				    f->len - f->value);
	}
	return a.found || a.n == 0;
}
