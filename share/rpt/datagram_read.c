/* datagram_read: reads the datagrams of libtlsrpt - see datagram_read.h */
#include "config.h"

#include "share/rpt/datagram_read_part.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS(f) f, sizeof(f) / sizeof((f)[0])

struct datagram_reader *
datagram_reader_new(void)
{
	struct datagram_reader *dr = xcalloc(1, sizeof(*dr));

	jscan_init(&dr->js);
	report_init(&dr->r, 2 * DATAGRAM_READ_MAX);
	return dr;
}

void
datagram_reader_free(struct datagram_reader *dr)
{
	if (dr == NULL)
		return;
	jscan_clear(&dr->js);
	report_clear(&dr->r);
	free(dr);
}

void
datagram_set_fault(struct datagram_reader *dr, enum datagram_fault f)
{
	if (dr->fault == DATAGRAM_GOOD)
		dr->fault = f;
}

static void
wrong(struct datagram_reader *dr, enum jscan_event ev)
{
	datagram_set_fault(dr, DATAGRAM_WRONG_TYPE);
	jscan_skip(&dr->js, ev);
}

static const struct datagram_field *
find_field(const struct datagram_field *fields, size_t n, const char *key,
    size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(fields[i].name, key, len) == 0 &&
		    fields[i].name[len] == '\0')
			return &fields[i];
	return NULL;
}

void
datagram_read_object(struct datagram_reader *dr, enum jscan_event ev,
    const struct datagram_field *fields, size_t n)
{
	if (ev != JSCAN_BEGIN_OBJECT) {
		wrong(dr, ev);
		return;
	}
	while (jscan_next(&dr->js) == JSCAN_KEY) {
		const struct datagram_field *f =
		    find_field(fields, n, dr->js.text, dr->js.len);

		ev = jscan_next(&dr->js);
		if (f != NULL)
			f->read(dr, ev);
		else
			jscan_skip(&dr->js, ev);
	}
}

void
datagram_read_array(struct datagram_reader *dr, enum jscan_event ev,
    void (*read)(struct datagram_reader *dr, enum jscan_event ev))
{
	if (ev != JSCAN_BEGIN_ARRAY) {
		wrong(dr, ev);
		return;
	}
	while ((ev = jscan_next(&dr->js)) != JSCAN_END_ARRAY && ev != JSCAN_END)
		read(dr, ev);
}

bool
datagram_is_text(struct datagram_reader *dr, enum jscan_event ev)
{
	if (ev == JSCAN_STRING)
		return true;
	wrong(dr, ev);
	return false;
}

int64_t
datagram_read_int(struct datagram_reader *dr, enum jscan_event ev)
{
	if (ev == JSCAN_NUMBER && !dr->js.number.fraction)
		return dr->js.number.value;
	wrong(dr, ev);
	return -1;
}

static void
read_code(struct datagram_reader *dr, enum jscan_event ev)
{
	dr->f->result = report_result_from_code(datagram_read_int(dr, ev));
	if (dr->f->result == REPORT_RESULT_UNKNOWN)
		datagram_set_fault(dr, DATAGRAM_BAD_CODE);
}

static void
read_sending_ip(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		dr->f->sending_ip = datagram_keep_ip(dr);
}

static void
read_receiving_ip(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		dr->f->receiving_ip = datagram_keep_ip(dr);
}

static void
read_failure_mx(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		dr->f->mx = datagram_keep_host(dr);
}

static void
read_helo(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		dr->f->helo = datagram_keep_helo(dr);
}

static void
read_info(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		dr->f->info = datagram_keep_note(dr);
}

static void
read_reason(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		dr->f->reason = datagram_keep_note(dr);
}

