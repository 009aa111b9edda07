/* report_type: RFC 8460's words, libtlsrpt's numbers - see report_type.h */
#include "config.h"

#include "share/rpt/report_type.h"

#include <string.h>
#include <strings.h>

struct word {
	const char *name;
	int code;
};

static const struct word policies[REPORT_POLICY_N] = {
	[REPORT_POLICY_UNKNOWN] = { "", 0 },
	[REPORT_POLICY_TLSA] = { "tlsa", 1 },
	[REPORT_POLICY_STS] = { "sts", 2 },
	[REPORT_POLICY_NONE] = { "no-policy-found", 9 },
};

static const struct word results[REPORT_RESULT_N] = {
	[REPORT_RESULT_UNKNOWN] = { "", 0 },
	[REPORT_STARTTLS_NOT_SUPPORTED] = { "starttls-not-supported", 201 },
	[REPORT_CERTIFICATE_HOST_MISMATCH] = { "certificate-host-mismatch",
	    202 },
	[REPORT_CERTIFICATE_NOT_TRUSTED] = { "certificate-not-trusted", 203 },
	[REPORT_CERTIFICATE_EXPIRED] = { "certificate-expired", 204 },
	[REPORT_VALIDATION_FAILURE] = { "validation-failure", 205 },
	[REPORT_STS_POLICY_FETCH_ERROR] = { "sts-policy-fetch-error", 301 },
	[REPORT_STS_POLICY_INVALID] = { "sts-policy-invalid", 302 },
	[REPORT_STS_WEBPKI_INVALID] = { "sts-webpki-invalid", 303 },
	[REPORT_TLSA_INVALID] = { "tlsa-invalid", 304 },
	[REPORT_DNSSEC_INVALID] = { "dnssec-invalid", 305 },
	[REPORT_DANE_REQUIRED] = { "dane-required", 306 },
};

/* strncasecmp() is of the C locale here: no program calls setlocale(). */
static size_t
find_name(const struct word *words, size_t nwords, const char *s, size_t n,
    bool *exact)
{
	*exact = false;
	for (size_t i = 1; i < nwords; i++)
		if (strlen(words[i].name) == n &&
		    strncasecmp(words[i].name, s, n) == 0) {
			*exact = memcmp(words[i].name, s, n) == 0;
			return i;
		}
	return 0;
}

static size_t
find_code(const struct word *words, size_t nwords, long long code)
{
	for (size_t i = 1; i < nwords; i++)
		if (words[i].code == code)
			return i;
	return 0;
}

const char *
report_policy_type_name(enum report_policy_type t)
{
	return policies[t].name;
}

enum report_policy_type
report_policy_type_find(const char *s, size_t n, bool *exact)
{
	return (enum report_policy_type)find_name(policies, REPORT_POLICY_N, s,
	    n, exact);
}

int
report_policy_type_code(enum report_policy_type t)
{
	return policies[t].code;
}

enum report_policy_type
report_policy_type_from_code(long long code)
{
	return (
	    enum report_policy_type)find_code(policies, REPORT_POLICY_N, code);
}

const char *
report_result_name(enum report_result r)
{
	return results[r].name;
}

enum report_result
report_result_find(const char *s, size_t n, bool *exact)
{
	return (
	    enum report_result)find_name(results, REPORT_RESULT_N, s, n, exact);
}

int
report_result_code(enum report_result r)
{
	return results[r].code;
}

enum report_result
report_result_from_code(long long code)
{
	return (enum report_result)find_code(results, REPORT_RESULT_N, code);
}
