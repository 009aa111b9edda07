#!/usr/bin/perl
# From TLS outcomes to reports: Postfix with libtlsrpt sends one mail to each
# domain of the world's table, its datagrams and the milter's become reports of
# that day.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::Reportgen;
use World::ReportTest;
use World::Round;

my $box = 'reports.test';
my $world = World->enter(name => 'reports', sender => 'trixie');
$world->start(rua => "mailto:tls\@$box", more => $World::Reportgen::main,
    domains => [{ name => $box, about => 'takes reports',
	mx => [[10, 'mx', 'good']], sts => ['enforce', 'mx.*'],
	records => ["_smtp._tls IN TXT \"v=TLSRPTv1; rua=mailto:tls\@$box\""] }]);
my $sender = $world->sender;
my $toml = $world->config(World::Reportgen::keys_for($world));
my $rg = World::Reportgen->new($world, $toml);
my $daemon = $world->daemon($toml);
$rg->start;
$daemon->start;
my $since = time;
World::Round::run($world, $daemon, \&note);
my %want = %World::ReportTest::told;
World::ReportTest::collected($rg, $since, \%want, 'collected');

# --- A testing policy: Postfix says success and did not look.
subtest 'no false success without the log' => sub {
	my $built = $rg->build(World::ReportTest::days($since));

	ok(!$built->{'sts-testing.test'}, 'no report on a testing policy');
	like($sender->log_text, qr/TLSRPT: status=success, domain=sts-testing/,
	    'though Postfix told of success');
};

is($rg->stop, 0, 'reportgen ends clean');
is($daemon->stop, 0, 'the milter ends clean');
done_testing();