static void
read_failure(struct datagram_reader *dr, enum jscan_event ev)
{
	static const struct datagram_field fields[] = {
		{ "c", read_code },
		{ "s", read_sending_ip },
		{ "n", read_failure_mx },
		{ "h", read_helo },
		{ "r", read_receiving_ip },
		{ "a", read_info },
		{ "f", read_reason },
	};

	dr->f = report_add_failure(&dr->r, dr->p);
	if (dr->f == NULL) {
		datagram_set_fault(dr, DATAGRAM_TOO_MANY);
		jscan_skip(&dr->js, ev);
		return;
	}
	dr->f->sessions = 1;
	datagram_read_object(dr, ev, FIELDS(fields));
	if (dr->f->result == REPORT_RESULT_UNKNOWN)
		datagram_set_fault(dr, DATAGRAM_BAD_CODE);
}

static void
read_failures(struct datagram_reader *dr, enum jscan_event ev)
{
	datagram_read_array(dr, ev, read_failure);
}

static void
read_type(struct datagram_reader *dr, enum jscan_event ev)
{
	dr->p->type = report_policy_type_from_code(datagram_read_int(dr, ev));
}

static void
read_policy_domain(struct datagram_reader *dr, enum jscan_event ev)
{
	if (!datagram_is_text(dr, ev))
		return;
	dr->p->domain = datagram_keep_host(dr);
	if (dr->p->domain == NULL)
		datagram_set_fault(dr, DATAGRAM_BAD_DOMAIN);
}

static void
read_string(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		datagram_add_string(dr);
}

static void
read_strings(struct datagram_reader *dr, enum jscan_event ev)
{
	datagram_read_array(dr, ev, read_string);
}

static void
read_mx(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev))
		datagram_add_mx(dr);
}

static void
read_mxs(struct datagram_reader *dr, enum jscan_event ev)
{
	datagram_read_array(dr, ev, read_mx);
}

static void
read_result(struct datagram_reader *dr, enum jscan_event ev)
{
	int64_t v = datagram_read_int(dr, ev);

	if (v == 0 || v == 1)
		dr->result = (int)v;
}

static void
read_policy(struct datagram_reader *dr, enum jscan_event ev)
{
	static const struct datagram_field fields[] = {
		{ "policy-type", read_type },
		{ "policy-domain", read_policy_domain },
		{ "policy-string", read_strings },
		{ "mx-host", read_mxs },
		{ "failure-details", read_failures },
		{ "f", read_result },
	};

	dr->p = report_add_policy(&dr->r);
	if (dr->p == NULL) {
		datagram_set_fault(dr, DATAGRAM_TOO_MANY);
		jscan_skip(&dr->js, ev);
		return;
	}
	dr->result = -1;
	datagram_read_object(dr, ev, FIELDS(fields));
	if (dr->p->type == REPORT_POLICY_UNKNOWN)
		datagram_set_fault(dr, DATAGRAM_BAD_POLICY_TYPE);
	else if (dr->result == -1)
		datagram_set_fault(dr, DATAGRAM_NO_RESULT);
	dr->p->success = dr->result == 0;
	dr->p->failure = dr->result == 1;
	datagram_finish_strings(dr);
}

static void
read_policies(struct datagram_reader *dr, enum jscan_event ev)
{
	datagram_read_array(dr, ev, read_policy);
}

static void
read_version(struct datagram_reader *dr, enum jscan_event ev)
{
	if (datagram_is_text(dr, ev) &&
	    (dr->js.len != 1 || dr->js.text[0] != '1'))
		datagram_set_fault(dr, DATAGRAM_BAD_VERSION);
}

static void
read_domain(struct datagram_reader *dr, enum jscan_event ev)
{
	if (!datagram_is_text(dr, ev))
		return;
	dr->domain = datagram_keep_host(dr);
	if (dr->domain == NULL)
		datagram_set_fault(dr, DATAGRAM_BAD_DOMAIN);
}

static void
read_record(struct datagram_reader *dr, enum jscan_event ev)
{
	if (!datagram_is_text(dr, ev))
		return;
	if (dr->js.len > DATAGRAM_READ_RECORD_MAX)
		datagram_set_fault(dr, DATAGRAM_TOO_LONG);
	else
		dr->record = datagram_keep(dr, dr->js.text, dr->js.len);
}

