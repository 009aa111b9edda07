/* postconf: what postconf(1) prints, and list values */
#include "config.h"

#include "share/app/postconf.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static void
test_main_cf(void)
{
	struct postconf *p = postconf_new();

	postconf_add_main(p,
	    "mail_version = 3.7.11\n"
	    "smtp_tls_CAfile = \n"
	    "relayhost =\n"
	    "header = regexp:{{/^A=b$/ IGNORE}}\n"
	    "not a setting\n"
	    "last = no newline");
	is_str(postconf_get(p, "mail_version"), "3.7.11", "a value");
	is_str(postconf_get(p, "smtp_tls_CAfile"), "", "empty");
	is_str(postconf_get(p, "relayhost"), "", "empty without a blank");
	is_str(postconf_get(p, "header"), "regexp:{{/^A=b$/ IGNORE}}",
	    "the first = counts");
	is_str(postconf_get(p, "last"), "no newline", "the last line");
	ok(postconf_get(p, "unknown") == NULL, "unknown is not empty");
	postconf_free(p);
}

static void
test_services(void)
{
	struct postconf *p = postconf_new();
	const struct postconf_service *s;

	postconf_add_main(p, "compatibility_level = 3.6\nx = main\ny = main\n");
	postconf_add_services(p,
	    "smtp       inet  n       -       y       -       -       smtpd\n"
	    "smtp       unix  -       -       y       -       -       smtp\n"
	    "relay      unix  -       -       -       -       -       smtp -o "
	    "syslog_name=x\n"
	    "    -o continued=line\n"
	    "local      unix  -       n       n       -       -       local\n"
	    "cut        unix  -\n");
	postconf_add_overrides(p, "smtp/unix/x = own\nrelay/unix/y = \n");
	s = postconf_service(p, "smtp/unix");
	ok(s != NULL && s->chroot, "smtp/unix is in the jail");
	is_str(s != NULL ? s->command : NULL, "smtp", "its command");
	s = postconf_service(p, "local/unix");
	ok(s != NULL && !s->chroot, "local is not");
	s = postconf_service(p, "relay/unix");
	ok(s != NULL && !s->chroot, "- means no since Postfix 3.0");
	is_str(s != NULL ? s->command : NULL, "smtp", "options are cut off");
	ok(postconf_service(p, "cut/unix") == NULL, "a short line is none");
	ok(postconf_service_at(p, 3) != NULL &&
		postconf_service_at(p, 4) == NULL,
	    "four services");
	is_str(postconf_get_for(p, "smtp/unix", "x"), "own", "override");
	is_str(postconf_get_for(p, "smtp/unix", "y"), "main", "inherited");
	is_str(postconf_get_for(p, "relay/unix", "y"), "", "emptied");
	postconf_free(p);

	p = postconf_new();
	postconf_add_main(p, "compatibility_level = 0\n");
	postconf_add_services(p, "smtp unix - - - - - smtp\n");
	s = postconf_service(p, "smtp/unix");
	ok(s != NULL && s->chroot, "- means yes at compatibility level 0");
	postconf_free(p);
}

static void
test_version(void)
{
	static const struct {
		const char *text;
		long version;
	} rows[] = { { "3.7.11", 30711 }, { "3.10.3", 31003 },
		{ "3.10-20250101", 31000 }, { "3.9.500", 30999 },
		{ "2.11", 21100 }, { "x", 0 }, { "", 0 } };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct postconf *p = postconf_new();
		char *line = xasprintf("mail_version = %s\n", rows[i].text);

		postconf_add_main(p, line);
		is_int(postconf_version(p), rows[i].version, "version \"%s\"",
		    rows[i].text);
		free(line);
		postconf_free(p);
	}
}

static void
test_list(void)
{
	const char *cursor = " a, {b c, d={e}} regexp:{{/x y/ z}},,\tf ";
	static const char *const want[] = { "a", "{b c, d={e}}",
		"regexp:{{/x y/ z}}", "f" };
	size_t i;
	char *s;

	for (i = 0; i < 4; i++) {
		s = postconf_list_next(&cursor);
		is_str(s, want[i], "element %zu", i + 1);
		free(s);
	}
	s = postconf_list_next(&cursor);
	ok(s == NULL, "and no more");
	free(s);
}

int
main(void)
{
	test_main_cf();
	test_services();
	test_version();
	test_list();
	return done_testing();
}
