# World::SendmailFaults - faults that the table of domains does not have: a
# handshake that breaks, DANE without TLS, TLSA records that nobody answers for
package World::SendmailFaults;
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Socket qw(AF_UNIX SOCK_DGRAM MSG_DONTWAIT pack_sockaddr_un);
use Test::More;
use World::SendmailTest;

my $abort = '127.1.9.8';
my $rua = 'mailto:tls@reports.test';
my $socket_path = "$World::Daemon::run/tlsrpt.sock";

my @rows = (
	{ name => 'abort-sts.test', sts => ['enforce', 'mx.*'],
	    records => ['@ IN MX 10 mx', "mx IN A $abort"], mx => [] },
	{ name => 'abort-plain.test', records => ['@ IN MX 10 mx',
	    "mx IN A $abort"], mx => [] },
	{ name => 'dane-notls.test', sign => 1,
	    mx => [[10, 'mx', 'none', 'match']] },
	{ name => 'dane-servfail.test', sign => 1, mx => [[10, 'mx', 'good']],
	    records => ['_25._tcp.mx IN CNAME tlsa.dead.test.'] },
	{ name => 'dead.test', sign => 1, dns => { servfail => 1 }, mx => [] },
);

# An MX host that says 220 to STARTTLS and hangs up.
sub abort_host {
	my $listen = IO::Socket::INET->new(LocalAddr => "$abort:25",
	    Listen => 10, ReuseAddr => 1) or die "$abort: $!\n";

	my $pid = fork() // die "fork: $!\n";
	return $pid if $pid;
	while (my $c = $listen->accept) {
		print $c "220 mx ESMTP\r\n";
		$c->flush;
		while (my $line = <$c>) {
			my $tls = $line =~ /^STARTTLS/i;

			print $c $line =~ /^EHLO/i ?
			    "250-mx\r\n250 STARTTLS\r\n" :
			    $tls ? "220 go\r\n" : "250 ok\r\n";
			$c->flush;
			last if $tls;
		}
		close($c);
	}
	POSIX::_exit(0);
}

sub collector {
	socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
	bind($socket, pack_sockaddr_un($socket_path)) or die "bind: $!\n";
	chmod(0666, $socket_path);
	return $socket;
}

# The datagrams that have come, as "domain type code": once all were told.
sub told {
	my ($socket, $daemon, $count) = @_;
	my @told;

	while (@told < $count && IO::Select->new($socket)->can_read(10)) {
		recv($socket, my $data, 1 << 18, MSG_DONTWAIT) // last;
		my $d = decode_json($data);
		my $p = $d->{policies}[0];
		push(@told, join(' ', $d->{d}, $p->{'policy-type'},
		    map { $_->{c} } @{$p->{'failure-details'} // []}));
	}
	return sort @told;
}

sub run {
	my ($version) = @_;
	my ($world, $daemon) = World::SendmailTest::world('faults', $version,
	    'report.collect.socket' => "\"$socket_path\"",
	    start => { domains => [map {
	    World::Domains::ask_for_reports($_, $rua) } @rows] });
	my ($sender, $dane) = ($world->sender, $version ne '8.17');
	my $host = abort_host();
	my $socket = collector();
	my %end = map { my $to = "u\@$_->{name}";
	    ($_->{name} => $sender->result($sender->send('alice@sender.test',
	    [$to])->{id}, $to)) } grep { $_->{name} ne 'dead.test' } @rows;

	is($end{'abort-sts.test'}{status}, 'deferred',
	    'MTA-STS, the handshake breaks: deferred');
	is($end{'abort-plain.test'}{status}, 'deferred',
	    'no policy, the handshake breaks: deferred by Sendmail itself');
	is($end{'dane-notls.test'}{status}, 'deferred',
	    'TLSA records and no STARTTLS: deferred');
	like($end{'dane-notls.test'}{reason},
	    qr/^454 4\.7\.5 TLS policy: no STARTTLS - /, 'and why');
	is($end{'dane-servfail.test'}{status}, 'deferred',
	    'TLSA records that cannot be looked up: deferred');
	diag($end{'dane-servfail.test'}{line})
	    if $end{'dane-servfail.test'}{status} ne 'deferred';
	is(scalar($world->mx->mails), 0, 'nothing has left');
	my @want = ('abort-plain.test 9 205', 'abort-sts.test 2 205',
	    $dane ? 'dane-notls.test 1 201' : 'dane-notls.test 9 201');
	is_deeply([told($socket, $daemon, scalar(@want))], \@want,
	    'each is reported, under its policy');
	kill('TERM', $host);
	is($daemon->stop, 0, 'the daemon ends clean');
}

1;
