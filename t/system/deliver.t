#!/usr/bin/perl
# Reports on their way: to servers by SMTP and HTTPS that take them, refuse
# them, hang or lie; by records that were written in every way, changed or
# withdrawn. Each address gets what is meant for it, whatever another does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Socket qw(AF_UNIX SOCK_DGRAM pack_sockaddr_un);
use Test::More;
use World;
use World::Clock;
use World::Reportgen;
use World::Reports;
use World::Rua;
use World::Sink;

my $size = 16_000;
my $box = 'sink.test';
my $world = World->enter(name => 'deliver', sender => 'bookworm');
$world->start(mail => 0);
my $run = $World::Reportgen::run;
my $socket = "$run/tlsrpt.sock";
my $sink = World::Sink->new($world, size => $size);
my $rua = World::Rua->new($world);

# --- servers that take reports by HTTPS
my %host = (
	ok => {}, created => { answers => [201] },
	moved => { answers => [301], to => 'https://target.rua.test/' },
	target => {}, fails => { answers => [500, 200] },
	stuck => { answers => ['hang'] }, self => { cert => 'self' },
	expired => { cert => 'expired' }, wrong => { cert => 'wrong' },
);
my %uri = map { ($_ => $rua->host("$_.rua.test", %{$host{$_}})) }
    sort keys %host;
$world->dns->zone('rua.test', records => [
    (map { "$_ IN A $World::Web::address" } sort keys %host),
    'private IN A 10.9.9.9', 'nowhere IN TXT "no address"']);

# --- domains: what their records say, where reports must go ("a" accepted, "r"
# refused, "l" to be tried again, in the record's order) and the state then
my %domain = (
	both => ["rua=mailto:both\@$box,$uri{ok}", 'aa', 'sent'],
	created => ["rua=$uri{created}", 'a', 'sent'],
	moved => ["rua=mailto:moved\@$box,$uri{moved}", 'al', 'going'],
	fails => ["rua=$uri{fails},mailto:fails\@$box", 'la', 'going'],
	self => ["rua=$uri{self}", 'a', 'sent'],
	expired => ["rua=$uri{expired}", 'a', 'sent'],
	wrong => ["rua=$uri{wrong}", 'a', 'sent'],
	private => ["rua=https://private.rua.test/,mailto:private\@$box", 'la',
	    'going'],
	literal => ["rua=https://192.168.7.7/x,https://[fd00::7]/x," .
	    "mailto:literal\@$box", 'lla', 'going'],
	nowhere => ["rua=https://nowhere.rua.test/,mailto:nowhere\@$box", 'la',
	    'going'],
	refused => ["rua=mailto:refused\@$box,$uri{ok}", 'ra', 'sent'],
	alone => ["rua=mailto:refused\@$box", 'r', 'failed'],
	later => ["rua=mailto:later\@$box", 'l', 'going'],
	end => ["rua=mailto:end\@$box", 'l', 'going'],
	drop => ["rua=mailto:drop\@$box", 'l', 'going'],
	# what existing reporters stumble over
	blank => ["  ;\trua=mailto:blank\@$box", 'a', 'sent', 'v=TLSRPTv1'],
	other => ["x=y;rua=mailto:other\@$box;", 'a', 'sent', 'v=TLSRPTv1;'],
	comma => ["rua=mailto:comma1\@$box , mailto:comma2\@$box", 'aa',
	    'sent'],
	upper => ["rua=MAILTO:upper\@$box,HTTPS:" . substr($uri{ok}, 6), 'aa',
	    'sent'],
	second => ["rua=mailto:second1\@$box; rua=mailto:second2\@$box", 'aa',
	    'sent'],
	percent => ["rua=mailto:per%2Ccent\@$box", 'a', 'sent'],
	query => ["rua=mailto:query\@$box?subject=x", 'a', 'sent'],
	unusable => ["rua=ftp://x,mailto:unusable\@$box", 'a', 'sent'],
);
my %answer = (refused => ['550'], later => ['450', 'ok'],
    end => ['end451', 'ok'], drop => ['drop', 'ok']);
