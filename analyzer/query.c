/* query: the options that views share - see query.h */
#include "config.h"

#include "analyzer/query.h"

#include "share/base/hostname.h"
#include "share/base/text.h"
#include "share/rpt/report_time.h"
#include "share/rpt/report_type.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

const char query_help[] =
    "    --since WHEN --until WHEN (2026-11-21, yesterday, 7d) --domain D\n"
    "    --sender ORG --type T --mx HOST --result R\n"
    "    --trust all|verified|signed|unsigned --json --csv";

int
query_day(const char *text, int64_t today, int64_t *day, struct err *e)
{
	int64_t ms, at;

	if (strcmp(text, "today") == 0) {
		*day = today;
		return 0;
	}
	if (strcmp(text, "yesterday") == 0) {
		*day = today - 1;
		return 0;
	}
	if (strlen(text) == 10 &&
	    report_time_parse(text, 10, &at) != REPORT_TIME_BAD) {
		*day = at / REPORT_DAY;
		return 0;
	}
	if (text_duration_ms(text, &ms, NULL) == 0 && ms % DAY_MS == 0 &&
	    strpbrk(text, "dw") != NULL) {
		*day = today - ms / DAY_MS;
		return 0;
	}
	return err_set(e, ERR_SYNTAX,
	    "\"%.40s\" is no day: write 2026-11-21, today, yesterday, or how "
	    "many days ago, as 7d",
	    text);
}

static int
read_trust(struct query *q, const char *s, struct err *e)
{
	static const struct {
		const char *name;
		unsigned bits;
	} words[] = { { "all", 0 }, { "verified", 1u << ANALYSIS_VERIFIED },
		{ "signed", 1u << ANALYSIS_SIGNED | 1u << ANALYSIS_VERIFIED },
		{ "unsigned", 1u << ANALYSIS_UNSIGNED } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s, words[i].name) == 0) {
			q->filter.trust = words[i].bits;
			q->trust_given = true;
			return 0;
		}
	return err_set(e, ERR_SYNTAX,
	    "--trust is all, verified, signed or unsigned");
}

/* A host name in its normal form. */
static int
read_host(const char *s, char dst[256], const char **field, struct err *e)
{
	char name[HOSTNAME_SIZE];

	if (hostname_normalize(s, strlen(s), name, e) == -1)
		return err_wrap(e, "\"%.60s\"", s);
	(void)text_copy(dst, 256, name);
	*field = dst;
	return 0;
}

static int
read_type(struct query *q, const char *s, struct err *e)
{
	bool exact;

	if (report_policy_type_find(s, strlen(s), &exact) ==
	    REPORT_POLICY_UNKNOWN)
		return err_set(e, ERR_SYNTAX,
		    "--type is sts, tlsa or no-policy-found");
	q->filter.type = s;
	return 0;
}

/* One option with its value; 1: it is none of these. */
static int
read_option(struct query *q, const char *name, const char *value, struct err *e)
{
	if (strcmp(name, "--since") == 0)
		return query_day(value, q->today, &q->filter.since, e);
	if (strcmp(name, "--until") == 0)
		return query_day(value, q->today, &q->filter.until, e);
	if (strcmp(name, "--domain") == 0)
		return read_host(value, q->domain, &q->filter.domain, e);
	if (strcmp(name, "--mx") == 0)
		return read_host(value, q->mx, &q->filter.mx, e);
	if (strcmp(name, "--type") == 0)
		return read_type(q, value, e);
	if (strcmp(name, "--trust") == 0)
		return read_trust(q, value, e);
	if (strcmp(name, "--sender") == 0)
		q->filter.sender = value;
	else if (strcmp(name, "--result") == 0)
		q->filter.result = value;
	else
		return 1;
	return 0;
}

static int
read_more(const char *name, const char *value, const struct query_option *more,
    size_t nmore)
{
	for (size_t i = 0; i < nmore; i++)
		if (strcmp(name, more[i].name) == 0) {
			*more[i].value = value;
			return 0;
		}
	return 1;
}

static bool
is_option(const char *name, const struct query_option *more, size_t nmore)
{
	static const char *const shared[] = { "--since", "--until", "--domain",
		"--mx", "--type", "--trust", "--sender", "--result" };

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (strcmp(name, shared[i]) == 0)
			return true;
	for (size_t i = 0; i < nmore; i++)
		if (strcmp(name, more[i].name) == 0)
			return true;
	return false;
}

int
query_parse(struct query *q, int argc, char **argv, int64_t now_s, int64_t days,
    const struct query_option *more, size_t nmore, struct err *e)
{
	memset(q, 0, sizeof(*q));
	q->today = now_s / REPORT_DAY;
	q->filter.until = q->today + 1;
	q->filter.since = q->filter.until - days;
	q->filter.trust = QUERY_TRUST_DEFAULT;
	for (int i = 1; i < argc; i++) {
		int rc;

		if (strcmp(argv[i], "--json") == 0) {
			q->form = ROWS_JSON;
			continue;
		}
		if (strcmp(argv[i], "--csv") == 0) {
			q->form = ROWS_CSV;
			continue;
		}
		if (strncmp(argv[i], "--", 2) != 0) {
			if (q->word != NULL)
				return err_set(e, ERR_SYNTAX,
				    "one argument too many: \"%.60s\"",
				    argv[i]);
			q->word = argv[i];
			continue;
		}
		if (!is_option(argv[i], more, nmore))
			return err_set(e, ERR_SYNTAX, "no option %.40s",
			    argv[i]);
		if (i + 1 == argc)
			return err_set(e, ERR_SYNTAX, "%.40s needs a value",
			    argv[i]);
		rc = read_option(q, argv[i], argv[i + 1], e);
		if (rc == 1)
			rc = read_more(argv[i], argv[i + 1], more, nmore);
		if (rc == -1)
			return -1;
		i++;
	}
	if (q->filter.since >= q->filter.until)
		return err_set(e, ERR_SYNTAX,
		    "the range is empty: --since lies behind --until");
	return 0;
}
