#!/usr/bin/perl
# Reports by HTTPS to real servers: those that take them, and those that answer
# 500 or 301, hang, or have a bad certificate.  One address that fails never
# stops another.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::Reportgen;
use World::ReportTest;
use World::Rua;

# A host: what it answers, the kind of its certificate, where 301 leads.
my %host = (
	ok => { answers => [200] },
	created => { answers => [201] },
	self => { cert => 'self' },
	expired => { cert => 'expired' },
	wrong => { cert => 'wrong' },
	moved => { answers => [301], to => 'https://target.rua.test/reports' },
	target => { answers => [200] },
	again => { answers => [500, 503, 200] },
	broken => { answers => [500] },
	hang => { answers => ['hang'] },
);
my $box = 'reports.test';
my %both = (broken => 1, hang => 1, moved => 1);	# have a mailto, too

# A domain that asks for reports at one of the hosts.
sub row {
	my ($name) = @_;
	my $rua = "https://$name.rua.test/reports" .
	    ($both{$name} ? ",mailto:$name\@$box" : '');

	return { name => "r-$name.test", about => $name, mx => [[10, 'mx',
	    'self']], records => ["_smtp._tls IN TXT \"v=TLSRPTv1; rua=$rua\""] };
}

my @names = grep { $_ ne 'target' } sort keys %host;
my $world = World->enter(name => 'rua', sender => 'trixie');
$world->start(tlsherald => 0, more => $World::Reportgen::main, domains => [
    (map { row($_) } @names), { name => $box, about => 'takes reports',
	mx => [[10, 'mx', 'good']] }]);
my $rua = World::Rua->new($world);
$rua->host("$_.rua.test", %{$host{$_}}) for keys %host;
$world->dns->zone('rua.test', records => [map {
    "$_ IN A $World::Web::address" } keys %host]);
$world->publish;

my $sender = $world->sender;
my $rg = World::Reportgen->new($world,
    $world->config(World::Reportgen::keys_for($world)));
$rg->start;
my $since = time;
for my $name (@names) {
	my $to = "u\@r-$name.test";
	my $sent = $sender->send('alice@sender.test', [$to]);

	is($sender->result($sent->{id}, $to)->{status}, 'sent', "mail to $to");
}
World::ReportTest::collected($rg, $since, { map { ("r-$_.test" =>
    World::ReportTest::passed('no-policy-found', "r-$_.test")) } @names },
    'collected');
my ($status, $out) = $rg->command('send', World::ReportTest::day($since));
is($status, 75, 'send: not all is settled') or diag($out);
like($out, qr{^ +https://broken\.\S+: pending: HTTP status 500$}m,
    'and what is not');

# The states of a domain's destinations: hash by URI scheme.
sub fates {
	my ($name) = @_;
	my $list = $rg->json('list');
	my ($report) = grep { $_->{domain} eq "r-$name.test" }
	    @{$list->{reports}};

	return { map { ($_->{uri} =~ /^(\w+):/)[0] => $_ }
	    @{$report->{destinations}} };
}

# Waits until the HTTPS destination of a domain is in a state.
sub await_fate {
	my ($name, $fate) = @_;

	return World::Proc::wait_until(20, sub {
		fates($name)->{https}{fate} eq $fate });
}

# --- Whoever says 2xx has it, once, whatever his certificate.
for my $name (qw(ok created self expired wrong)) {
	my ($request, @more) = $rua->await("$name.rua.test", 1);

	ok(!@more, "$name: one request");
	like($request->{head}, qr{\APOST /reports }, "$name: POST");
	like($request->{head}, qr{^Content-Type: application/tlsrpt\+gzip$}mi,
	    "$name: media type");
	is(World::Reports::lines(World::Reports::from_gzip($request->{body})),
	    "no-policy-found r-$name.test 1 0", "$name: the report");
	ok(await_fate($name, 'accepted'), "$name: accepted");
}
for my $name (qw(self expired wrong)) {
	like($rg->log_text, qr/to=$name\.rua\.test certificate=invalid/,
	    "$name: the log tells of its certificate");
}
unlike($rg->log_text, qr/to=ok\.rua\.test certificate/, 'ok: it does not');

# --- Others have not, and another address of the domain gets it all the same.
for my $name (qw(moved broken hang)) {
	$rua->await("$name.rua.test", 1);
	my ($mail) = World::Proc::wait_until(30, sub {
		my $found = World::Reports::by_domain($world->mx->mails);
		$found->{"r-$name.test"}[0] });

	ok($mail, "$name: by mail");
	isnt(fates($name)->{https}{fate}, 'accepted', "$name: not by HTTPS");
}
like(fates('moved')->{https}{error}, qr/301/, 'moved: says what it got');
like(fates('broken')->{https}{error}, qr/500/, 'broken: says what it got');
is(scalar($rua->requests('target.rua.test')), 0, 'redirects are not followed');

like(fates('hang')->{https}{error}, qr/timed out/, 'hang: is not waited for');

# --- A failure is tried again, later and later, until it is taken or a day is
# over.
$rua->answers('hang.rua.test', 200);
is(scalar($rua->requests('again.rua.test')), 1, 'again: one try so far');
my $shift = 0;
for my $tries (2, 3) {
	World::Proc::wait_until(10, sub {
		fates('again')->{https}{tries} == $tries - 1 });
	$shift += 6 * 3600;
	$rg->clock->set($shift);
	is(($rg->command('send'))[0], 75, 'send what is due');
	$rua->await('again.rua.test', $tries);
}
ok(await_fate('again', 'accepted'), 'again: accepted in the end');
ok(await_fate('hang', 'accepted'), 'hang: too, now that it answers');
my @bodies = map { $_->{body} } $rua->requests('again.rua.test');
is($bodies[1], $bodies[0], 'again: octet by octet the same report');
$rg->clock->set(26 * 3600);
is(($rg->command('send'))[0], 0, 'a day later');
for my $name (qw(moved broken)) {
	ok(await_fate($name, 'refused'), "$name: given up");
	is(fates($name)->{mailto}{fate}, 'accepted', "$name: it has the mail");
}

is($rg->stop, 0, 'reportgen ends clean');
done_testing();
