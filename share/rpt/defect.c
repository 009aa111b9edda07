/* defect: what is wrong with a report, by name and place - see defect.h */
#include "config.h"

#include "share/rpt/defect.h"
#include "share/base/text.h"

#include <string.h>

static const struct {
	const char *name;
	enum defect_weight weight;
	const char *text;
} table[DEFECT_N] = {
	[DEFECT_JSON_EMPTY] = { "json-empty", DEFECT_REJECTED,
	    "there is no JSON text" },
	[DEFECT_JSON_BOM] = { "json-bom", DEFECT_SALVAGED,
	    "a byte order mark stands before the JSON text" },
	[DEFECT_JSON_TRAILING] = { "json-trailing", DEFECT_SALVAGED,
	    "something follows the JSON text" },
	[DEFECT_JSON_TRUNCATED] = { "json-truncated", DEFECT_SALVAGED,
	    "the JSON text ends too early" },
	[DEFECT_JSON_UTF8] = { "json-utf8", DEFECT_SALVAGED,
	    "octets are not UTF-8; they were replaced" },
	[DEFECT_JSON_NONCHAR] = { "json-nonchar", DEFECT_SALVAGED,
	    "a Unicode noncharacter, which I-JSON forbids" },
	[DEFECT_JSON_SURROGATE] = { "json-surrogate", DEFECT_SALVAGED,
	    "half of a surrogate pair; it was replaced" },
	[DEFECT_JSON_NUL] = { "json-nul", DEFECT_SALVAGED,
	    "a NUL in a text; it was replaced" },
	[DEFECT_JSON_CONTROL] = { "json-control", DEFECT_SALVAGED,
	    "a control character in a text is not escaped" },
	[DEFECT_JSON_ESCAPE] = { "json-escape", DEFECT_SALVAGED,
	    "a backslash sequence that JSON does not know" },
	[DEFECT_JSON_QUOTE] = { "json-quote", DEFECT_SALVAGED,
	    "a text in single quotes" },
	[DEFECT_JSON_KEY] = { "json-key", DEFECT_SALVAGED,
	    "a key without quotes" },
	[DEFECT_JSON_COMMA] = { "json-comma", DEFECT_SALVAGED,
	    "a comma too many, or one that is missing" },
	[DEFECT_JSON_COLON] = { "json-colon", DEFECT_SALVAGED,
	    "no colon after a key" },
	[DEFECT_JSON_VALUE] = { "json-value", DEFECT_SALVAGED,
	    "a key without a value" },
	[DEFECT_JSON_STRAY] = { "json-stray", DEFECT_SALVAGED,
	    "octets that have no place in JSON; they were passed over" },
	[DEFECT_JSON_BRACKET] = { "json-bracket", DEFECT_SALVAGED,
	    "a bracket of the wrong kind closes" },
	[DEFECT_JSON_COMMENT] = { "json-comment", DEFECT_SALVAGED,
	    "a comment" },
	[DEFECT_JSON_WORD] = { "json-word", DEFECT_SALVAGED,
	    "a word that JSON does not know" },
	[DEFECT_JSON_NAN] = { "json-nan", DEFECT_SALVAGED,
	    "NaN or Infinity for a number" },
	[DEFECT_JSON_NUMBER] = { "json-number", DEFECT_SALVAGED,
	    "a number that is not written as JSON wants it" },
	[DEFECT_JSON_DUPLICATE] = { "json-duplicate", DEFECT_SALVAGED,
	    "a key stands twice in an object; the first counts" },
	[DEFECT_JSON_MANY_KEYS] = { "json-many-keys", DEFECT_SALVAGED,
	    "an object has very many keys" },
	[DEFECT_JSON_LONG_TEXT] = { "json-long-text", DEFECT_SALVAGED,
	    "a text is too long; it was cut" },
	[DEFECT_JSON_DEEP] = { "json-deep", DEFECT_REJECTED,
	    "nested too deeply" },
	[DEFECT_JSON_LONG] = { "json-long", DEFECT_REJECTED,
	    "the JSON text is too long" },
	[DEFECT_JSON_HOPELESS] = { "json-hopeless", DEFECT_REJECTED,
	    "too many faults: this is no JSON" },
	[DEFECT_GZIP_MEMBERS] = { "gzip-members", DEFECT_NOTED,
	    "several gzip members" },
	[DEFECT_GZIP_TRAILING] = { "gzip-trailing", DEFECT_SALVAGED,
	    "something follows the gzip data" },
	[DEFECT_GZIP_TRUNCATED] = { "gzip-truncated", DEFECT_REJECTED,
	    "the gzip data ends too early" },
	[DEFECT_GZIP_CHECK] = { "gzip-check", DEFECT_REJECTED,
	    "checksum or length of the gzip data is wrong" },
	[DEFECT_GZIP_DATA] = { "gzip-data", DEFECT_REJECTED,
	    "the gzip data is damaged" },
	[DEFECT_GZIP_SIZE] = { "gzip-size", DEFECT_REJECTED,
	    "too long when inflated" },
	[DEFECT_GZIP_RATIO] = { "gzip-ratio", DEFECT_REJECTED,
	    "inflates too much for a report" },
	[DEFECT_ZIP_CUT] = { "zip-cut", DEFECT_SALVAGED,
	    "the zip file has no directory; it was read from its front" },
	[DEFECT_ZIP_CHECK] = { "zip-check", DEFECT_REJECTED,
	    "checksum or length of a zipped file is wrong" },
	[DEFECT_ZIP_DATA] = { "zip-data", DEFECT_REJECTED,
	    "the zip file is damaged, encrypted or of an unknown kind" },
	[DEFECT_ZIP_SIZE] = { "zip-size", DEFECT_REJECTED,
	    "too long when unzipped" },
	[DEFECT_ZIP_RATIO] = { "zip-ratio", DEFECT_REJECTED,
	    "unzips to too much for a report" },
	[DEFECT_ZIP_MANY] = { "zip-many", DEFECT_SALVAGED,
	    "more files in a zip file than are read" },
	[DEFECT_MAIL_HEADER] = { "mail-header", DEFECT_SALVAGED,
	    "the name of a header field is misspelt" },
	[DEFECT_MAIL_BOUNDARY] = { "mail-boundary", DEFECT_SALVAGED,
	    "the boundary of parts is not declared, or another one is used" },
	[DEFECT_MAIL_UNCLOSED] = { "mail-unclosed", DEFECT_SALVAGED,
	    "the final boundary of parts is missing" },
	[DEFECT_MAIL_DEEP] = { "mail-deep", DEFECT_SALVAGED,
	    "parts are nested deeper than is looked at" },
	[DEFECT_MAIL_PARTS] = { "mail-parts", DEFECT_SALVAGED,
	    "more parts than are looked at" },
	[DEFECT_MAIL_ENCODING] = { "mail-encoding", DEFECT_SALVAGED,
	    "a transfer encoding that is not known" },
	[DEFECT_MAIL_BASE64] = { "mail-base64", DEFECT_SALVAGED,
	    "characters that are not base64, or base64 that is cut" },
	[DEFECT_MAIL_QUOTED] = { "mail-quoted", DEFECT_SALVAGED,
	    "quoted-printable with an \"=\" that means nothing" },
	[DEFECT_MAIL_SIZE] = { "mail-size", DEFECT_REJECTED,
	    "the mail or a part of it is too long" },
	[DEFECT_MAIL_TYPE] = { "mail-type", DEFECT_NOTED,
	    "the media type is not application/tlsrpt+gzip or +json" },
	[DEFECT_MAIL_FILENAME] = { "mail-filename", DEFECT_NOTED,
	    "the file name is not of RFC 8460's form" },
	[DEFECT_MAIL_REPORTS] = { "mail-reports", DEFECT_NOTED,
	    "several reports in one mail" },
	[DEFECT_SENDER_CAP] = { "sender-cap", DEFECT_REJECTED,
	    "the organisation sent more reports in a day than are kept" },
	[DEFECT_NOT_OBJECT] = { "not-object", DEFECT_REJECTED,
	    "the JSON text is no object" },
	[DEFECT_NO_POLICIES] = { "no-policies", DEFECT_REJECTED,
	    "there is no list of policies" },
	[DEFECT_EMPTY_POLICIES] = { "empty-policies", DEFECT_NOTED,
	    "the list of policies is empty" },
	[DEFECT_NULL] = { "null", DEFECT_SALVAGED,
	    "null stands for what could be left out" },
	[DEFECT_WRONG_TYPE] = { "wrong-type", DEFECT_SALVAGED,
	    "a value is of the wrong JSON type; it was passed over" },
	[DEFECT_NOT_ARRAY] = { "not-array", DEFECT_SALVAGED,
	    "a single value stands where a list belongs" },
	[DEFECT_OLD_NAME] = { "old-name", DEFECT_SALVAGED,
	    "a key has its name from a draft of RFC 8460" },
	[DEFECT_ORG_ABSENT] = { "org-absent", DEFECT_SALVAGED,
	    "no organization-name" },
	[DEFECT_CONTACT_ABSENT] = { "contact-absent", DEFECT_NOTED,
	    "no contact-info" },
	[DEFECT_ID_ABSENT] = { "id-absent", DEFECT_SALVAGED, "no report-id" },
	[DEFECT_RANGE_ABSENT] = { "range-absent", DEFECT_SALVAGED,
	    "begin or end of the date range is missing" },
	[DEFECT_RANGE_ODD] = { "range-odd", DEFECT_NOTED,
	    "the date range is not of whole UTC days" },
	[DEFECT_RANGE_BACKWARDS] = { "range-backwards", DEFECT_SALVAGED,
	    "the date range ends before it begins" },
	[DEFECT_DATE_NO_ZONE] = { "date-no-zone", DEFECT_SALVAGED,
	    "a time without zone; taken as UTC" },
	[DEFECT_DATE_FORM] = { "date-form", DEFECT_SALVAGED,
	    "a time that is not written as RFC 3339 wants it" },
	[DEFECT_DATE_BAD] = { "date-bad", DEFECT_SALVAGED,
	    "a time that cannot be read" },
	[DEFECT_POLICY_ABSENT] = { "policy-absent", DEFECT_SALVAGED,
	    "an entry of policies has no policy" },
	[DEFECT_TYPE_ABSENT] = { "type-absent", DEFECT_SALVAGED,
	    "no policy-type" },
	[DEFECT_TYPE_CASE] = { "type-case", DEFECT_SALVAGED,
	    "policy-type in other letter case" },
	[DEFECT_TYPE_UNKNOWN] = { "type-unknown", DEFECT_SALVAGED,
	    "a policy-type that RFC 8460 does not have" },
	[DEFECT_DOMAIN_ABSENT] = { "domain-absent", DEFECT_SALVAGED,
	    "no policy-domain" },
	[DEFECT_DOMAIN_FORM] = { "domain-form", DEFECT_SALVAGED,
	    "policy-domain is no host name of A-labels" },
	[DEFECT_STRING_NESTED] = { "string-nested", DEFECT_SALVAGED,
	    "policy-string is a JSON array within a text" },
	[DEFECT_MX_PREFIX] = { "mx-prefix", DEFECT_SALVAGED,
	    "mx-host begins with \"mx:\"" },
	[DEFECT_SUMMARY_ABSENT] = { "summary-absent", DEFECT_SALVAGED,
	    "a policy has no summary" },
	[DEFECT_COUNT_ABSENT] = { "count-absent", DEFECT_SALVAGED,
	    "a session count is missing; taken as 0, or as the sum" },
	[DEFECT_COUNT_TEXT] = { "count-text", DEFECT_SALVAGED,
	    "a session count is a text" },
	[DEFECT_COUNT_NEGATIVE] = { "count-negative", DEFECT_SALVAGED,
	    "a session count is negative; taken as 0" },
	[DEFECT_COUNT_HUGE] = { "count-huge", DEFECT_SALVAGED,
	    "a session count is beyond belief; it was clamped" },
	[DEFECT_COUNT_FRACTION] = { "count-fraction", DEFECT_SALVAGED,
	    "a session count is no whole number; it was cut" },
	[DEFECT_SUM_DIFFERS] = { "sum-differs", DEFECT_NOTED,
	    "failure-details do not add up to the summary" },
	[DEFECT_RESULT_ABSENT] = { "result-absent", DEFECT_SALVAGED,
	    "no result-type" },
	[DEFECT_RESULT_CASE] = { "result-case", DEFECT_SALVAGED,
	    "result-type in other letter case" },
	[DEFECT_RESULT_UNKNOWN] = { "result-unknown", DEFECT_SALVAGED,
	    "a result-type that RFC 8460 does not have" },
	[DEFECT_IP_FORM] = { "ip-form", DEFECT_SALVAGED,
	    "an address that is none" },
	[DEFECT_TOO_MANY] = { "too-many", DEFECT_SALVAGED,
	    "more entries than are kept; the rest was passed over" },
};

