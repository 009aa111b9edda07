#!/usr/bin/perl
# What only the daemon sees fail becomes libtlsrpt datagrams, with a real name
# server, policy host and collector's socket: one for each attempt, for those
# who ask for reports, and no lookup waits for the collector.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use JSON::PP;
use Socket qw(AF_UNIX SOCK_DGRAM MSG_DONTWAIT pack_sockaddr_un);
use Test::More;
use World;

my $v = "version: STSv1\n";

# An unsigned domain with an enforce policy, which asks for reports.
sub sts {
	my ($name, %more) = @_;

	return { name => "$name.test", about => $name,
	    sts => ['enforce', 'mx.*'], records => ['@ IN MX 10 mx',
	    'mx IN A 127.1.9.9', '_smtp._tls IN TXT "v=TLSRPTv1; ' .
	    "rua=mailto:tls\@$name.test\""], %more };
}

my $world = World->enter(name => 'outcomes', sender => 'bookworm');
$world->start(mail => 0, domains => [
    sts('gone', web => { status => 404 }),
    sts('self', webcert => { self => 1 }),
    sts('junk', web => { body => "$v<html>\n" }),
    sts('fine'),
    sts('quiet', web => { status => 404 }, records => ['@ IN MX 10 mx',
    'mx IN A 127.1.9.9']),
    { name => 'out.test', about => 'signatures ran out', sign => 'expired',
	mx => [], records => ['mx IN A 127.1.9.9'] },
    { name => 'far.test', about => 'signed, its MX host is not', sign => 1,
	mx => [], records => ['@ IN MX 10 mx.out.test.',
	'_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@far.test"'] },
]);

my $path = "$World::Daemon::run/tlsrpt.sock";
sub collector {
	socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
	unlink($path);
	bind($socket, pack_sockaddr_un($path)) or die "$path: $!\n";
	chmod(0666, $path);
	return $socket;
}

# The next datagram, or undef after some seconds.
sub datagram {
	my ($socket, $seconds) = @_;

	return unless IO::Select->new($socket)->can_read($seconds // 10);
	recv($socket, my $data, 1 << 18, MSG_DONTWAIT) // die "recv: $!\n";
	return $data;
}

my $socket = collector();
my $daemon = $world->daemon($world->config(
    'report.collect.socket' => "\"$path\""));
$daemon->start;

sub failure {
	my ($domain, $type, $code, $reason, $policy, $mx) = @_;
	my $n = defined $mx ? "\"n\": \"$mx\"," : '';

	$policy //= $domain;
	return qr/\A\Q{"dpv": "1","d": "$domain","pr": \E\Q"v=TLSRPTv1; \E
	    \Qrua=mailto:tls@\E\Q$domain","policies":[{"policy-type":$type,\E
	    \Q"policy-domain": "$policy","failure-details":[\E
	    \Q{"c":$code,$n"f": \E"(?:[^"\\]|\\.)*$reason(?:[^"\\]|\\.)*"\Q}],"t":1,"f":1}]}\E\z/x;
}

for (['gone', 2, 301, '404'], ['self', 2, 303, 'certificate'],
    ['junk', 2, 302, 'invalid']) {
	my ($name, @want) = @$_;

	is($daemon->lookup('postfix', "$name.test"), 'NOTFOUND ',
	    "$name: as no policy");
	my $data = datagram($socket) // 'nothing';
	like($data, failure("$name.test", @want), "$name: told");
	ok(eval { decode_json($data) }, "$name: JSON");
}
like($daemon->lookup('postfix', 'far.test'), qr/^TEMP /, 'bogus: held back');
like(datagram($socket) // 'nothing', failure('far.test', 1, 305, 'bogus',
    'mx.out.test', 'mx.out.test'), 'bogus: told');

# None for who asks for no reports, none for what is well, none for a lookup.
is($daemon->lookup('postfix', 'quiet.test'), 'NOTFOUND ', 'no TLSRPT record');
like($daemon->lookup('postfix', 'fine.test'), qr/^OK secure/, 'all well');
$daemon->lookup('postfix', "$_.test") for ('gone', 'self', 'far') x 5;
World::Proc::wait_until(10, sub {
	$world->dns->queries('_smtp._tls.quiet.test', 'TXT') }) or
    fail('the record was not asked for');
ok(!IO::Select->new($socket)->can_read(0), 'nothing more is told');

is_deeply($daemon->stats->{service}{outcomes}, { 'sts-policy-fetch-error' => 1, 'sts-webpki-invalid' => 1,
    'sts-policy-invalid' => 1, 'dnssec-invalid' => 1, session => 0,
    lost => 0 },
    'counted by result type');

subtest 'a collector that is full or away delays nobody' => sub {
	my $mark = $daemon->log_mark;

	socket(my $filler, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
	1 while send($filler, 'x', MSG_DONTWAIT, pack_sockaddr_un($path));
	is($daemon->stop('KILL'), 9, 'killed: failures are forgotten');
	$daemon->start;
	is($daemon->lookup('postfix', 'gone.test'), 'NOTFOUND ', 'full');
	$daemon->await_log($mark, qr/domain=gone\.test outcome=\S+ cannot be/);
	close($socket);
	unlink($path);
	is($daemon->lookup('postfix', 'self.test'), 'NOTFOUND ', 'away');
	World::Proc::wait_until(10, sub {
		$daemon->stats->{service}{outcomes}{lost} == 2 }) or
	    fail('both are counted as lost');
	$socket = collector();
	is($daemon->lookup('postfix', 'junk.test'), 'NOTFOUND ', 'again');
	like(datagram($socket) // 'nothing', failure('junk.test', 2, 302,
	    'invalid'), 'a collector that is restarted is found');
};

is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
