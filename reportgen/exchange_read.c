/* exchange_read: sessions of another host - see exchange.h */
#include "config.h"

#include "reportgen/exchange.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_hash.h"
#include "share/rpt/datagram_read.h"
#include "share/rpt/report_time.h"
#include "share/rpt/report_type.h"

#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define HOUR 3600
#define STRINGS_MAX 256
#define TEXT_MAX 4096

void
exchange_reader_init(struct exchange_reader *r, FILE *in)
{
	memset(r, 0, sizeof(*r));
	r->in = in;
}

void
exchange_reader_clear(struct exchange_reader *r)
{
	unsigned char sum[DKIM_SHA256_LEN];

	if (r->hash != NULL)
		dkim_hash_end(r->hash, sum);
	r->hash = NULL;
	free(r->line);
	r->line = NULL;
}

static void
grow(struct exchange_reader *r)
{
	r->size = r->size > 0 ? 2 * r->size : 1024;
	r->line = xreallocarray(r->line, r->size, 1);
}

/* Reads a line with its end, of EXCHANGE_LINE_MAX at most: 1, 0 at the end. */
static int
read_line(struct exchange_reader *r, struct err *e)
{
	int c = 0;

	r->len = 0;
	while (c != '\n' && (c = getc(r->in)) != EOF) {
		if (r->len == (ssize_t)EXCHANGE_LINE_MAX)
			return err_set(e, ERR_LIMIT, "line %llu is too long",
			    (unsigned long long)r->number + 1);
		if ((size_t)r->len + 1 >= r->size)
			grow(r);
		r->line[r->len++] = (char)c;
	}
	if (r->line == NULL)
		grow(r);
	r->line[r->len] = '\0';
	if (ferror(r->in))
		return err_sys(e, "cannot read");
	if (r->len == 0)
		return 0;
	r->number++;
	return c == '\n' ? 1
			 : err_set(e, ERR_SYNTAX, "the last line has no end");
}

static int
wrong(const struct exchange_reader *r, struct err *e, const char *what)
{
	return err_set(e, ERR_SYNTAX, "line %llu: %s",
	    (unsigned long long)r->number, what);
}

