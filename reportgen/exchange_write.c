/* exchange_write: sessions for another host - see exchange.h */
#include "config.h"

#include "reportgen/exchange.h"
#include "share/app/control_json.h"
#include "share/base/xmem.h"
#include "share/mail/dkim_hash.h"
#include "share/rpt/report_type.h"

#include <stdlib.h>
#include <string.h>

struct exchange_writer {
	FILE *out;
	struct dkim_hash *hash;
	uint64_t rows;
};

/* Writes o as a line and frees it. */
static void
write_line(struct exchange_writer *w, json_t *o)
{
	char *text = control_text(o);
	size_t n = strlen(text);

	text[n] = '\n'; /* in place of its end */
	dkim_hash_add(w->hash, text, n + 1);
	(void)fwrite(text, 1, n + 1, w->out);
	free(text);
}

struct exchange_writer *
exchange_write(FILE *out, const struct exchange_head *head)
{
	struct exchange_writer *w = xcalloc(1, sizeof(*w));
	json_t *o = control_object();

	w->out = out;
	w->hash = dkim_hash_new();
	control_put_str(o, "export", "tlsherald-reportgen");
	control_put_str(o, "host", head->host);
	control_put_time(o, "day", head->day_s * 1000);
	control_put_int(o, "sequence", head->sequence);
	control_put_time(o, "complete", head->complete_s * 1000);
	write_line(w, o);
	return w;
}

static void
put_strings(json_t *o, const char *name, const char *const *list, size_t n)
{
	json_t *a = control_need(json_array());
	size_t i;

	for (i = 0; i < n; i++)
		if (json_array_append_new(a,
			control_need(json_string(list[i]))) == -1)
			abort();
	if (n > 0)
		json_object_set(o, name, a);
	json_decref(a);
}

static void
put_text(json_t *o, const char *name, const char *text)
{
	if (text != NULL)
		control_put_str(o, name, text);
}

static json_t *
failure_json(const struct rows_failure *f)
{
	json_t *o = control_need(json_object());

	control_put_str(o, "result-type",
	    report_result_name(report_result_from_code(f->result)));
	put_text(o, "sending-mta-ip", f->sending_ip);
	put_text(o, "receiving-mx-hostname", f->mx);
	put_text(o, "receiving-mx-helo", f->helo);
	put_text(o, "receiving-ip", f->receiving_ip);
	put_text(o, "additional-information", f->info);
	put_text(o, "failure-reason-code", f->reason);
	control_put_int(o, "sessions", f->sessions);
	return o;
}

void
exchange_write_row(struct exchange_writer *w, const struct rows_row *row)
{
	json_t *o = control_need(json_object());
	json_t *failures = control_need(json_array());
	size_t i;

	control_put_time(o, "begin", row->begin * 1000);
	control_put_int(o, "length", row->length);
	control_put_str(o, "domain", row->domain);
	put_text(o, "record", row->record);
	control_put_str(o, "policy-type",
	    report_policy_type_name(report_policy_type_from_code(row->type)));
	put_text(o, "policy-domain", row->policy_domain);
	put_strings(o, "policy-string", row->strings, row->nstrings);
	put_strings(o, "mx-host", row->mx, row->nmx);
	control_put_int(o, "success", row->success);
	control_put_int(o, "failure", row->failure);
	for (i = 0; i < row->nfailures; i++)
		json_array_append_new(failures,
		    failure_json(&row->failures[i]));
	if (row->nfailures > 0)
		json_object_set(o, "failures", failures);
	json_decref(failures);
	write_line(w, o);
	w->rows++;
}

int
exchange_write_end(struct exchange_writer *w, struct err *e)
{
	unsigned char sum[DKIM_SHA256_LEN];
	size_t i;
	int rc = 0;

	dkim_hash_end(w->hash, sum);
	fprintf(w->out, "{\"rows\":%llu,\"sha256\":\"",
	    (unsigned long long)w->rows);
	for (i = 0; i < sizeof(sum); i++)
		fprintf(w->out, "%02x", sum[i]);
	fputs("\"}\n", w->out);
	if (fflush(w->out) != 0 || ferror(w->out))
		rc = err_sys(e, "cannot write");
	free(w);
	return rc;
}
