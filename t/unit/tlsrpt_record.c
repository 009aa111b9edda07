/* tlsrpt_record: the grammar of RFC 8460 section 3, and what is near it */
#include "config.h"

#include "share/base/buf.h"
#include "share/rpt/tlsrpt_record.h"
#include "t/unit/tap.h"

static const struct {
	const char *text;
	enum tlsrpt_result want;
	const char *uris; /* with a blank between */
	size_t skipped;
} cases[] = {
	/* RFC 8460 section 3.1 */
	{ "v=TLSRPTv1;rua=mailto:reports@example.com", TLSRPT_OK,
	    "reports@example.com", 0 },
	{ "v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", TLSRPT_OK,
	    "https://reporting.example.com/v1/tlsrpt", 0 },
	/* blanks, order, extensions, the last delimiter */
	{ "v=TLSRPTv1 ;rua=mailto:a@b.example", TLSRPT_OK, "a@b.example", 0 },
	{ "v=TLSRPTv1\t; \trua=mailto:a@b.example \t; ", TLSRPT_OK,
	    "a@b.example", 0 },
	{ "v=TLSRPTv1;x=y;rua=mailto:a@b.example;", TLSRPT_OK, "a@b.example",
	    0 },
	{ "v=TLSRPTv1;rua=mailto:a@b.example;x=y;z", TLSRPT_OK, "a@b.example",
	    0 },
	{ "v=TLSRPTv1;z;rua=mailto:a@b.example", TLSRPT_OK, "a@b.example", 0 },
	{ "v=TLSRPTv1;;;rua=mailto:a@b.example", TLSRPT_OK, "a@b.example", 0 },
	{ "v=TLSRPTv1;rua= mailto:a@b.example", TLSRPT_OK, "a@b.example", 0 },
	/* several */
	{ "v=TLSRPTv1;rua=mailto:a@b.example,https://c.example/", TLSRPT_OK,
	    "a@b.example https://c.example/", 0 },
	{ "v=TLSRPTv1;rua=mailto:a@b.example , mailto:c@d.example", TLSRPT_OK,
	    "a@b.example c@d.example", 0 },
	{ "v=TLSRPTv1;rua=mailto:a@b.example,,mailto:a@B.Example,", TLSRPT_OK,
	    "a@b.example", 0 },
	{ "v=TLSRPTv1;rua=mailto:a@b.example;rua=https://c.example/x",
	    TLSRPT_OK, "a@b.example https://c.example/x", 0 },
	/* schemes */
	{ "v=TLSRPTv1;rua=MAILTO:a@b.example,HTTPS://c.example/", TLSRPT_OK,
	    "a@b.example HTTPS://c.example/", 0 },
	{ "v=TLSRPTv1;rua=http://c.example/,mailto:a@b.example", TLSRPT_OK,
	    "a@b.example", 1 },
	{ "v=TLSRPTv1;rua=a@b.example", TLSRPT_NO_URI, "", 1 },
	/* encoding */
	{ "v=TLSRPTv1;rua=mailto:a%2Bb@c.example", TLSRPT_OK, "a+b@c.example",
	    0 },
	{ "v=TLSRPTv1;rua=mailto:a%2cb@c.example", TLSRPT_OK,
	    "\"a,b\"@c.example", 0 },
	{ "v=TLSRPTv1;rua=mailto:%22a%3Bb%22@c.example", TLSRPT_OK,
	    "\"a;b\"@c.example", 0 },
	{ "v=TLSRPTv1;rua=mailto:a%21b@c.example", TLSRPT_OK, "a!b@c.example",
	    0 },
	{ "v=TLSRPTv1;rua=mailto:a@b.example?subject=x%2Cy", TLSRPT_OK,
	    "a@b.example", 0 },
	{ "v=TLSRPTv1;rua=mailto:a@b.example!10m", TLSRPT_OK, "a@b.example",
	    0 },
	{ "v=TLSRPTv1;rua=https://c.example/a%2Cb%3B!1", TLSRPT_OK,
	    "https://c.example/a%2Cb%3B!1", 0 },
	{ "v=TLSRPTv1;rua=mailto:100%@b.example", TLSRPT_OK, "100%@b.example",
	    0 },
	{ "v=TLSRPTv1;rua=mailto:a%0d%0ab@c.example", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=mailto:a%00@c.example", TLSRPT_NO_URI, "", 1 },
	/* what is no address, what is no URL */
	{ "v=TLSRPTv1;rua=mailto:", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=mailto:a", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=mailto:@b.example", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=mailto:a@[192.0.2.1]", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=https://", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=https:///x", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=https:x", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=https://u:p@c.example/", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=https://c.example/@x", TLSRPT_OK,
	    "https://c.example/@x", 0 },
	{ "v=TLSRPTv1;rua=https://c.example/a b", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=https://c.example/\"", TLSRPT_NO_URI, "", 1 },
	{ "v=TLSRPTv1;rua=https://c.example/\xc3\xa9", TLSRPT_NO_URI, "", 1 },
	/* none */
	{ "v=TLSRPTv1;", TLSRPT_NO_URI, "", 0 },
	{ "v=TLSRPTv1;rua=", TLSRPT_NO_URI, "", 0 },
	{ "v=TLSRPTv1;RUA=mailto:a@b.example", TLSRPT_NO_URI, "", 0 },
	{ "v=TLSRPTv1;mailto:a@b.example", TLSRPT_MALFORMED, "", 0 },
	{ "v=TLSRPTv1", TLSRPT_NONE, "", 0 },
	{ "v=TLSRPTv1 rua=mailto:a@b.example", TLSRPT_NONE, "", 0 },
	{ "v=TLSRPTv12;rua=mailto:a@b.example", TLSRPT_NONE, "", 0 },
	{ "v=tlsrptv1;rua=mailto:a@b.example", TLSRPT_NONE, "", 0 },
	{ " v=TLSRPTv1;rua=mailto:a@b.example", TLSRPT_NONE, "", 0 },
	{ "v=STSv1; id=1", TLSRPT_NONE, "", 0 },
	{ "", TLSRPT_NONE, "", 0 },
};

static void
test_one(const char *text, enum tlsrpt_result want, const char *uris,
    size_t skipped)
{
	char mail[ADDRESS_SIZE];
	struct tlsrpt_record r;
	struct buf got;

	buf_init(&got, 65536);
	if (!is_int(tlsrpt_record_parse(text, strlen(text), &r), want, "%s",
		text))
		diag("%s", tlsrpt_result_text(want));
	for (size_t i = 0; i < r.n; i++)
		buf_printf(&got, "%s%s", i > 0 ? " " : "",
		    r.uri[i].scheme == TLSRPT_HTTPS
			? r.uri[i].url
			: address_format(&r.uri[i].address, mail));
	is_str(buf_str(&got), uris, "its URIs");
	is_int(r.skipped, skipped, "unusable ones");
	tlsrpt_record_clear(&r);
	buf_clear(&got);
}

static void
test_limits(void)
{
	struct tlsrpt_record r;
	struct buf b;

	buf_init(&b, 65536);
	buf_puts(&b, "v=TLSRPTv1;rua=");
	for (int i = 0; i < TLSRPT_URIS_MAX + 3; i++)
		buf_printf(&b, "https://h%d.example/,", i);
	is_int(tlsrpt_record_parse(b.data, b.len, &r), TLSRPT_OK, "many URIs");
	is_int(r.n, TLSRPT_URIS_MAX, "the first are kept");
	is_int(r.skipped, 3, "the rest is counted");
	tlsrpt_record_clear(&r);
	buf_reset(&b);
	buf_printf(&b,
	    "v=TLSRPTv1;rua=https://h.example/%0*d,mailto:a@b.example",
	    TLSRPT_URI_MAX, 0);
	is_int(tlsrpt_record_parse(b.data, b.len, &r), TLSRPT_OK, "a long URI");
	is_int(r.n, 1, "is not kept");
	tlsrpt_record_clear(&r);
	buf_clear(&b);
}

static enum tlsrpt_result
choose(const char *a, const char *b)
{
	const char *text[] = { a, b };
	struct dns_txt txt[2];
	struct dns_answer answer = { .type = DNS_TXT, .u.txt = txt };
	struct tlsrpt_record r;
	enum tlsrpt_result result;

	for (size_t i = 0; i < 2 && text[i] != NULL; i++) {
		txt[i].text = (char *)(uintptr_t)text[i];
		txt[i].len = strlen(text[i]);
		answer.n++;
	}
	result = tlsrpt_record_choose(&answer, &r);
	tlsrpt_record_clear(&r);
	return result;
}

int
main(void)
{
	static const char good[] = "v=TLSRPTv1;rua=mailto:a@b.example";

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_one(cases[i].text, cases[i].want, cases[i].uris,
		    cases[i].skipped);
	test_limits();
	is_int(choose(NULL, NULL), TLSRPT_NONE, "no record");
	is_int(choose("x", NULL), TLSRPT_NONE, "none of ours");
	is_int(choose("x", good), TLSRPT_OK, "one of ours");
	is_int(choose(good, good), TLSRPT_SEVERAL, "two, though equal");
	is_int(choose(good, "v=TLSRPTv1;"), TLSRPT_SEVERAL,
	    "a useless one is one of them");
	return done_testing();
}