static void
read_exact(struct datagram_reader *dr, enum jscan_event ev)
{
	dr->exact = datagram_read_int(dr, ev) == 1;
}

/* RFC 8259, but for octets that are no UTF-8: libtlsrpt copies them. */
static void
judge_syntax(struct datagram_reader *dr)
{
	for (size_t i = 0; i < dr->d.kinds; i++)
		switch (dr->d.found[i]) {
		case DEFECT_JSON_UTF8:
		case DEFECT_JSON_NONCHAR:
			break;
		case DEFECT_JSON_LONG_TEXT:
			datagram_set_fault(dr, DATAGRAM_TOO_LONG);
			break;
		default:
			/* it explains whatever else is missing */
			dr->fault = DATAGRAM_NOT_JSON;
			return;
		}
}

static void
read_root(struct datagram_reader *dr)
{
	static const struct datagram_field fields[] = {
		{ "dpv", read_version },
		{ "d", read_domain },
		{ "pr", read_record },
		{ "policies", read_policies },
		{ "x-exact", read_exact },
	};
	enum jscan_event ev = jscan_next(&dr->js);

	if (ev == JSCAN_BEGIN_OBJECT) {
		datagram_read_object(dr, ev, FIELDS(fields));
	} else {
		datagram_set_fault(dr, DATAGRAM_NOT_OBJECT);
		jscan_skip(&dr->js, ev);
	}
	while (jscan_next(&dr->js) != JSCAN_END)
		;
	if (dr->domain == NULL)
		datagram_set_fault(dr, DATAGRAM_NO_DOMAIN);
	if (dr->r.npolicies == 0)
		datagram_set_fault(dr, DATAGRAM_NO_POLICIES);
	judge_syntax(dr);
}

enum datagram_fault
datagram_read(struct datagram_reader *dr, const char *data, size_t n,
    struct datagram_outcome *out)
{
	if (n == 0)
		return DATAGRAM_EMPTY;
	if (n > DATAGRAM_READ_MAX)
		return DATAGRAM_TOO_LONG;
	report_reset(&dr->r);
	defects_init(&dr->d);
	dr->domain = dr->record = NULL;
	dr->fault = DATAGRAM_GOOD;
	dr->exact = false;
	jscan_begin(&dr->js, data, n, &dr->d);
	read_root(dr);
	if (dr->fault == DATAGRAM_GOOD && textpool_full(&dr->r.pool))
		dr->fault = DATAGRAM_TOO_LONG;
	if (dr->fault != DATAGRAM_GOOD)
		return dr->fault;
	for (size_t i = 0; i < dr->r.npolicies; i++)
		if (dr->r.policies[i].domain == NULL)
			dr->r.policies[i].domain = dr->domain;
	out->domain = dr->domain;
	out->record = dr->record;
	out->policies = dr->r.policies;
	out->npolicies = dr->r.npolicies;
	out->exact = dr->exact;
	return DATAGRAM_GOOD;
}

const char *
datagram_fault_name(enum datagram_fault f)
{
	static const char *const names[DATAGRAM_FAULTS] = {
		[DATAGRAM_GOOD] = "good",
		[DATAGRAM_EMPTY] = "empty",
		[DATAGRAM_TOO_LONG] = "too-long",
		[DATAGRAM_NOT_JSON] = "not-json",
		[DATAGRAM_NOT_OBJECT] = "not-object",
		[DATAGRAM_BAD_VERSION] = "bad-version",
		[DATAGRAM_WRONG_TYPE] = "wrong-type",
		[DATAGRAM_NO_DOMAIN] = "no-domain",
		[DATAGRAM_BAD_DOMAIN] = "bad-domain",
		[DATAGRAM_NO_POLICIES] = "no-policies",
		[DATAGRAM_BAD_POLICY_TYPE] = "bad-policy-type",
		[DATAGRAM_NO_RESULT] = "no-result",
		[DATAGRAM_BAD_CODE] = "bad-code",
		[DATAGRAM_TOO_MANY] = "too-many",
	};

	return names[f];
}
