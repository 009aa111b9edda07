/* view_list: single reports, one a row - see view.h */
#include "config.h"

#include "analyzer/view.h"

static const struct rows_column columns[] = {
	{ "id", "report", ROWS_COUNT, 0 },
	{ "day", "day", ROWS_DAY, 0 },
	{ "organization", "sender", ROWS_TEXT, 0 },
	{ "report_id", "report-id", ROWS_TEXT, 0 },
	{ "policies", NULL, ROWS_COUNT, 0 },
	{ "success", "success", ROWS_COUNT, 0 },
	{ "failure", "failure", ROWS_COUNT, 0 },
	{ "details", NULL, ROWS_COUNT, 0 },
	{ "trust", "trust", ROWS_TEXT, 0 },
	{ "dkim_domain", NULL, ROWS_TEXT, 0 },
	{ "verdict", "verdict", ROWS_TEXT, 0 },
	{ "defects", "defects", ROWS_TEXT, 0 },
};

static bool
take(void *arg, const struct analysis_report *r)
{
	int64_t t = r->begin != ANALYSIS_TIME_NONE ? r->begin : r->received;
	struct rows_cell cells[] = {
		{ .n = r->id },
		{ .n = t / ANALYSIS_DAY },
		{ .text = r->organization },
		{ .text = r->report_id },
		{ .n = r->npolicies },
		{ .n = r->success },
		{ .n = r->failure,
		    .tone = r->failure > 0 ? TERM_BAD : TERM_PLAIN },
		{ .n = r->ndetails },
		{ .text = analysis_trust_name(r->trust),
		    .tone = r->trust == ANALYSIS_UNSIGNED ? TERM_WARN
							  : TERM_PLAIN },
		{ .text = r->dkim_domain },
		{ .text = analysis_verdict_name(r->verdict) },
		{ .text = r->defects },
	};

	rows_add(arg, cells);
	return true;
}

static int
show(struct view_call *v, struct err *e)
{
	struct analysis_filter f = v->q->filter;
	struct rows *rows = rows_new(v->out, v->q->form, "list", columns,
	    sizeof(columns) / sizeof(columns[0]));
	int rc;

	/* each row says its trust */
	if (!v->q->trust_given)
		f.trust = 0;
	rc = v->store->list(v->store->ctx, &f, 0, take, rows, e);
	if (rc == 0 && rows_count(rows) == 0)
		rows_note(rows, "", "No reports in this time.");
	if (rc == 0 && (rc = rows_end(rows)) == -1)
		(void)err_set(e, ERR_SYS, "standard output");
	rows_free(rows);
	return rc;
}

const struct view view_list = {
	.name = "list",
	.days = 30,
	.help =
	    "single reports, the newest first; show NUMBER tells all of one",
	.show = show,
};
