#!/usr/bin/perl
# What tlsherald-reportgen says of itself: status with and without the daemon,
# and the page of metrics, valid in Prometheus' text format and without any
# domain.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Exposition qw(mistakes);
use IO::Socket::INET;
use JSON::PP;
use LocalReporter;
use POSIX qw(strftime);
use Test::More;
use World::Clock;

# A port that was free a moment ago.
my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    ->sockport;
my $r = LocalReporter->new("[metrics.reportgen]\n" .
    "listen = \"127.0.0.1:$port\"\n");
# noon, so that no day ends meanwhile
my $clock = World::Clock->new($r->{dir});
$clock->set(43200 - time % 86400);
$ENV{TLSHERALD_WRAP} = join(' ', $clock->wrap);
my $today = strftime('%Y-%m-%d', gmtime($clock->now));

sub command {
	my ($status, $out) = World::Proc::try_run($clock->wrap, $r->{program},
	    '-c', $r->{file}, @_);
	return (World::Proc::exit_status($status), $out);
}

sub status {
	my ($status, $out) = command('status', '--json', @_);

	is($status, 0, 'status') or diag($out);
	return decode_json($out);
}

sub page {
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
	    Timeout => 10) or die "connect: $!\n";

	print $s "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	my ($head, $body) = split(/\r\n\r\n/, do { local $/; <$s> }, 2);
	like($head, qr{^HTTP/1\.1 200 OK\r\n}, 'GET /metrics');
	return $body;
}

sub value {
	my ($page, $sample) = @_;
	my ($value) = $page =~ /^tlsherald_\Q$sample\E (\S+)$/m;
	return $value;
}

my $s = status();
ok(!$s->{running} && !@{$s->{periods}}, 'nothing yet');
my ($exit, $text) = command('status');
like($text, qr/^The daemon does not run\.$/m, 'for people');

# what root makes before the first start, the daemon can use
mkdir($r->{state}) or die "$r->{state}: $!\n";
chown((getpwnam('nobody'))[2, 3], $r->{state}) if $> == 0;
my ($held) = command('hold', 'c.example');
is($held, 0, 'hold before the first start');
$r->start;
is(join(' ', mistakes(page())), '', 'a page without a figure is valid');
$r->post_all((LocalReporter::datagram('a.example')) x 3,
    LocalReporter::datagram('b.example', failures => '{"c":204}'),
    'hello', '[]', '');
$s = status();
ok($s->{running}, 'the daemon runs');
like($s->{obstacle}, qr/via is none/, 'why nothing is sent');
is($s->{notice}, undef, 'nothing is old');
is_deeply($s->{dropped}, { 'empty' => 1, 'not-json' => 1, 'not-object' => 1 },
    'what was not counted, by reason') or diag(explain($s->{dropped}));
like((command('status'))[1], qr/^Received and not counted: 1 \S+, 1 \S+, 1 \S+\.$/m,
    'for people');
my ($p) = @{$s->{periods}};
is("$p->{begin} $p->{domains} $p->{success} $p->{failure} $p->{waiting}",
    "${today}T00:00:00Z 2 3 1 2", 'status has what came a moment ago');
ok($p->{next} gt "${today}T23:59:59Z", 'due after the day');
($exit, $text) = command('status');
like($text, qr/^The daemon runs\.$/m, 'for people: the daemon');
like($text, qr/^Nothing is sent: /m, 'for people: the obstacle');
like($text, qr/^$today +2 +4 +1 +2 /m, 'for people: the period');
ok(!(grep { length > 80 } split(/\n/, $text)), 'in lines of 80 columns') or
    diag($text);

my $page = page();
is(join(' ', mistakes($page)), '', 'the page is valid') or diag($page);
is(value($page, 'report_datagrams_total'), 7, 'datagrams');
is(value($page, 'report_sessions_total'), 4, 'sessions');
is(value($page, 'report_datagram_faults_total{reason="not-json"}'), 1,
    'not JSON');
is(value($page, 'report_datagram_faults_total{reason="empty"}'), 1, 'empty');
is(value($page, 'report_can_send'), 0, 'nothing can be sent');
is(value($page, 'report_store_ok'), 1, 'the store can be read');
cmp_ok(value($page, 'report_checkpoint_time_seconds'), '>=',
    $clock->now - 60, 'it was stored just now');
unlike($page, qr/example/, 'no domain is named');
my $pid = $r->child('receiver');
kill('KILL', $pid);
$r->await_child('receiver', $pid);
is(value(page(), 'reportgen_restarts_total{process="receiver"}'), 1,
    'a receiver that died is counted');
is(value(page(), 'report_datagrams_total'), 7, 'and takes no figure along');

is($r->stop, 0, 'it ends');
$s = status();
ok(!$s->{running} && $s->{periods}[0]{success} == 3,
    'status without the daemon has the same');
is(status('--days', '1')->{periods}[0]{domains}, 2, 'of one day');
# A key that can't be read: nothing is made of what is due, and status says why.
sub keyless {
	my $k = LocalReporter->new(<<"END", aggregate => <<'AGGREGATE');
[signature.x]
algorithm = "rsa-sha256"
domain = "site.test"
selector = "x"
private-key = "file:/nonexistent/key.pem"
END
from-address = "tls@site.test"
org-name = "Site"
contact-info = "tls@site.test"
spread = "0s"
sign = ["x"]
AGGREGATE
	my $text = $k->config =~ s{"none"}{"sendmail:$k->{dir}/sendmail"}r;

	World::Proc::write_file("$k->{dir}/sendmail",
	    "#!/bin/sh\ntouch $k->{state}/mailed\n");
	chmod(0755, "$k->{dir}/sendmail");
	$k->write($text);
	my $other = $r;
	$r = $k;
	$k->start;
	$k->post_all(LocalReporter::datagram('a.example'));
	$k->checkpoint;
	$clock->set($clock->{seconds} + 86400);
	$k->signal('USR2');
	$k->await_log(qr/no reports are made: the private keys/);
	my $s = status();
	like($s->{obstacle}, qr/private keys .* could not be read/,
	    'status names the keys');
	is($s->{periods}[0]{waiting}, 1, 'sessions wait');
	is($k->stop, 0, 'it ends');
	like(status()->{obstacle}, qr/private keys/, 'said afterwards too');
	ok(!-e "$k->{state}/mailed", 'nothing was sent');
	$r = $other;
}
keyless();

for (['status', '--days', '0'], ['status', 'x'], ['export'],
    ['export', '--day', 'x'], ['import'], ['check', 'x'], ['keygen'],
    ['keygen', 'a b'], ['keygen', 'a', '--bits', '512'],
    ['keygen', 'a', '--service', 'all']) {
	is((command(@$_))[0], 64, "usage: @$_");
}
is((command('keygen', 'a'))[0], 64, 'keygen without a domain');
is((command('import', "$r->{dir}/none"))[0], 66, 'import of no file');
done_testing();
