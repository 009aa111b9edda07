/* report_name: report-id, file name, Subject - see report_name.h */
#include "config.h"

#include "share/rpt/report_name.h"
#include "share/base/text.h"

#include <string.h>
#include <strings.h>
#include <time.h>

/* 20261120T000000Z: RFC 3339's other form, without what a dot-atom forbids */
static void
put_time(struct buf *out, int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;
	char text[32] = "";

	if (gmtime_r(&when, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	buf_puts(out, text);
}

void
report_name_write_id(const struct report_key *k, struct buf *out)
{
	put_time(out, k->begin);
	buf_puts(out, "-");
	put_time(out, k->end);
	buf_printf(out, ".%s", k->domain);
	if (k->part > 0)
		buf_printf(out, ".%03u", k->part);
	buf_printf(out, "@%s", k->submitter);
}

void
report_name_write_file(const struct report_key *k, bool gzip, struct buf *out)
{
	buf_printf(out, "%s!%s!%lld!%lld", k->submitter, k->domain,
	    (long long)k->begin, (long long)k->end);
	if (k->part > 0)
		buf_printf(out, "!%03u", k->part);
	buf_puts(out, gzip ? ".json.gz" : ".json");
}

void
report_name_write_subject(const struct report_key *k, struct buf *out)
{
	buf_printf(out, "Report Domain: %s Submitter: %s Report-ID: <",
	    k->domain, k->submitter);
	report_name_write_id(k, out);
	buf_puts(out, ">");
}

static void
read_host(const char *s, size_t n, char host[HOSTNAME_SIZE])
{
	if (hostname_normalize(s, n, host, NULL) == -1)
		host[0] = '\0';
}

/* A number of seconds; 0 when it is none. */
static int64_t
read_seconds(const char *s, size_t n)
{
	int64_t t = 0;

	if (n == 0 || n > 11)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		t = t * 10 + (s[i] - '0');
	}
	return t;
}

/* Takes the text up to a "!" or the end off s. */
static const char *
take_part(const char **s, size_t *n, size_t *len)
{
	const char *part = *s, *mark = memchr(*s, '!', *n);

	*len = mark != NULL ? (size_t)(mark - part) : *n;
	*s = mark != NULL ? mark + 1 : part + *n;
	*n -= mark != NULL ? *len + 1 : *len;
	return part;
}

/* Without folders and extensions. */
static void
strip_file(const char **s, size_t *n)
{
	static const char *const extensions[] = { ".gz", ".gzip", ".zip",
		".json", ".tlsrpt" };

	for (size_t i = *n; i > 0; i--)
		if ((*s)[i - 1] == '/' || (*s)[i - 1] == '\\') {
			*s += i;
			*n -= i;
			break;
		}
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]);
	     i++) {
		size_t len = strlen(extensions[i]);

		if (*n > len &&
		    strncasecmp(*s + *n - len, extensions[i], len) == 0)
			*n -= len;
	}
}

bool
report_name_read_file(const char *s, size_t n, struct report_name *out)
{
	const char *part;
	size_t len;

	memset(out, 0, sizeof(*out));
	strip_file(&s, &n);
	part = take_part(&s, &n, &len);
	read_host(part, len, out->submitter);
	part = take_part(&s, &n, &len);
	read_host(part, len, out->domain);
	part = take_part(&s, &n, &len);
	out->begin = read_seconds(part, len);
	part = take_part(&s, &n, &len);
	out->end = read_seconds(part, len);
	return out->submitter[0] != '\0' && out->domain[0] != '\0' &&
	    out->begin > 0;
}

/* The word after a label in any case; NULL when the label is not there. */
static const char *
word_after(const char *s, size_t n, const char *label, size_t *len)
{
	size_t m = strlen(label);

	for (size_t i = 0; i + m <= n; i++) {
		if (strncasecmp(s + i, label, m) != 0)
			continue;
		for (i += m; i < n && (s[i] == ' ' || s[i] == '\t'); i++)
			;
		for (*len = 0; i + *len < n; ++*len)
			if (s[i + *len] == ' ' || s[i + *len] == '\t')
				break;
		return s + i;
	}
	return NULL;
}

bool
report_name_read_subject(const char *s, size_t n, struct report_name *out)
{
	const char *word;
	size_t len;

	memset(out, 0, sizeof(*out));
	if ((word = word_after(s, n, "Report Domain:", &len)) != NULL)
		read_host(word, len, out->domain);
	if ((word = word_after(s, n, "Submitter:", &len)) != NULL)
		read_host(word, len, out->submitter);
	if ((word = word_after(s, n, "Report-ID:", &len)) != NULL) {
		if (len > 2 && word[0] == '<' && word[len - 1] == '>') {
			word++;
			len -= 2;
		}
		if (len < sizeof(out->id))
			memcpy(out->id, word, len);
	}
	return out->domain[0] != '\0';
}
