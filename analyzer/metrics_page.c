/* metrics_page: the store's figures for Prometheus - see metrics_page.h */
#include "config.h"

#include "analyzer/metrics_page.h"

#include "analyzer/trust.h"
#include "share/app/exposition.h"
#include "share/base/utf8.h"

#include <inttypes.h>
#include <string.h>

/* Samples of one family, the first ones by name and the rest summed up. */
struct series {
	struct buf *out;
	const char *name, *label; /* what tells samples apart */
	size_t n;
	int64_t other[2];
};

static void
add_label(struct buf *out, const char *name, const char *value, bool last)
{
	buf_printf(out, "%s=\"", name);
	while (*value != '\0') {
		size_t n = utf8_len(value, strnlen(value, 4));

		if (n == 0)
			buf_puts(out, UTF8_REPLACEMENT);
		else if (*value == '\n')
			buf_puts(out, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_printf(out, "\\%c", *value);
		else
			buf_add(out, value, n);
		value += n == 0 ? 1 : n;
	}
	buf_puts(out, last ? "\"" : "\",");
}

static void
add_sample(struct series *y, const char *const label[3], const char *word,
    int64_t n)
{
	buf_printf(y->out, "tlsherald_%s{", y->name);
	add_label(y->out, "domain", label[0], false);
	add_label(y->out, "policy", label[1], false);
	add_label(y->out, "sender", label[2], false);
	add_label(y->out, y->label, word, true);
	buf_printf(y->out, "} %" PRId64 "\n", n);
}

static bool
take_sum(void *arg, const struct analysis_sum *s)
{
	struct series *y = arg;
	const char *const label[3] = { s->domain, s->type, s->sender };

	if (y->n++ >= METRICS_SERIES_MAX) {
		y->other[0] += s->success;
		y->other[1] += s->failure;
		return true;
	}
	add_sample(y, label, "success", s->success);
	add_sample(y, label, "failure", s->failure);
	return true;
}

static bool
take_failure(void *arg, const struct analysis_failure_sum *s)
{
	struct series *y = arg;
	const char *const label[3] = { s->domain, s->type, s->sender };

	if (y->n++ >= METRICS_SERIES_MAX)
		y->other[0] += s->sessions;
	else
		add_sample(y, label, s->result, s->sessions);
	return true;
}

static bool
take_count(void *arg, const struct analysis_count *c)
{
	int64_t *mails = arg;

	for (int i = 0; i < ANALYSIS_VERDICTS; i++)
		mails[i] += c->mails[i];
	return true;
}

static int
write_sessions(struct analysis_store *s, const struct analysis_filter *f,
    struct buf *out, struct err *e)
{
	static const char *const other[3] = { "other", "other", "other" };
	struct series y = { .out = out,
		.name = "analysis_sessions",
		.label = "outcome" };

	exposition_family(out, y.name, "gauge",
	    "Sessions that others reported of the last seven days.");
	if (s->sums(s->ctx, f,
		ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TYPE | ANALYSIS_BY_SENDER,
		take_sum, &y, e) == -1)
		return -1;
	if (y.n > METRICS_SERIES_MAX) {
		add_sample(&y, other, "success", y.other[0]);
		add_sample(&y, other, "failure", y.other[1]);
	}
	return 0;
}

static int
write_failures(struct analysis_store *s, const struct analysis_filter *f,
    struct buf *out, struct err *e)
{
	static const char *const other[3] = { "other", "other", "other" };
	struct series y = { .out = out,
		.name = "analysis_failures",
		.label = "result" };

	exposition_family(out, y.name, "gauge",
	    "Failed sessions of the last seven days, by result type.");
	if (s->failures(s->ctx, f,
		ANALYSIS_BY_DOMAIN | ANALYSIS_BY_TYPE | ANALYSIS_BY_SENDER |
		    ANALYSIS_BY_RESULT,
		take_failure, &y, e) == -1)
		return -1;
	if (y.n > METRICS_SERIES_MAX)
		add_sample(&y, other, "other", y.other[0]);
	return 0;
}

static int
write_store(struct analysis_store *s, int64_t today, struct buf *out,
    struct err *e)
{
	int64_t mails[ANALYSIS_VERDICTS] = { 0 };
	struct analysis_size size;

	if (s->counts(s->ctx, 0, today + 1, take_count, mails, e) == -1 ||
	    s->size(s->ctx, &size, e) == -1)
		return -1;
	exposition_family(out, "analysis_mails", "gauge",
	    "Mails taken in, by verdict, as long as they are remembered.");
	for (int i = 0; i < ANALYSIS_VERDICTS; i++)
		exposition_labelled(out, "analysis_mails", "verdict",
		    analysis_verdict_name((enum analysis_verdict)i),
		    (uint64_t)mails[i]);
	exposition_single(out, "analysis_reports", "gauge",
	    "Reports in the store.", (uint64_t)size.reports);
	exposition_single(out, "analysis_store_bytes", "gauge",
	    "Size of the store.", (uint64_t)size.octets);
	exposition_single(out, "analysis_last_report_day_seconds", "gauge",
	    "Begin of the latest day that a report is about, since 1970.",
	    (uint64_t)(size.last_day * ANALYSIS_DAY));
	return 0;
}

int
metrics_page_write(const struct conf *c, struct analysis_store *s,
    int64_t now_s, struct buf *out, struct err *e)
{
	int64_t today = now_s / ANALYSIS_DAY;
	const struct analysis_filter f = { .since = today - METRICS_DAYS,
		.until = today + 1,
		.trust = trust_counted(c) };

	exposition_family(out, "analyzer_info", "gauge", "Version; always 1.");
	buf_printf(out, "tlsherald_analyzer_info{version=\"%s\"} 1\n",
	    PACKAGE_VERSION);
	if (write_sessions(s, &f, out, e) == -1 ||
	    write_failures(s, &f, out, e) == -1 ||
	    write_store(s, today, out, e) == -1)
		return -1;
	return buf_full(out) ? err_set(e, ERR_LIMIT, "the page is too long")
			     : 0;
}