$sink->answers("$_\@$box", @{$answer{$_}}) for keys %answer;

sub record {
	my ($name) = @_;
	my ($rest, undef, undef, $begin) = @{$domain{$name}};

	return ($begin // 'v=TLSRPTv1; ') . $rest;
}

# A line for a zone; the text comes in two strings, which belong together.
sub txt {
	my ($name, $text) = @_;
	my $half = length($text) > 20 ? 20 : 1;

	return "_smtp._tls.$name IN TXT " . join(' ', map {
	    '"' . s/(["\\])/\\$1/gr . '"' } substr($text, 0, $half),
	    substr($text, $half));
}

# Datagrams of COUNT sessions to DOMAIN, whose record was RECORD.
sub told {
	my ($domain, $record, $count, @policy) = @_;

	socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
	my $json = JSON::PP->new->utf8->canonical;
	for my $i (1 .. $count // 1) {
		my $policy = { 'policy-type' => 9, 'policy-domain' => $domain,
		    t => 0, f => 0, map { ref($_) ? $_->($i) : () } @policy };
		send($s, $json->encode({ dpv => '1', d => $domain,
		    pr => $record, policies => [$policy] }), 0,
		    pack_sockaddr_un($socket)) or die "send: $!\n";
	}
}

my @zone = map { txt($_, record($_)) } sort keys %domain;
$world->dns->zone('to.test', records => [@zone, 'x IN A 127.0.0.9',
    txt('several', "v=TLSRPTv1;rua=mailto:s1\@$box"),
    txt('several', "v=TLSRPTv1;rua=mailto:s2\@$box"),
    map { txt($_, "v=TLSRPTv1; rua=mailto:$_\@$box") }
    qw(held sup own large stuck)]);
$world->dns->zone('dead.test', servfail => 1);
$world->publish;

my $clock = World::Clock->new($world->{run});
my %keys = ('report.collect.socket' => "\"$socket\"",
    'report.deliver.via' => '"' . $sink->via . '"');
my $rg = World::Reportgen->new($world,
    $world->config(World::Reportgen::keys_for($world, %keys)));
$rg->start($clock->wrap);

# What "send" and others say of reports, by domain.
sub told_of {
	my ($status, $out) = @_;
	my ($json) = $out =~ /^(\{"schema".*)$/m or die "no JSON: $out\n";

	return { map { ($_->{domain} => $_) }
	    @{JSON::PP->new->decode($json)->{reports}} };
}

# Destinations of a report as in %domain.
sub fates {
	my ($report) = @_;
	my %word = (accepted => 'a', refused => 'r', pending => 'l',
	    suppressed => 's', capped => 'c');

	return join('', map { $word{$_->{fate}} }
	    @{$report->{destinations}});
}

sub listed {
	my ($domain) = @_;

	return told_of($rg->command('list', '--domain', $domain, '--json'))
	    ->{$domain};
}

# Waits until the state of a domain's report is one.
sub await_state {
	my ($domain, $state) = @_;

	World::Proc::wait_until(20, sub {
		(listed($domain) // {})->{state} eq $state });
	return listed($domain);
}

# --- the first try
told("$_.to.test", record($_)) for sort keys %domain;
told('gone.to.test', "v=TLSRPTv1; rua=mailto:gone\@$box");
told('several.to.test', "v=TLSRPTv1; rua=mailto:several\@$box");
told('x.dead.test', "v=TLSRPTv1; rua=mailto:dead\@$box");
my ($status, $out) = $rg->command('send', 'today', '--json');
is($status, 75, 'send says that some are to be tried again') or diag($out);
my $sent = told_of($status, $out);
for my $name (sort keys %domain) {
	my (undef, $fates, $state) = @{$domain{$name}};
	my $report = $sent->{"$name.to.test"};

	is(($report->{state} // 'none') . ' ' . fates($report),
	    "$state $fates", "$name: $state") or diag(explain($report));
}
is($sent->{'gone.to.test'}{state}, 'withdrawn',
    'a record that is gone withdraws the report');
is($sent->{'several.to.test'}{state}, 'withdrawn', 'and so do two records');
is($sent->{'x.dead.test'}{state}, 'sent',
    'where the DNS does not answer, the record that was seen counts');
is(scalar($sink->mails("dead\@$box")), 1, 'and its address has the report');
is(scalar($sink->mails("per,cent\@$box")), 0, 'a comma is quoted');
is(scalar($sink->mails("\"per,cent\"\@$box")), 1, 'and arrives');
is(scalar(map { $sink->mails("$_\@$box") } qw(gone several s1 s2)), 0,
    'nobody else has one');

# --- what a mail is like
my ($mail) = $sink->mails("both\@$box");
my $got = World::Reports::from_mail($mail);
is($mail->{from}, $World::Reportgen::from, 'the envelope sender');
is($got->{fields}{'tls-required'}, 'No', 'TLS-Required: No');
is($got->{fields}{'auto-submitted'}, 'auto-generated', 'Auto-Submitted');
is($got->{fields}{to} =~ s/[<>]//gr, "both\@$box", 'To');
my ($id) = $got->{fields}{subject} =~ /Report-ID: <([^<>]+)>\s*$/;
is($id, $got->{report}{'report-id'}, 'the Report-ID is the one inside');
unlike($id // ':', qr/:/, 'and has no colon');
is($got->{report}{'report-id'}, $sent->{'both.to.test'}{id},
    'and the one in the outbox');
is($got->{report}{policies}[0]{summary}{'total-successful-session-count'}, 1,
    'a report of success alone is sent');

# --- what a POST is like
my ($post) = $rua->requests('ok.rua.test');
like($post->{head}, qr{^POST /reports HTTP/1\.[01]$}m, 'POST');
like($post->{head}, qr{^Content-Type: application/tlsrpt\+gzip$}mi,
    'media type');
like(World::Reports::from_gzip($post->{body})->{'report-id'}, qr/\@/,
    'the body is a report');
my %posts = map { ($_ => scalar($rua->requests("$_.rua.test"))) } keys %host;
is($posts{target}, 0, 'a redirect is not followed');
is_deeply([@posts{qw(moved fails created self expired wrong)}], [(1) x 6],
    'one request each');
my $log = $rg->log_text;
like($log, qr/ $_\.to\.test .*certificate=invalid sent=nevertheless/,
    "$_: sent, with a line in the log") for qw(self expired wrong);
unlike($log, qr/ created\.to\.test .*certificate=/,
    'nothing of a good certificate');
my ($private) = grep { $_->{uri} =~ /^https/ }
    @{$sent->{'private.to.test'}{destinations}};
like($private->{error}, qr/private/, 'a private address is named as such');
is(listed('both.to.test')->{state}, 'sent', 'list says so as well');

# --- SIZE of the server
like($log, qr/ started version=/, 'the daemon says that it has started');
told('large.to.test', "v=TLSRPTv1; rua=mailto:large\@$box", 150, sub {
	(f => 1, t => 1, 'policy-type' => 9, 'failure-details' => [{ c => 205,
	    r => '192.0.2.' . ($_[0] % 250), n => 'mx.large.test',
	    f => join('', map { chr(97 + rand(26)) } 1 .. 190) }]) });
($status, $out) = $rg->command('send', 'today', 'large.to.test', '--json');
is($status, 0, 'a large report is sent') or diag($out);
my @large = $sink->mails("large\@$box");
my @sizes = map { -s $_->{file} } @large;
cmp_ok((sort { $b <=> $a } @sizes)[0], '<=', $size + 200,
    "within the server's SIZE: @sizes");
my $sessions = 0;
$sessions += $_->{summary}{'total-failure-session-count'}
    for map { @{World::Reports::from_mail($_)->{report}{policies}} } @large;
is($sessions, 150, 'and each session is in it once');

# --- one that hangs holds up nobody; it has its own process meanwhile
told('stuck.to.test', "v=TLSRPTv1; rua=mailto:stuck\@$box");
$world->dns->zone('to.test', records => [@zone,
    txt('stuck', "v=TLSRPTv1; rua=$uri{stuck},mailto:stuck\@$box"),
    map { txt($_, "v=TLSRPTv1; rua=mailto:$_\@$box") }
    qw(held sup own large)]);
$world->publish;
my $begun = time;
my $stuck = World::Proc->spawn(log => "$world->{run}/stuck.log",
    command => [$clock->wrap, $rg->{program}, '-c', $rg->{file}, 'send',
	'today', 'stuck.to.test', '--json']);
$sink->await("stuck\@$box", 1);
$rua->await('stuck.rua.test', 1);

# --- our own mails' sessions
told($box, "v=TLSRPTv1; rua=mailto:own\@$box");
told('own.to.test', "v=TLSRPTv1; rua=mailto:own\@$box");
(undef, $out) = $rg->command('preview', 'today', $box);
like($out, qr/no session/, 'a session that our report caused is left out');
(undef, $out) = $rg->command('preview', 'today', 'own.to.test');
unlike($out, qr/no session/, 'another one counts');

# --- held back, and released
is(($rg->command('hold', 'HELD.to.test'))[0], 0, 'hold');
told('held.to.test', "v=TLSRPTv1; rua=mailto:held\@$box");
(undef, $out) = $rg->command('send', 'today', 'held.to.test');
like($out, qr/nothing is to be sent/, 'a report that is held is not sent');
is(listed('held.to.test')->{state}, 'held', 'list says so');
like(($rg->command('hold'))[1], qr/^held\.to\.test$/m, 'hold lists it');
is(($rg->command('release', 'held.to.test'))[0], 0, 'release');
is(await_state('held.to.test', 'sent')->{state}, 'sent', 'then it is sent');

# --- the suppress list
is(($rg->command('suppress', "sup\@$box", '--days', 3, '--why', 'asked us'))
    [0], 0, 'suppress');
told('sup.to.test', "v=TLSRPTv1; rua=mailto:sup\@$box");
($status, $out) = $rg->command('send', 'today', 'sup.to.test', '--json');
is(fates(told_of($status, $out)->{'sup.to.test'}), 's', 'suppressed');
is($status, 69, 'which is told');
is(scalar($sink->mails("sup\@$box")), 0, 'nothing came');
my ($entry) = @{$rg->json('suppress')->{suppressed}};
is("$entry->{target} $entry->{why}", "sup\@$box asked us", 'the list');
is(($rg->command('suppress', '--remove', "sup\@$box"))[0], 0, 'remove');
($status, $out) = $rg->command('resend', 'today', 'sup.to.test', '--json');
is($status, 0, 'resend') or diag($out);
is(scalar($sink->mails("sup\@$box")), 1, 'then it comes');
my $again = told_of($status, $out)->{'sup.to.test'};
($status) = $rg->command('resend', $again->{id}, '--all');
is($status, 0, 'resend by Report-ID, to all');
my @twice = $sink->await("sup\@$box", 2);
is_deeply(World::Reports::fields($twice[0]{header})->{'message-id'},
    World::Reports::fields($twice[1]{header})->{'message-id'},
    'the same mail, by its Message-ID');
($status, $out) = $rg->command('resend', 'today', 'sup.to.test');
like($out, qr/nothing is to be sent/, 'resend leaves out who accepted it');

# --- bounces
sub bounce {
	my ($address) = @_;

	World::Proc::write_file("$world->{run}/bounce", <<"END");
Return-Path: <>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; $address
Action: failed
Status: 5.1.1

--b--
END
	my ($status, $out) = World::Proc::try_run('sh', '-c',
	    'exec "$@" <"$0"', "$world->{run}/bounce", $clock->wrap,
	    $rg->{program}, '-c', $rg->{file}, 'bounce');
	return $status == 0 ? $out : "exit $status: $out";
}
like(bounce("own\@$box"), qr/\A\z/, 'a bounce of a mail that we never sent');
like(bounce("both\@$box"), qr/^both\@\Q$box\E: no reports for 30 days$/,
    'a bounce of one that we sent');
is_deeply([map { $_->{target} } @{$rg->json('suppress')->{suppressed}}],
    ["both\@$box"], 'suppresses its address');

# --- copies for an operator
my $before = ($rg->command('list', '--json'))[1];
($status, $out) = $rg->command('send', 'today', '--to', "me\@$box");
is($status, 0, 'send --to') or diag($out);
my @copies = $sink->mails("me\@$box");
cmp_ok(scalar(@copies), '>', keys %domain, 'every report of the day came');
is(($rg->command('list', '--json'))[1], $before, 'and nothing was marked');

# --- tried again: 500, 450, a reply that never came
my @first = map { ($sink->mails("$_\@$box"))[0] } qw(end drop);
$clock->set(660);
$rg->signal('USR2');
for my $name (qw(fails later end drop)) {
	my $report = await_state("$name.to.test", 'sent');

	is($report->{state}, 'sent', "$name: sent at a later try");
}
is(scalar($rua->requests('fails.rua.test')), 2, 'two requests after a 500');
is(scalar($sink->mails("fails\@$box")), 1, 'and one mail all the same');
for my $i (0, 1) {
	my $name = (qw(end drop))[$i];
	my @both = map { World::Reports::from_mail($_) }
	    $sink->mails("$name\@$box");

	is(scalar(@both), 2, "$name: sent twice");
	is($both[0]{fields}{'message-id'}, $both[1]{fields}{'message-id'},
	    "$name: with one Message-ID");
	is($both[0]{report}{'report-id'}, $both[1]{report}{'report-id'},
	    "$name: and one Report-ID");
}
is(listed('moved.to.test')->{state}, 'going', '301: tried again');

# --- the one that hung
World::Proc::wait_until(120, sub { !$stuck->alive });
cmp_ok(time - $begun, '<', 110, 'a server that hangs ends by our deadline');
my $hung = told_of(0, World::Proc::slurp("$world->{run}/stuck.log"))
    ->{'stuck.to.test'};
is(fates($hung), 'la', 'it is to be tried again; the mail was sent');

$rua->answers('stuck.rua.test', 200);

# --- the end of the day
$clock->set(25 * 3600);
$rg->signal('USR2');
for my $name (qw(moved private literal nowhere)) {
	my $report = await_state("$name.to.test", 'sent');

	like(fates($report), qr/^(?=.*a)[ar]+$/,
	    "$name: after a day the failed address is given up");
	cmp_ok($report->{destinations}[0]{tries} +
	    $report->{destinations}[1]{tries}, '>', 2, 'it was tried again');
}

# --- another config, without a restart
my $mark = $rg->log_mark;
$rg->write($world->config(World::Reportgen::keys_for($world, %keys,
    'report.deliver.https' => 'false')));
$rg->signal('HUP');
$rg->await_log($mark, qr/sender: reloaded/);
($status, $out) = $rg->command('resend', 'yesterday', 'created.to.test', '--all',
    '--json');
is(fates(told_of($status, $out)->{'created.to.test'}), 'r',
    'https that is off is not used from then on');
is(scalar($rua->requests('created.rua.test')), 1, 'nothing came');

# --- without a daemon
is($rg->stop, 0, 'reportgen ends clean');
($status, $out) = $rg->command('resend', $again->{id}, '--all', '--json');
is($status, 0, 'resend without a daemon') or diag($out);
is(scalar($sink->mails("sup\@$box")), 3, 'it comes');
($status, $out) = $rg->command('send');
like($out, qr/nothing is to be sent|: /, 'send without a daemon');
for my $usage (['send', 'a', 'b', 'c'], ['resend'], ['suppress', '--days',
    'x', "a\@$box"], ['release'], ['hold', '--no'], ['bounce', 'x'],
    ['send', '--to', 'me@x.test']) {
	is(($rg->command(@$usage))[0], 64, "usage: @$usage");
}
is(($rg->command('suppress', 'no such thing'))[0], 65, 'not an address');
is(($rg->command('resend', 'no@such.report'))[0], 66, 'no such report');
done_testing();
