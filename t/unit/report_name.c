/* report_name: names written by RFC 8460, names read as senders have them */
#include "config.h"

#include "share/mail/address.h"
#include "share/rpt/report_name.h"
#include "t/unit/tap.h"

static void
test_write(void)
{
	struct report_key k = { "org.example", "a.example", 1795132800,
		1795219200, 0 };
	struct report_name name;
	struct buf id, b;
	char *at;

	buf_init(&id, 1000);
	buf_init(&b, 1000);
	report_name_write_id(&k, &id);
	is_str(buf_str(&id),
	    "20261120T000000Z-20261121T000000Z.a.example@org.example",
	    "report-id");
	at = strchr(buf_str(&id), '@');
	ok(address_is_dot_atom(id.data, (size_t)(at - id.data)),
	    "its left side is a dot-atom");
	ok(address_is_dot_atom(at + 1, strlen(at + 1)), "so is its right");
	report_name_write_file(&k, true, &b);
	is_str(buf_str(&b),
	    "org.example!a.example!1795132800!1795219200.json.gz", "file name");
	buf_reset(&b);
	k.part = 2;
	report_name_write_file(&k, false, &b);
	is_str(buf_str(&b),
	    "org.example!a.example!1795132800!1795219200!002.json",
	    "of a part, not packed");
	ok(report_name_read_file(b.data, b.len, &name), "read again");
	is_int(name.end, 1795219200, "its end");
	buf_reset(&b);
	report_name_write_subject(&k, &b);
	is_str(buf_str(&b),
	    "Report Domain: a.example Submitter: org.example Report-ID: "
	    "<20261120T000000Z-20261121T000000Z.a.example.002@org.example>",
	    "Subject");
	ok(report_name_read_subject(b.data, b.len, &name), "read again");
	buf_reset(&id);
	report_name_write_id(&k, &id);
	is_str(name.id, buf_str(&id), "its report-id is that of the report");
	is_str(name.domain, "a.example", "domain");
	is_str(name.submitter, "org.example", "submitter");
	buf_clear(&id);
	buf_clear(&b);
}

static const struct {
	const char *file;
	bool good;
	const char *submitter, *domain;
	long long begin, end;
} files[] = {
	{ "org.example!a.example!1!2!001.json.gz", true, "org.example",
	    "a.example", 1, 2 },
	{ "Org.Example!A.example!1!2.json", true, "org.example", "a.example", 1,
	    2 },
	{ "org.example!a.example!1!2!133950000000000000.json.GZ", true,
	    "org.example", "a.example", 1, 2 },
	{ "/tmp/x/org.example!a.example!1!2", true, "org.example", "a.example",
	    1, 2 },
	{ "C:\\x\\org.example!a.example!1!2.zip", true, "org.example",
	    "a.example", 1, 2 },
	{ "org.example!a.example!1", true, "org.example", "a.example", 1, 0 },
	{ "org.example!a.example!x!2.json", false, NULL, NULL, 0, 0 },
	{ "org.example!!1!2.json", false, NULL, NULL, 0, 0 },
	{ "report.json.gz", false, NULL, NULL, 0, 0 },
	{ "", false, NULL, NULL, 0, 0 },
};

static const struct {
	const char *subject;
	bool good;
	const char *domain, *submitter, *id;
} subjects[] = {
	{ "Report Domain: a.example Submitter: google.com Report-ID: "
	  "<2024.09.03T00.00.00Z+a.example@google.com>",
	    true, "a.example", "google.com",
	    "2024.09.03T00.00.00Z+a.example@google.com" },
	{ "report domain: A.Example submitter:org.example report-id: 7", true,
	    "a.example", "org.example", "7" },
	{ "[External] Report Domain: a.example", true, "a.example", "", "" },
	{ "Report Domain: Submitter: org.example", false, "", "", "" },
	{ "Re: hello", false, "", "", "" },
	{ "", false, "", "", "" },
};

static void
test_read(void)
{
	struct report_name n;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		is_int(report_name_read_file(files[i].file,
			   strlen(files[i].file), &n),
		    files[i].good, "file %s", files[i].file);
		if (!files[i].good)
			continue;
		is_str(n.submitter, files[i].submitter, "submitter");
		is_str(n.domain, files[i].domain, "domain");
		is_int(n.begin, files[i].begin, "begin");
		is_int(n.end, files[i].end, "end");
	}
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
		is_int(report_name_read_subject(subjects[i].subject,
			   strlen(subjects[i].subject), &n),
		    subjects[i].good, "Subject %s", subjects[i].subject);
		if (!subjects[i].good)
			continue;
		is_str(n.domain, subjects[i].domain, "domain");
		is_str(n.submitter, subjects[i].submitter, "submitter");
		is_str(n.id, subjects[i].id, "report-id");
	}
}

int
main(void)
{
	test_write();
	test_read();
	return done_testing();
}
