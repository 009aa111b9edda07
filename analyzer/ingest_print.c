/* ingest_print: what ingest says - see ingest_print.h */
#include "config.h"

#include "analyzer/ingest_print.h"

#include "share/app/control_json.h"
#include "share/base/clock.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR 30
#define BAR_MS 100

static void
print(FILE *out, json_t *o)
{
	char *text = control_text(o);

	fprintf(out, "%s\n", text);
	free(text);
}

/* A text, or null where there is none. */
static void
put_text(json_t *o, const char *name, const char *s)
{
	control_put_str(o, name, *s != '\0' ? s : NULL);
}

/* Names with a blank between as a list. */
static void
put_names(json_t *o, const char *name, const char *names)
{
	json_t *list = control_need(json_array());

	while (*names != '\0') {
		size_t n = strcspn(names, " ");

		if (json_array_append_new(list,
			control_need(json_stringn(names, n))) == -1)
			abort();
		names += n + strspn(names + n, " ");
	}
	if (json_object_set_new(o, name, list) == -1)
		abort();
}

void
ingest_print_json(FILE *out, const struct intake_result *r)
{
	const char *slash =
	    *r->source != '\0' && r->source[strlen(r->source) - 1] != '/' ? "/"
									  : "";
	json_t *o = control_object();
	char *source = xasprintf("%s%s%s", r->source, slash, r->place);

	control_put_str(o, "source", source);
	control_put_str(o, "verdict", analysis_verdict_name(r->verdict));
	put_text(o, "organization", r->organization);
	put_text(o, "report_id", r->report_id);
	control_put_int(o, "policies", r->policies);
	control_put_int(o, "success", r->success);
	control_put_int(o, "failure", r->failure);
	control_put_int(o, "details", r->ndetails);
	put_names(o, "defects", r->defects);
	if (r->reports > 0)
		control_put_str(o, "trust", analysis_trust_name(r->trust));
	else
		control_put_str(o, "trust", NULL);
	print(out, o);
	free(source);
}

static int64_t
all_mails(const struct intake_totals *t)
{
	int64_t n = 0;

	for (int v = 0; v < ANALYSIS_VERDICTS; v++)
		n += t->mails[v];
	return n;
}

void
ingest_print_json_totals(FILE *out, const struct intake_totals *t)
{
	json_t *o = control_object(), *totals = control_need(json_object());

	control_put_int(totals, "mails", all_mails(t));
	for (int v = 0; v < ANALYSIS_VERDICTS; v++)
		control_put_int(totals,
		    analysis_verdict_name((enum analysis_verdict)v),
		    t->mails[v]);
	control_put_int(totals, "policies", t->policies);
	control_put_int(totals, "success", t->success);
	control_put_int(totals, "failure", t->failure);
	control_put_int(totals, "details", t->ndetails);
	control_put_int(totals, "other_recipient", t->not_to_us);
	if (json_object_set_new(o, "totals", totals) == -1)
		abort();
	print(out, o);
}

void
ingest_print_text_totals(FILE *out, const struct intake_totals *t)
{
	int64_t sessions = t->success + t->failure;

	fprintf(out, "%" PRId64 " mail%s", all_mails(t),
	    all_mails(t) == 1 ? "" : "s");
	for (int v = 0; v < ANALYSIS_VERDICTS; v++)
		if (t->mails[v] > 0)
			fprintf(out, ", %" PRId64 " %s", t->mails[v],
			    analysis_verdict_name((enum analysis_verdict)v));
	fprintf(out, "\n");
	if (sessions > 0)
		fprintf(out,
		    "%" PRId64 " sessions, %" PRId64 " failed, in %" PRId64
		    " policies\n",
		    sessions, t->failure, t->policies);
	if (t->not_to_us > 0)
		fprintf(out,
		    "%" PRId64 " of them are TLS reports to addresses that "
		    "[report.analysis] addresses does not name\n",
		    t->not_to_us);
}

void
ingest_bar_begin(struct ingest_bar *b, FILE *out, bool wanted)
{
	memset(b, 0, sizeof(*b));
	if (!wanted || !isatty(fileno(out)))
		return;
	b->out = out;
	b->begun_ms = b->shown_ms = clock_mono_ms(clock_system());
}

void
ingest_bar_show(struct ingest_bar *b, size_t done, size_t total)
{
	char bar[BAR + 1];
	int64_t now, ms;
	size_t full;

	if (b->out == NULL)
		return;
	now = clock_mono_ms(clock_system());
	if (now - b->shown_ms < BAR_MS)
		return;
	b->shown_ms = now;
	b->shown = true;
	ms = now - b->begun_ms;
	if (total == 0) {
		fprintf(b->out, "\r%zu ", done);
		return;
	}
	full = done * BAR / total;
	memset(bar, '.', BAR);
	memset(bar, '#', full > BAR ? BAR : full);
	bar[BAR] = '\0';
	fprintf(b->out, "\r[%s] %3zu%%  %zu of %zu  %zu/s ", bar,
	    done * 100 / total, done, total,
	    done * 1000 / (size_t)(ms > 0 ? ms : 1));
	fflush(b->out);
}

void
ingest_bar_end(struct ingest_bar *b)
{
	if (b->out != NULL && b->shown)
		fprintf(b->out, "\r%*s\r", BAR + 49, "");
	if (b->out != NULL)
		fflush(b->out);
	b->shown = false;
}
