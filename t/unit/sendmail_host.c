/* sendmail_host: what builds and sendmail.cf say, as they are written */
#include "config.h"

#include "milter/sendmail_host.h"
#include "t/unit/tap.h"

#include <string.h>

static const char build_817[] =
    "Version 8.17.1.9\n Compiled with: DNSMAP IPV6_FULL MILTER\n"
    "\t\tSOCKETMAP STARTTLS TLS_EC\n"
    "   FFR Defines: _FFR_MTA_STS _FFR_TLS_ALTNAMES\n";
static const char build_818[] =
    "Version 8.18.1\n Compiled with: DANE HAVE_SSL_CTX_dane_enable\n"
    "\t\tMILTER SOCKETMAP STARTTLS\n   FFR Defines: _FFR_TLS_ALTNAMES\n";

static const char cf[] =
    "# O DANE=true\n"
    "DSrelay.test\n"
    "O DANE=true\n"
    "#O TLSFallbacktoClear\n"
    "O SetCertAltnames=true\n"
    "O Timeout.queuereturn=5d\n"
    "O Timeout.queuereturn.normal=1d\n"
    "Ktlspol socket -f -d10 -T<TMPF> inet:8461@127.0.0.1\n"
    "Ktlsrep socket -f inet:8461@127.0.0.1\n"
    "Stls_rcpt\n"
    "R$*\t\t\t$@ OK\n"
    "SLocal_tls_server\n"
    "R$*\t\t\t$: $1 $| $(tlsrep $&i $: ok $)\n"
    "SLocal_tls_rcpt\n"
    "R$* $| $*\t\t$: $(tlspol $&i/$1 $: none $)\n"
    "RPASS\t\t\t$@ OK\n"
    "R$*\t\t\t$#error $@ 4.7.0 $: \"454 no valid answer\"\n"
    "Xtlsherald, S=inet:8460@127.0.0.1\n"
    "O InputMailFilters=tlsherald\n"
    "Msmtp,\t\tP=[IPC], r=1, F=mDFMuX\n"
    "Mesmtp,\t\tP=[IPC], F=mDFMuXa,\n"
    "\t\tT=DNS/RFC822/SMTP, r=1,\n"
    "\t\tA=TCP $h\n";

static void
test_build(void)
{
	struct sendmail_host h;

	memset(&h, 0, sizeof(h));
	sendmail_host_build(&h, build_817);
	ok(h.found && h.starttls && h.socketmap && h.milter && h.sts &&
		h.altnames && !h.dane,
	    "8.17.1 as Debian builds it");
	is_str(h.version, "8.17.1.9", "its version");
	memset(&h, 0, sizeof(h));
	sendmail_host_build(&h, build_818);
	ok(h.found && h.dane && !h.sts, "8.18.1 does DANE");
	memset(&h, 0, sizeof(h));
	sendmail_host_build(&h, "Version 3.7\n");
	ok(!h.found, "another program");
	sendmail_host_build(&h, NULL);
	ok(!h.found, "none");
}

static void
test_cf(void)
{
	struct sendmail_host h;
	char value[16];

	memset(&h, 0, sizeof(h));
	sendmail_host_cf(&h, cf);
	ok(h.cf_found && h.o_dane && h.o_altnames && h.smart_host, "options");
	ok(!h.fallback_clear && !h.o_sts && !h.sends_sni, "and not others");
	is_str(h.queue_return, "5d", "queuereturn, not that of a class");
	ok(h.rule_rcpt && h.rule_closed && h.rule_server, "our rulesets");
	ok(h.max_rcpt_1, "one recipient at a time, on a further line");
	is_str(h.input, "tlsherald", "input filters");
	has_str(h.filters, "S=inet:8460@127.0.0.1", "a filter");
	ok(sendmail_host_map_option(h.tlspol, 'd', value, sizeof(value)),
	    "tlspol has -d");
	is_str(value, "10", "its value");
	ok(sendmail_host_map_option(h.tlspol, 'T', value, sizeof(value)),
	    "and -T");
	ok(!sendmail_host_map_option(h.tlsrep, 'd', value, sizeof(value)),
	    "tlsrep has none");
	sendmail_host_build(&h, build_818);
	ok(sendmail_host_does_dane(&h), "built in and switched on");
}

static void
cf_says(const char *text, bool open, bool dane, bool sni)
{
	struct sendmail_host h;

	memset(&h, 0, sizeof(h));
	sendmail_host_cf(&h, text);
	is_int(!h.rule_closed, open, "fails open: %s", text);
	is_int(h.o_dane, dane, "O DANE");
	is_int(h.sends_sni, sni, "SNI");
}

static void
test_variants(void)
{
	cf_says("SLocal_tls_rcpt\nR$*\t$#error $: x\nRPASS\t$@ OK\n", true,
	    false, false);
	cf_says("SLocal_tls_rcpt\nR$*\t$@ OK\n", true, false, false);
	cf_says("SLocal_tls_rcpt\nR$*\t$#error $: x\nSother\nR$*\t$@ OK\n",
	    false, false, false);
	cf_says("O DANE=true\nO DANE=false\n", true, false, false);
	cf_says("ODANE=always\n", true, true, false);
	cf_says("O DANEX=true\n", true, false, false);
	cf_says("Stls_clt_features\nR$*\t$@ servername=hostname\n", true, false,
	    true);
	cf_says("", true, false, false);
}

int
main(void)
{
	test_build();
	test_cf();
	test_variants();
	return done_testing();
}
