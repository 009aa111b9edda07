/* trust_judge: what a mail's signatures are worth - see trust.h */
#include "config.h"

#include "analyzer/trust.h"

#include "share/base/text.h"

#include <string.h>

unsigned
trust_counted(const struct conf *c)
{
	switch (c->report.dkim) {
	case CONF_DKIM_REQUIRE:
		return 1u << ANALYSIS_VERIFIED;
	case CONF_DKIM_IGNORE:
		return 1u << ANALYSIS_UNKNOWN | 1u << ANALYSIS_UNSIGNED |
		    1u << ANALYSIS_SIGNED | 1u << ANALYSIS_VERIFIED;
	}
	return 1u << ANALYSIS_UNKNOWN | 1u << ANALYSIS_SIGNED |
	    1u << ANALYSIS_VERIFIED;
}

/* Whether a is b, or a name below b; b has at least two labels. */
static bool
is_below(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);

	if (strcmp(a, b) == 0)
		return true;
	return na > nb && hostname_labels(b) >= 2 && a[na - nb - 1] == '.' &&
	    strcmp(a + na - nb, b) == 0;
}

static bool
is_aligned(const char *domain, const char *submitter)
{
	return *domain != '\0' && *submitter != '\0' &&
	    (is_below(domain, submitter) || is_below(submitter, domain));
}

/* One signature; *why says what it lacks. */
static enum analysis_trust
judge_one(const struct dkim_verdict *v, const char *submitter, const char **why)
{
	*why = v->reason;
	if (v->result == DKIM_TEMPERROR)
		return ANALYSIS_UNKNOWN;
	if (v->result != DKIM_PASS)
		return ANALYSIS_UNSIGNED;
	if (v->partial) {
		/* what is added behind the signed part could be anything */
		*why = "the signature leaves some of the mail out (l=)";
		return ANALYSIS_UNSIGNED;
	}
	if (!is_aligned(v->domain, submitter)) {
		*why = "the signature is not of the submitter's domain";
		return ANALYSIS_SIGNED;
	}
	/* RFC 8460 section 3 */
	if ((v->services & (DKIM_SERVICE_ANY | DKIM_SERVICE_TLSRPT)) == 0) {
		*why = "the key is not for TLS reports (s=)";
		return ANALYSIS_SIGNED;
	}
	*why = "";
	return ANALYSIS_VERIFIED;
}

/*
 * The best signature counts. A key that could not be looked up may have been
 * the best one, so nothing below verified is said then.
 */
void
trust_judge(const struct dkim_verdict *v, int n, const char *submitter,
    struct trust_result *out)
{
	bool unknown = false;

	out->trust = ANALYSIS_UNSIGNED;
	out->domain[0] = '\0';
	(void)text_copy(out->why, sizeof(out->why),
	    n > 0 ? "" : "the mail has no signature");
	for (int i = 0; i < n; i++) {
		const char *why;
		enum analysis_trust t = judge_one(&v[i], submitter, &why);

		unknown = unknown || t == ANALYSIS_UNKNOWN;
		if (t == ANALYSIS_UNKNOWN || (i > 0 && t <= out->trust))
			continue;
		out->trust = t;
		(void)text_copy(out->domain, sizeof(out->domain), v[i].domain);
		(void)text_copy(out->why, sizeof(out->why), why);
	}
	if (unknown && out->trust != ANALYSIS_VERIFIED) {
		out->trust = ANALYSIS_UNKNOWN;
		out->domain[0] = '\0';
		(void)text_copy(out->why, sizeof(out->why),
		    "a key could not be looked up");
	}
}
