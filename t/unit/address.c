/* address: what is one, what is not, and how it is written again */
#include "config.h"

#include "share/mail/address.h"
#include "t/unit/tap.h"

#define LOCAL_64 \
	"0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *text;
	const char *local; /* NULL: refused */
	const char *domain;
	const char *written; /* NULL: as read */
} specs[] = {
	{ "jane@example.org", "jane", "example.org", NULL },
	{ "jane.d+x=y@mx.Example.ORG", "jane.d+x=y", "mx.example.org",
	    "jane.d+x=y@mx.example.org" },
	{ "JaNe@example.org", "JaNe", "example.org", NULL },
	{ "!#$%&'*+-/=?^_`{|}~@a.b", "!#$%&'*+-/=?^_`{|}~", "a.b", NULL },
	{ "\"jane\"@a.b", "jane", "a.b", "jane@a.b" },
	{ "\"jane doe\"@a.b", "jane doe", "a.b", NULL },
	{ "\"a@b\"@a.b", "a@b", "a.b", NULL },
	{ "\"a\\\"b\\\\c\"@a.b", "a\"b\\c", "a.b", NULL },
	{ "\"\\j\\a\"@a.b", "ja", "a.b", "ja@a.b" },
	{ "\"a..b\"@a.b", "a..b", "a.b", NULL },
	{ "jane@b\xc3\xbc"
	  "cher.example",
	    "jane", "xn--bcher-kva.example", "jane@xn--bcher-kva.example" },
	{ LOCAL_64 "@a.b", LOCAL_64, "a.b", NULL },
	{ "postmaster@localhost", "postmaster", "localhost", NULL },
	{ "", NULL, "", NULL },
	{ "jane", NULL, "", NULL },
	{ "@example.org", NULL, "", NULL },
	{ "jane@", NULL, "", NULL },
	{ "jane@@a.b", NULL, "", NULL },
	{ "jane@a@b", NULL, "", NULL },
	{ ".jane@a.b", NULL, "", NULL },
	{ "jane.@a.b", NULL, "", NULL },
	{ "ja..ne@a.b", NULL, "", NULL },
	{ "ja ne@a.b", NULL, "", NULL },
	{ "jane@a.b.", NULL, "", NULL },
	{ "jane@a..b", NULL, "", NULL },
	{ "jane@-a.b", NULL, "", NULL },
	{ "jane@a b", NULL, "", NULL },
	{ "jane@[192.0.2.1]", NULL, "", NULL },
	{ "jane@192.0.2.1", NULL, "", NULL },
	{ "<jane@a.b>", NULL, "", NULL },
	{ "jane@a.b\r\nBcc: x@y", NULL, "", NULL },
	{ "\"ja\r\nne\"@a.b", NULL, "", NULL },
	{ "\"\"@a.b", NULL, "", NULL },
	{ "\"jane@a.b", NULL, "", NULL },
	{ "\"jane\"x@a.b", NULL, "", NULL },
	{ "j\xc3\xa4ne@a.b", NULL, "", NULL },
	{ "\"j\xc3\xa4ne\"@a.b", NULL, "", NULL },
	{ LOCAL_64 "x@a.b", NULL, "", NULL },
	{ "\"" LOCAL_64 "x\"@a.b", NULL, "", NULL },
	{ "jane@a.b,joe@a.b", NULL, "", NULL },
};

static const struct {
	const char *text;
	const char *want; /* NULL: none */
} mailboxes[] = {
	{ "jane@example.org", "jane@example.org" },
	{ " Jane Doe <jane@example.org>", "jane@example.org" },
	{ "\"Doe, Jane\" <jane@example.org>, joe@example.net",
	    "jane@example.org" },
	{ "\"a@b.c\" <jane@example.org>", "jane@example.org" },
	{ "a@b.c (jane) , joe@example.net", "a@b.c" },
	{ "(joe@example.net) jane@example.org", "jane@example.org" },
	{ "(a (b) \\) c@d) jane@example.org", "jane@example.org" },
	{ "jane (x) @ example.org", "jane@example.org" },
	{ "Jane <jane@example.org> <joe@example.net>", "jane@example.org" },
	{ "Jane\r\n <jane@example.org>\r\n", "jane@example.org" },
	{ "Team: jane@example.org, joe@example.net;", "jane@example.org" },
	{ ", ,jane@example.org", "jane@example.org" },
	{ "<@a.b,@c.d:jane@example.org>", "jane@example.org" },
	{ "=?UTF-8?Q?J=C3=A4ne?= <jane@example.org>", "jane@example.org" },
	{ "\"jane doe\" <\"jane doe\"@example.org>",
	    "\"jane doe\"@example.org" },
	{ "undisclosed-recipients:;", NULL },
	{ "", NULL },
	{ "Jane", NULL },
	{ "<>", NULL },
	{ "Jane <jane>", NULL },
	{ "((((((((((((((((((((x", NULL },
	{ "\"jane", NULL },
};

static void
test_specs(void)
{
	char text[ADDRESS_SIZE];
	struct address a;
	struct err e;

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		bool good = specs[i].local != NULL;

		err_clear(&e);
		is_int(address_parse(specs[i].text, strlen(specs[i].text), &a,
			   &e),
		    good ? 0 : -1, "%zu: %s", i, specs[i].text);
		is_str(a.local, good ? specs[i].local : "", "local part");
		is_str(a.domain, specs[i].domain, "domain");
		if (!good) {
			ok(e.text[0] != '\0', "and why: %s", e.text);
			continue;
		}
		is_str(address_format(&a, text),
		    specs[i].written != NULL ? specs[i].written : specs[i].text,
		    "written again");
	}
	is_int(address_parse("jane\0x@a.b", 10, &a, &e), -1, "a NUL");
	is_int(address_parse("jane@a.b\0", 9, &a, &e), -1, "a NUL at the end");
}

static void
test_mailboxes(void)
{
	char text[ADDRESS_SIZE];
	struct address a;

	for (size_t i = 0; i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++) {
		const char *s = mailboxes[i].text;
		int rc = address_parse_mailbox(s, strlen(s), &a, NULL);

		is_int(rc, mailboxes[i].want != NULL ? 0 : -1, "mailbox %zu",
		    i);
		if (rc == 0)
			is_str(address_format(&a, text), mailboxes[i].want,
			    "is %s", mailboxes[i].want);
	}
}

static void
test_longest(void)
{
	char text[ADDRESS_SIZE];
	struct address a, again;

	memset(a.local, '"', ADDRESS_LOCAL_MAX);
	a.local[ADDRESS_LOCAL_MAX] = '\0';
	memset(a.domain, 'a', HOSTNAME_MAX);
	a.domain[HOSTNAME_MAX] = '\0';
	for (size_t i = 63; i < HOSTNAME_MAX; i += 64)
		a.domain[i] = '.';
	is_int(strlen(address_format(&a, text)), ADDRESS_SIZE - 1,
	    "the longest address fits exactly");
	is_int(address_parse(text, strlen(text), &again, NULL), 0, "read");
	is_str(again.local, a.local, "the local part comes back");
	is_str(again.domain, a.domain, "the domain too");
}

int
main(void)
{
	test_specs();
	test_mailboxes();
	test_longest();
	return done_testing();
}
