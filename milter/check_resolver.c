/* check_resolver: the MTA's own view of DNS - see check_parts.h */
#include "config.h"

#include "milter/check_parts.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define RESOLV_CONF "/etc/resolv.conf"

/* Says how a resolver without AD is mended; the words fit both files. */
static void
no_ad(struct check *k, const char *path)
{
	struct finding *f;

	f = findings_add(&k->out, "resolver-ad", FINDING_ERROR,
	    "The resolver in %s gives no AD bit for a signed name.", path);
	finding_why(f,
	    "Postfix trusts TLSA records only with AD. Until this is mended "
	    "DANE is answered as secure or encrypt, so that nothing is "
	    "deferred, and strategies with dane = require hold mail back.");
	finding_fix(f, "apt-get install unbound");
	finding_fix(f, "# then let %s say: nameserver 127.0.0.1", path);
}

static void
probe(struct check *k, const char *path)
{
	enum ad_probe_result r = AD_PROBE_NOTHING;
	struct finding *f;
	struct err e;

	if (k->host->probe_ad(k->host->ctx, path, k->c->dns.trust_anchors, &r,
		&e) != 0) {
		f = findings_add(&k->out, "resolver-ad", FINDING_ERROR,
		    "%s: %s.", path, e.text);
		finding_why(f, "Postfix can't find any MX host without it.");
		return;
	}
	switch (r) {
	case AD_PROBE_YES:
		findings_add(&k->out, "resolver-ad", FINDING_OK,
		    "The resolver in %s validates and gives AD.", path);
		break;
	case AD_PROBE_NO:
		no_ad(k, path);
		break;
	case AD_PROBE_NOTHING:
		f = findings_add(&k->out, "resolver-ad", FINDING_WARN,
		    "The resolver in %s gave no answer to the probe.", path);
		finding_why(f,
		    "Whether Postfix can use DANE could not be found out.");
		break;
	}
}

/* Whether both texts name the same servers in the same order. */
static bool
same_servers(const char *a, const char *b)
{
	static const char key[] = "nameserver";
	const char *file[2] = { a, b };
	size_t len[2], i;

	for (;;) {
		for (i = 0; i < 2; i++) {
			while (*file[i] != '\0' &&
			    strncmp(file[i], key, sizeof(key) - 1) != 0) {
				file[i] += strcspn(file[i], "\n");
				file[i] += *file[i] == '\n';
			}
			len[i] = strcspn(file[i], "\n");
		}
		if (len[0] != len[1] || memcmp(file[0], file[1], len[0]) != 0)
			return false;
		if (len[0] == 0)
			return true;
		file[0] += len[0];
		file[1] += len[1];
	}
}

/* smtp(8) in its jail reads the copy below the queue directory. */
static void
jail(struct check *k)
{
	char *path =
	    xasprintf("%s" RESOLV_CONF, check_value(k, "queue_directory"));
	struct err e;
	char *outer = k->host->read_file(k->host->ctx, RESOLV_CONF, &e);
	char *inner = k->host->read_file(k->host->ctx, path, &e);
	struct finding *f;

	if (inner == NULL) {
		f = findings_add(&k->out, "resolver-jail", FINDING_ERROR,
		    "smtp(8) runs in a jail without resolv.conf: %s.", e.text);
		finding_why(f, "It asks 127.0.0.1, whoever answers there.");
	} else if (outer != NULL && !same_servers(outer, inner)) {
		f = findings_add(&k->out, "resolver-jail", FINDING_WARN,
		    "%s names other servers than " RESOLV_CONF ".", path);
		finding_why(f, "smtp(8) reads the copy in its jail.");
	} else {
		findings_add(&k->out, "resolver-jail", FINDING_OK,
		    "%s names the servers of " RESOLV_CONF ".", path);
		goto out;
	}
	finding_fix(f, "cp " RESOLV_CONF " %s && postfix reload", path);
	if (inner != NULL)
		probe(k, path);
out:
	free(outer);
	free(inner);
	free(path);
}

void
check_resolver(struct check *k)
{
	struct finding *f;

	if (!check_uses_dane(k->c)) {
		findings_add(&k->out, "resolver-ad", FINDING_OK,
		    "No strategy uses DANE.");
		return;
	}
	probe(k, RESOLV_CONF);
	if (check_jailed(k))
		jail(k);
	if (k->c->policy.mta_dnssec == CONF_NO) {
		f = findings_add(&k->out, "mta-dnssec", FINDING_WARN,
		    "[policy] mta-dnssec = \"no\".");
		finding_why(f, "DANE is never answered on this host.");
		finding_fix(f, "[policy]");
		finding_fix(f, "mta-dnssec = \"auto\"");
	}
}