void
defects_init(struct defects *d)
{
	/* first and found are valid only as far as the counts say */
	memset(d->count, 0, sizeof(d->count));
	d->kinds = 0;
	d->worst = DEFECT_NOTED;
}

void
defects_note(struct defects *d, enum defect what, uint64_t offset,
    const char *path)
{
	if (d->count[what] == 0) {
		struct defect_place *place = &d->first[what];

		place->offset = offset;
		if (text_copy(place->path, sizeof(place->path),
			path != NULL ? path : "") == -1)
			(void)text_copy(place->path, sizeof(place->path),
			    "...");
		d->found[d->kinds++] = what;
		if (table[what].weight > d->worst)
			d->worst = table[what].weight;
	}
	if (d->count[what] < UINT32_MAX)
		d->count[what]++;
}

void
defects_add(struct defects *a, const struct defects *b)
{
	for (size_t i = 0; i < b->kinds; i++) {
		enum defect what = b->found[i];
		uint32_t more = b->count[what] - 1;

		defects_note(a, what, b->first[what].offset,
		    b->first[what].path);
		if (a->count[what] > UINT32_MAX - more)
			a->count[what] = UINT32_MAX;
		else
			a->count[what] += more;
	}
}

bool
defects_has(const struct defects *d, enum defect what)
{
	return d->count[what] > 0;
}

const char *
defect_name(enum defect what)
{
	return table[what].name;
}

const char *
defect_text(enum defect what)
{
	return table[what].text;
}

enum defect_weight
defect_weight(enum defect what)
{
	return table[what].weight;
}

enum defect
defect_from_name(const char *name)
{
	enum defect d = 0;

	while (d < DEFECT_N && strcmp(table[d].name, name) != 0)
		d++;
	return d;
}

void
defects_write_names(const struct defects *d, struct buf *out)
{
	for (size_t i = 0; i < d->kinds; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "",
		    table[d->found[i]].name);
}
