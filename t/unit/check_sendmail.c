/* check_sendmail: every finding, on builds and sendmail.cf written here */
#include "config.h"

#include "milter/check_sendmail.h"
#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static const char build[] = "Version 8.18.1\n Compiled with: DANE MILTER\n"
			    "\t\tSOCKETMAP STARTTLS \n"
			    "   FFR Defines: _FFR_TLS_ALTNAMES \n";

static const char good_cf[] =
    "O DANE=true\nO SetCertAltnames=true\n"
    "O ConnectionCacheSize=0\nO CACertFile=/ca.pem\nO Timeout.queuereturn=5d\n"
    "Ktlspol socket -f -d10 -T<TMPF> inet:8461@127.0.0.1\n"
    "Ktlsrep socket -f -d10 -T<TMPF> inet:8461@127.0.0.1\n"
    "SLocal_tls_server\nR$*\t$: $(tlsrep x $)\n"
    "SLocal_tls_rcpt\nR$*\t$: $(tlspol x $)\nR$*\t$#error $: 454\n"
    "Xtlsherald, S=inet:8460@127.0.0.1\nO InputMailFilters=a,tlsherald\n"
    "Mesmtp,\tP=[IPC]\n";

struct fake {
	size_t roots;
	enum ad_probe_result ad;
	bool dead;
};

static int
fake_roots(void *ctx, const char *path, size_t *roots, struct err *e)
{
	const struct fake *f = ctx;

	if (strcmp(path, "/ca.pem") != 0)
		return err_set(e, ERR_SYS, "%s: not there", path);
	*roots = f->roots;
	return 0;
}

static int
fake_ad(void *ctx, const char *resolv_conf, const char *anchors,
    enum ad_probe_result *result, struct err *e)
{
	const struct fake *f = ctx;

	(void)resolv_conf;
	(void)anchors;
	(void)e;
	*result = f->ad;
	return 0;
}

static int
fake_ask(void *ctx, const char *listen, const char *map, const char *jail,
    const char *user, bool *as, struct err *e)
{
	const struct fake *f = ctx;

	(void)map;
	(void)jail;
	*as = strcmp(user, "root") == 0;
	if (f->dead)
		return err_set(e, ERR_NOENT, "refused");
	return strcmp(listen, "inet:127.0.0.1:8461") == 0
	    ? 0
	    : err_set(e, ERR_NOENT, "%s?", listen);
}

static struct fake host_state;
static const struct check_host host = { .ca_roots = fake_roots,
	.probe_ad = fake_ad,
	.ask_map = fake_ask,
	.ctx = &host_state };

/* The text of good_cf with the first `was` replaced. */
static char *
changed(const char *was, const char *is)
{
	const char *at = strstr(good_cf, was);

	return xasprintf("%.*s%s%s", (int)(at - good_cf), good_cf, is,
	    at + strlen(was));
}

/* Judges; the finding called id must have that severity and that text. */
static void
finds(const char *conf, const char *version, const char *cf, const char *id,
    enum finding_severity severity, const char *part)
{
	struct conf *c = conf_parse("t", conf, strlen(conf), NULL, NULL);
	struct sendmail_host s;
	struct check_sendmail k;
	const struct finding *found = NULL;
	struct buf text;

	memset(&s, 0, sizeof(s));
	sendmail_host_build(&s, build);
	sendmail_host_cf(&s, cf);
	if (version != NULL)
		(void)text_copy(s.version, sizeof(s.version), version);
	memset(&k, 0, sizeof(k));
	k.c = c;
	k.s = &s;
	k.host = &host;
	check_sendmail_run(&k);
	for (size_t i = 0; i < k.out.n; i++)
		if (strcmp(k.out.at[i].id, id) == 0 &&
		    (found == NULL || k.out.at[i].severity > found->severity))
			found = &k.out.at[i];
	buf_init(&text, 10000);
	if (found != NULL)
		buf_printf(&text, "%s %s %s", found->what,
		    found->why != NULL ? found->why : "",
		    found->fix != NULL ? found->fix : "");
	is_int(found != NULL ? (int)found->severity : -1, severity, "%s: %s",
	    id, part);
	has_str(buf_str(&text), part, "which is said");
	buf_clear(&text);
	findings_clear(&k.out);
	conf_unref(c);
}

/* The same on good_cf, changed. */
static void
finds_in(const char *was, const char *is, const char *id,
    enum finding_severity severity, const char *part)
{
	char *cf = changed(was, is);

	finds("", NULL, cf, id, severity, part);
	free(cf);
}

static void
test_good(void)
{
	struct conf *c = conf_parse("t", "", 0, NULL, NULL);
	struct sendmail_host s;
	struct check_sendmail k;

	memset(&s, 0, sizeof(s));
	sendmail_host_build(&s, build);
	sendmail_host_cf(&s, good_cf);
	memset(&k, 0, sizeof(k));
	k.c = c;
	k.s = &s;
	k.host = &host;
	check_sendmail_run(&k);
	is_int((long long)findings_count(&k.out, FINDING_OK),
	    (long long)k.out.n, "all is well on a good host");
	is_int((long long)k.out.n, 14, "and all was looked at");
	for (size_t i = 0; i < k.out.n; i++)
		if (k.out.at[i].severity != FINDING_OK)
			diag("%s", k.out.at[i].what);
	findings_clear(&k.out);
	conf_unref(c);
}

