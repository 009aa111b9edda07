# World::SendmailReport - the reports that come of Sendmail's sessions
#
# The same mails as World::ReportTest sends, with Sendmail's rulesets telling of
# each session instead of libtlsrpt: exact under testing policies too.
package World::SendmailReport;
use strict;
use warnings;
use Test::More;
use World::ReportTest;

*failed = \&World::ReportTest::failed;
*passed = \&World::ReportTest::passed;

# Sendmail says that a certificate is not trusted, not why.
our %differs = (
	'sts-selfsigned.test' => failed('sts', 'sts-selfsigned.test',
	    'certificate-not-trusted'),
	'sts-expired.test' => failed('sts', 'sts-expired.test',
	    'certificate-not-trusted'),
	# its reason is a sentence
	(map { s{/mx-mismatch}{}r } map { ($_ => $World::ReportTest::beside{$_}) }
	    qw(sts-mxoutside.test sts-mxoutside-only.test
	    test-mxoutside.test)),
	# it has seen the names, which the log of Postfix does not tell
	'test-wrongname.test' => failed('sts', 'test-wrongname.test',
	    'certificate-host-mismatch'),
);

# Where it does no DANE, DANE is no policy that was applied.
my %nodane = (
	(map { ($_ => passed('no-policy-found', $_)) } qw(dane-good.test
	    dane-mismatch.test danehost.test insec-dane.test)),
	'dane-over-sts.test' => passed('sts', 'dane-over-sts.test'),
	# starttls = require, and two self-signed certificates
	'dane-mixed.test' => 'no-policy-found dane-mixed.test 0 2 ' .
	    'certificate-not-trusted mx1.dane-mixed.test 1 ' .
	    'certificate-not-trusted mx2.dane-mixed.test 1',
	'dane-one.test' => passed('sts', 'dane-one.test'),
);

sub run {
	my ($version) = @_;
	my ($world, $daemon, $rg, $since) = World::ReportTest::round(
	    "sendmail-report-$version", "sendmail-$version", more => 1);
	my %want = (%World::ReportTest::told, %World::ReportTest::beside,
	    %differs, $world->sender->does_dane ? () : %nodane);

	World::ReportTest::collected($rg, $since, \%want,
	    $world->sender->name);
	is($daemon->stats->{service}{outcomes}{lost}, 0, 'none was lost');
	is($rg->stop, 0, 'reportgen ends clean');
	is($daemon->stop, 0, 'the milter ends clean');
}

1;
