/* bounce: who a bounce says to have failed - see reportgen/bounce.h */
#include "config.h"

#include "reportgen/bounce.h"
#include "t/unit/tap.h"

#define FROM_DAEMON "From: Mailer-Daemon@x.test\n\n"
#define DSN(fields)                                                        \
	"Return-Path: <>\nContent-Type: multipart/report\n\n--b\n"         \
	"Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n" \
	"\n" fields "\n\n--b\nContent-Type: text/rfc822-headers\n\n"       \
	"To: someone@else.test\n\n550 5.1.1 someone@else.test\n--b--\n"

static const struct {
	const char *about, *mail, *want;
} cases[] = {
	{ "a DSN",
	    DSN("Final-Recipient: rfc822; a@b.test\nAction: failed\n"
		"Status: 5.1.1"),
	    "a@b.test" },
	{ "in odd case, with CRLF and brackets",
	    "X: y\r\n\r\nFINAL-RECIPIENT:RFC822;<A@B.Test>\r\n"
	    "action: Failed (for good)\r\n\r\n",
	    "A@b.test" },
	{ "an alias and what it stands for",
	    DSN("Original-Recipient: rfc822;a@b.test\n"
		"Final-Recipient: rfc822; c@d.test\nAction: failed"),
	    "a@b.test c@d.test" },
	{ "two recipients, one of whom has it",
	    DSN("Final-Recipient: rfc822; a@b.test\nAction: relayed\n\n"
		"Final-Recipient: rfc822; c@b.test\nAction: failed"),
	    "c@b.test" },
	{ "delayed is not failed",
	    DSN("Final-Recipient: rfc822; a@b.test\nAction: delayed\n"
		"Status: 4.4.1"),
	    "" },
	{ "no action: by the status",
	    DSN("Final-Recipient: rfc822; a@b.test\nStatus: 5.0.0"),
	    "a@b.test" },
	{ "no action, for now",
	    DSN("Final-Recipient: rfc822; a@b.test\nStatus: 4.0.0"), "" },
	{ "no address",
	    DSN("Final-Recipient: rfc822; b.test\n"
		"Action: failed"),
	    "" },
	{ "Exim",
	    "X-Failed-Recipients: a@b.test,\n c@d.test\nSubject: x\n\n"
	    "e@f.test: 550 no\n",
	    "a@b.test c@d.test" },
	{ "Exim's field with brackets",
	    "X-Failed-Recipients: <a@b.test>, >,<c@d.test>\n\nx\n",
	    "a@b.test c@d.test" },
	{ "qmail",
	    FROM_DAEMON "<a@b.test>:\nSorry, no mailbox here by that name. "
			"(#5.1.1)\n",
	    "a@b.test" },
	{ "words with a status",
	    FROM_DAEMON "a@b.test: host mx said: 550 no such user\n"
			"c@d.test: host mx said: 450 later\n",
	    "a@b.test" },
	{ "a number that is no status",
	    FROM_DAEMON "a@b.test has 1550 mails of 5500 5.1 15.1.1\n", "" },
	{ "far from the address",
	    FROM_DAEMON "a@b.test\n\n\n\n\n\n\n\n\n550 no\n", "" },
	{ "what was sent is not read",
	    FROM_DAEMON "a@b.test: 550 no\n\nReceived: from x\n"
			"To: c@d.test\n550 d@e.test\n",
	    "a@b.test" },
	{ "somebody's mail", "From: joe@x.test\n\n550 5.1.1 a@b.test\n", "" },
	{ "nothing", "", "" },
	{ "only a header", "From: mailer-daemon@x.test", "" },
};

static const char *
joined(const struct bounce *b)
{
	static char text[BOUNCE_ADDRESSES_MAX * ADDRESS_SIZE];

	text[0] = '\0';
	for (size_t i = 0, n = 0; i < b->n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
		    i > 0 ? " " : "", b->address[i]);
	return text;
}

static void
test_limits(void)
{
	static char mail[200000];
	struct bounce b;
	size_t n = 0;

	n += (size_t)snprintf(mail, sizeof(mail), FROM_DAEMON);
	for (int i = 0; i < 1000; i++)
		n += (size_t)snprintf(mail + n, sizeof(mail) - n,
		    "u%d@b.test: 550 no\n", i);
	bounce_read(mail, n, &b);
	is_int(b.n, BOUNCE_ADDRESSES_MAX, "not more than there is room for");
	memset(mail, 'x', sizeof(mail));
	bounce_read(mail, sizeof(mail), &b);
	is_int(b.n, 0, "one long line");
	memset(mail, '\0', sizeof(mail));
	bounce_read(mail, sizeof(mail), &b);
	is_int(b.n, 0, "NULs");
}

int
main(void)
{
	struct bounce b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bounce_read(cases[i].mail, strlen(cases[i].mail), &b);
		is_str(joined(&b), cases[i].want, "%s", cases[i].about);
	}
	test_limits();
	return done_testing();
}