static json_t *
parse(struct exchange_reader *r)
{
	json_t *o =
	    json_loadb(r->line, (size_t)r->len, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(o)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* ---- values ---- */

/* A number from min to max, or -1. */
static int64_t
number(const json_t *o, const char *name, int64_t min, int64_t max)
{
	const json_t *v = json_object_get(o, name);
	json_int_t n = json_integer_value(v);

	return json_is_integer(v) && n >= min && n <= max ? (int64_t)n : -1;
}

static bool
is_time(const json_t *o, const char *name, int64_t *t)
{
	const json_t *v = json_object_get(o, name);

	return json_is_string(v) &&
	    report_time_parse(json_string_value(v), json_string_length(v), t) ==
	    REPORT_TIME_GOOD &&
	    *t >= 0;
}

/* Whether it is a text of max octets without control characters. */
static bool
is_text(const json_t *v, size_t max)
{
	const char *s = json_string_value(v);
	size_t i, n = json_string_length(v);

	if (s == NULL || n > max)
		return false;
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return true;
}

/* A text or nothing; false: what is there is no text of ours. */
static bool
text(const json_t *o, const char *name, size_t max, const char **out)
{
	const json_t *v = json_object_get(o, name);

	*out = json_string_value(v);
	return v == NULL || is_text(v, max);
}

static bool
strings(const json_t *o, const char *name, const char **list, size_t *n)
{
	const json_t *a = json_object_get(o, name), *v;
	size_t i;

	*n = json_array_size(a);
	if (a != NULL && (!json_is_array(a) || *n > STRINGS_MAX))
		return false;
	json_array_foreach(a, i, v)
	{
		if (!is_text(v, TEXT_MAX))
			return false;
		list[i] = json_string_value(v);
	}
	return true;
}

static bool
failure(const json_t *o, struct rows_failure *f)
{
	const char *name;
	bool exact;

	memset(f, 0, sizeof(*f));
	if (!text(o, "result-type", 64, &name) || name == NULL)
		return false;
	f->result =
	    report_result_code(report_result_find(name, strlen(name), &exact));
	f->sessions = number(o, "sessions", 1, EXCHANGE_COUNT_MAX);
	return f->result != 0 && f->sessions != -1 &&
	    text(o, "sending-mta-ip", 64, &f->sending_ip) &&
	    text(o, "receiving-mx-hostname", TEXT_MAX, &f->mx) &&
	    text(o, "receiving-mx-helo", TEXT_MAX, &f->helo) &&
	    text(o, "receiving-ip", 64, &f->receiving_ip) &&
	    text(o, "additional-information", TEXT_MAX, &f->info) &&
	    text(o, "failure-reason-code", TEXT_MAX, &f->reason);
}

static bool
failures(const json_t *o, struct exchange_row *x)
{
	const json_t *a = json_object_get(o, "failures"), *v;
	size_t i, n = json_array_size(a);

	if (a == NULL)
		return true;
	if (!json_is_array(a) || n > ROWS_FAILURES_MAX)
		return false;
	x->failures = xcalloc(n + 1, sizeof(*x->failures));
	json_array_foreach(a, i, v)
	{
		if (!failure(v, &x->failures[i]))
			return false;
	}
	x->row.failures = x->failures;
	x->row.nfailures = n;
	return true;
}

/* ---- lines ---- */

int
exchange_read_head(struct exchange_reader *r, struct exchange_head *head,
    struct err *e)
{
	const char *host;
	json_t *o;
	int rc = read_line(r, e);

	if (rc != 1)
		return rc;
	o = parse(r);
	r->rows = 0;
	if (r->hash == NULL)
		r->hash = dkim_hash_new();
	dkim_hash_add(r->hash, r->line, (size_t)r->len);
	if (o == NULL || json_object_get(o, "export") == NULL)
		rc = wrong(r, e, "an export begins otherwise");
	else if (number(o, "schema", 1, 1) == -1)
		rc = wrong(r, e, "of a schema that is not known here");
	else if (!text(o, "host", HOSTNAME_MAX, &host) || host == NULL ||
	    hostname_normalize(host, strlen(host), head->host, NULL) == -1)
		rc = wrong(r, e, "host is no name of a host");
	else if (!is_time(o, "day", &head->day_s) || head->day_s % DAY != 0 ||
	    !is_time(o, "complete", &head->complete_s))
		rc = wrong(r, e, "day or complete is no time");
	else if ((head->sequence = number(o, "sequence", 1, 9999)) == -1)
		rc = wrong(r, e, "sequence is no number from 1 to 9999");
	json_decref(o);
	return rc;
}

/* The tail: all rows are there, and as they were written. */
static int
read_tail(struct exchange_reader *r, const json_t *o, struct err *e)
{
	const char *said = json_string_value(json_object_get(o, "sha256"));
	unsigned char sum[DKIM_SHA256_LEN];
	char hex[2 * DKIM_SHA256_LEN + 1];
	size_t i;

	dkim_hash_end(r->hash, sum);
	r->hash = NULL;
	for (i = 0; i < sizeof(sum); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	if (said == NULL || strcmp(said, hex) != 0)
		return wrong(r, e,
		    "the checksum is wrong: the export is not as it was "
		    "written");
	if (number(o, "rows", 0, INT64_MAX) != (int64_t)r->rows)
		return wrong(r, e, "rows are missing");
	return 0;
}

static bool
read_row(const struct exchange_head *head, struct exchange_row *x)
{
	const json_t *o = x->json;
	struct rows_row *row = &x->row;
	const char *type;
	bool exact;

	row->host = head->host;
	row->length = (int32_t)number(o, "length", HOUR, DAY);
	if (!is_time(o, "begin", &row->begin) ||
	    (row->length != HOUR && row->length != DAY) ||
	    row->begin % row->length != 0 ||
	    row->begin - row->begin % DAY != head->day_s)
		return false;
	if (!text(o, "domain", HOSTNAME_MAX, &row->domain) ||
	    row->domain == NULL || !hostname_is_normal(row->domain) ||
	    !text(o, "record", DATAGRAM_READ_RECORD_MAX, &row->record) ||
	    !text(o, "policy-domain", TEXT_MAX, &row->policy_domain) ||
	    !text(o, "policy-type", 64, &type) || type == NULL)
		return false;
	row->type = report_policy_type_code(
	    report_policy_type_find(type, strlen(type), &exact));
	row->success = number(o, "success", 0, EXCHANGE_COUNT_MAX);
	row->failure = number(o, "failure", 0, EXCHANGE_COUNT_MAX);
	row->strings = x->strings;
	row->mx = x->mx;
	return row->type != 0 && row->success != -1 && row->failure != -1 &&
	    strings(o, "policy-string", x->strings, &row->nstrings) &&
	    strings(o, "mx-host", x->mx, &row->nmx) && failures(o, x);
}

int
exchange_read_row(struct exchange_reader *r, const struct exchange_head *head,
    struct exchange_row *x, struct err *e)
{
	int rc = read_line(r, e);

	memset(x, 0, sizeof(*x));
	if (rc == -1)
		return -1;
	if (rc == 0)
		return err_set(e, ERR_SYNTAX, "the export has no end");
	x->json = parse(r);
	if (x->json == NULL) {
		rc = wrong(r, e, "no JSON object");
	} else if (json_object_get(x->json, "sha256") != NULL) {
		rc = read_tail(r, x->json, e);
	} else {
		dkim_hash_add(r->hash, r->line, (size_t)r->len);
		r->rows++;
		rc = read_row(head, x) ? 1 : wrong(r, e, "no row");
	}
	if (rc != 1)
		exchange_row_clear(x);
	return rc;
}

void
exchange_row_clear(struct exchange_row *x)
{
	json_decref(x->json);
	free(x->failures);
	memset(x, 0, sizeof(*x));
}
