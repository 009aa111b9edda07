/* own_domains: which domains are ours - see analyzer/own_domains.h */
#include "config.h"

#include "analyzer/own_domains.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <string.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct own_domains
of(const char *domains)
{
	char *text = xasprintf("[server]\ndomains = %s\n", domains);
	struct conf *c = conf_parse("f", text, strlen(text), NULL, NULL);
	struct own_domains o;
	struct err e = { 0 };

	is_int(own_domains_init(&o, c, &e), 0, "%s %s", domains, e.text);
	conf_unref(c);
	free(text);
	return o;
}

int
main(void)
{
	static const char missing[] = "[server]\ndomains = "
				      "[\"file:/no/such\"]\n";
	char path[] = "/tmp/own-domains-XXXXXX";
	static const char list[] = "# ours\nexample.net\n\n Example.COM # old\n"
				   "*.sub.example\r\n";
	struct own_domains o = of("[]");
	int fd = mkstemp(path);
	char *text = xasprintf("[\"file:%s\"]", path);
	struct conf *c;
	struct err e = { 0 };

	ok(own_domains_has(&o, "any.example"), "no list: all are");
	own_domains_clear(&o);
	o = of("[\"example.org\", \"*.Example.net\"]");
	ok(own_domains_has(&o, "example.org"), "one that is named");
	ok(!own_domains_has(&o, "a.example.org"), "not what is below it");
	ok(own_domains_has(&o, "a.b.example.net"), "a glob");
	ok(!own_domains_has(&o, "example.net"), "not the glob's own name");
	own_domains_add_postfix(&o,
	    "mail.example, hash:/etc/x $mydomain localhost, !not.example /f");
	ok(own_domains_has(&o, "mail.example"), "one of Postfix");
	ok(!own_domains_has(&o, "not.example"), "what excludes is none");
	own_domains_clear(&o);
	ok(fd != -1 &&
		write(fd, list, sizeof(list) - 1) == (ssize_t)sizeof(list) - 1,
	    "a file");
	o = of(text);
	ok(own_domains_has(&o, "example.net") &&
		own_domains_has(&o, "example.com") &&
		own_domains_has(&o, "x.sub.example"),
	    "what it names");
	ok(!own_domains_has(&o, "ours"), "not its comments");
	own_domains_clear(&o);
	(void)unlink(path);
	close(fd);
	c = conf_parse("f", missing, strlen(missing), NULL, NULL);
	is_int(own_domains_init(&o, c, &e), -1, "a file that is not there");
	has_str(e.text, "/no/such", "is named");
	own_domains_clear(&o);
	conf_unref(c);
	free(text);
	return done_testing();
}