static void
test_rulesets(void)
{
	const enum finding_severity error = FINDING_ERROR;

	finds_in("$(tlspol x $)", "x", "sendmail-rulesets", error,
	    "Nothing of what is decided is enforced");
	finds_in("R$*\t$#error $: 454\n", "R$*\t$@ OK\n", "sendmail-rulesets",
	    error, "lets recipients pass");
	finds_in("$(tlsrep x $)", "x", "sendmail-rulesets", FINDING_WARN,
	    "TLS reports");
	finds_in(" -T<TMPF> inet", " inet", "sendmail-maps", error,
	    "lacks -T<TMPF>");
	finds_in(" -d10", "", "sendmail-maps", FINDING_WARN, "lacks -d");
	finds_in("inet:8461@127.0.0.1", "inet:9999@127.0.0.1", "sendmail-maps",
	    error, "asks inet:127.0.0.1:9999, which is none");
	finds_in("Ktlsrep", "Kother", "sendmail-maps", error,
	    "no line Ktlsrep");
	host_state.dead = true;
	finds("", NULL, good_cf, "sendmail-reachable", error, "refused");
	host_state.dead = false;
}

static void
test_tls(void)
{
	const enum finding_severity error = FINDING_ERROR;

	finds_in("O SetCertAltnames=true\n", "", "sendmail-altnames", error,
	    "all that requires one is deferred");
	finds_in("O CACertFile=/ca.pem\n", "", "sendmail-ca", error, "not set");
	finds_in("/ca.pem", "/other.pem", "sendmail-ca", error, "not there");
	host_state.roots = 0;
	finds("", NULL, good_cf, "sendmail-ca", error, "no root certificate");
	host_state.roots = 140;
	finds_in("O DANE=true\n", "", "sendmail-dane", FINDING_WARN,
	    "O DANE is not set");
	finds("[milter]\nsendmail-dane = \"no\"\n", NULL, good_cf,
	    "sendmail-dane", error, "but Sendmail does DANE");
	finds("[milter]\nsendmail-dane = \"yes\"\n", NULL, "", "sendmail-dane",
	    error, "does no DANE");
	host_state.ad = AD_PROBE_NO;
	finds("", NULL, good_cf, "resolver-ad", error, "no AD bit");
	host_state.ad = AD_PROBE_YES;
	finds_in("Mesmtp", "Slocal_x\nMesmtp", "sendmail-connection",
	    FINDING_OK, "No local ruleset");
	finds_in("SLocal_tls_server\n",
	    "SLocal_tls_server\nR$*\t$: $>\"TLS_connection\" x\n",
	    "sendmail-connection", error, "delivers all the same");
}

/* The 8.18.2 trap, its cure, and versions without it. */
static void
test_sts(void)
{
	char *sts = changed("O DANE=true\n",
	    "O DANE=true\nO StrictTransportSecurity=true\n");
	char *sni = changed("Mesmtp",
	    "Stls_clt_features\nR$*\t$@ servername=hostname\nMesmtp");
	char *one = xasprintf("%sMesmtp,\tP=[IPC], r=1, F=x\n", sts);

	finds("", "8.18.2", sts, "sendmail-sts", FINDING_ERROR, "loses mail");
	finds("", "8.18.2", sni, "sendmail-sts", FINDING_ERROR,
	    "servername= in tls_clt_features loses mail");
	finds("", "8.18.2", one, "sendmail-sts", FINDING_WARN,
	    "beside tlsherald.m4");
	finds("", "8.18.1", sts, "sendmail-sts", FINDING_WARN,
	    "beside tlsherald.m4");
	finds("", "8.18.1", sni, "sendmail-sts", FINDING_OK, "(SNI)");
	finds("", "8.18.2", good_cf, "sendmail-sts", FINDING_OK,
	    "may show another");
	free(one);
	free(sni);
	free(sts);
}

static void
test_mta(void)
{
	finds_in("O InputMailFilters=a,tlsherald\n", "", "sendmail-milter",
	    FINDING_ERROR, "No input filter");
	finds_in("inet:8460@127.0.0.1", "inet:8461@127.0.0.1",
	    "sendmail-milter", FINDING_ERROR, "No input filter");
	finds_in("S=inet:8460@127.0.0.1", "S=inet:8460@127.0.0.1, F=R",
	    "sendmail-milter", FINDING_WARN, "F=R");
	finds_in("CacheSize=0", "CacheSize=2", "sendmail-reuse", FINDING_WARN,
	    "confMCI_CACHE_SIZE");
	finds_in("queuereturn=5d", "queuereturn=7d", "sendmail-queue",
	    FINDING_WARN, "queue-lifetime = \"7d\"");
	finds_in("O DANE=true\n", "O DANE=true\nDSrelay.test\n",
	    "sendmail-routing", FINDING_WARN, "smart host");
}

static void
test_build(void)
{
	struct sendmail_host s;
	struct check_sendmail k;
	struct conf *c = conf_parse("t", "", 0, NULL, NULL);

	memset(&s, 0, sizeof(s));
	sendmail_host_build(&s, "Version 8.15.2\n Compiled with: LOG\n");
	memset(&k, 0, sizeof(k));
	k.c = c;
	k.s = &s;
	k.host = &host;
	check_sendmail_build(&k);
	is_int((long long)findings_count(&k.out, FINDING_ERROR), 4,
	    "each flag that is missing is an error");
	findings_clear(&k.out);
	conf_unref(c);
	is_int(check_sendmail_version("8.17.1.9"), 81701, "8.17.1.9");
	is_int(check_sendmail_version("8.18.2"), 81802, "8.18.2");
	is_int(check_sendmail_version("x"), 0, "none");
}

int
main(void)
{
	host_state.roots = 140;
	host_state.ad = AD_PROBE_YES;
	test_good();
	test_rulesets();
	test_tls();
	test_sts();
	test_mta();
	test_build();
	return done_testing();
}
