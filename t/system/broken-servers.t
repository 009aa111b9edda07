#!/usr/bin/perl
# Name servers that fail for one domain, and policy hosts that stall: what is
# answered, and how long a lookup waits.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(time);
use World;

my $world = World->enter(name => 'broken-servers', sender => 'bookworm');
my $a = 'A 127.1.9.9';

# Nobody accepts there, the kernel does: a connection, and then nothing.
my ($mute, $mute_http) = map { my ($address, $port) = split(/:/);
    IO::Socket::INET->new(Listen => 1000, LocalAddr => $address,
    LocalPort => $port) // die "listen: $!\n" }
    '127.0.3.7:443', '127.0.3.8:80';

# A domain whose policy host does what nginx is told, or is the mute one.
sub sts {
	my ($name, $how) = @_;

	return { name => $name, sts => ['enforce', 'mx.*'],
	    records => ['@ IN MX 10 mx', "mx IN $a"],
	    web => { body => "version: STSv1\nmode: enforce\n" .
	    "mx: mx.$name\nmax_age: 604800\n" . "pad: x\n" x 60,
	    location => $how } };
}

# One whose policy host never says a word, not even of TLS.
sub mute {
	my ($name) = @_;

	return { name => $name, records => ['@ IN MX 10 mx', "mx IN $a",
	    '_mta-sts IN TXT "v=STSv1; id=1;"', 'mta-sts IN A 127.0.3.7'] };
}

my $crowd = 300;
my @rows = (
	(map { { name => "$_.test", sign => 1, records => ['@ IN MX 10 mx',
	    "mx IN $a", '_25._tcp.mx IN TLSA {3 1 1 leaf}'] } }
	    qw(servfail bogus)),
	mute('mute.test'), mute('need-mute.test'),
	sts('headers.test', 'proxy_pass http://127.0.3.8:80;'),
	sts('drip.test', 'alias /run/web/mta-sts.drip.test.txt; ' .
	    'default_type text/plain; limit_rate 120;'),
	sts('endless.test', 'alias /run/web/mta-sts.endless.test.txt; ' .
	    'default_type text/plain; limit_rate 10;'),
	sts('moves.test'),
	{ name => 'crowd.test', records => [map { ("d$_ IN MX 10 mx",
	    "_mta-sts.d$_ IN TXT \"v=STSv1; id=1;\"",
	    "mta-sts.d$_ IN A 127.0.3.7") } 1 .. $crowd] },
	(map { sts("fetch$_.test") } 1 .. 20),
);

$World::Dns::ttl = 5;
$world->start(mail => 0, domains => \@rows);
my ($dns, $web) = ($world->dns, $world->web);
my $daemon = $world->daemon($world->config(strategies =>
    $World::Daemon::strategies . <<END));
[queue.tls.short]
timeout.mta-sts = "3s"
END
$daemon->start;

sub secure {
	return "OK secure match=mx.$_[0] servername=hostname";
}

# One lookup; (reply, seconds).
sub timed {
	my $began = time;
	my $reply = $daemon->lookup(@_);

	return ($reply, time - $began);
}

# One that waits for a policy host, but not long.
sub waits_two_seconds {
	my ($about, @what) = @_;
	my ($reply, $took) = timed(@what);

	diag(sprintf('%s: answered after %.2f s', $about, $took));
	cmp_ok($took, '<', 3.5, "$about: answered after about 2 s");
	return $reply;
}

sub at_once {
	my ($want, $about, @what) = @_;
	my ($reply, $took) = timed(@what);

	is($reply, $want, $about);
	cmp_ok($took, '<', 0.5, "$about: at once");
}

# These break at the beginning and are judged when their TTL is over.
my @breaks = qw(servfail.test bogus.test);
is($daemon->lookup('postfix', $_), 'OK dane-only', "$_ is known") for @breaks;
my $known = time;
is($daemon->lookup('postfix', 'moves.test'), secure('moves.test'),
    'a policy is known');
$dns->zone('servfail.test', sign => 1, servfail => 1);
$dns->zone('bogus.test', sign => 'expired',
    records => ['@ IN MX 10 mx', "mx IN $a"]);
$dns->publish;

# Asks all the while, so that the refresh before the TTL's end meets the fault.
my %until;
sub watch {
	for my $name (@breaks) {
		next if $until{$name};
		my $reply = $daemon->lookup('postfix', $name);

		next if $reply eq 'OK dane-only';
		$until{$name} = [time - $known, $reply];
	}
}

subtest 'a policy host that accepts and never answers' => sub {
	my $reply = waits_two_seconds('no TLS', 'postfix', 'mute.test');

	is($reply, 'NOTFOUND ', 'as no policy');
	at_once('NOTFOUND ', 'who comes later', 'postfix', 'mute.test');
	watch();
	$reply = waits_two_seconds('no TLS, mta-sts = require', 'postfix/sts',
	    'need-mute.test');
	like($reply, qr/^TEMP .*MTA-STS is required/, 'that is cannot know');
	watch();
	$reply = waits_two_seconds('TLS and no headers', 'postfix',
	    'headers.test');
	is($reply, 'NOTFOUND ', 'as no policy');
	watch();
};

subtest 'a policy that comes drop by drop' => sub {
	my $reply = waits_two_seconds('a drip', 'postfix', 'drip.test');

	is($reply, 'NOTFOUND ', 'as no policy');
	at_once('NOTFOUND ', 'who comes meanwhile', 'postfix', 'drip.test');
	ok(World::Proc::wait_until(20, sub { watch();
	    $daemon->lookup('postfix', 'drip.test') eq secure('drip.test') }),
	    'in the background it is fetched whole');
	my $mark = $daemon->log_mark;
	my $began = time;
	$reply = waits_two_seconds('an endless drip', 'postfix/short',
	    'endless.test');
	like($reply, qr/^(?:NOTFOUND |OK may)\z/, 'as no policy');
	$daemon->await_log($mark, qr/domain=endless\.test .*not fetched/);
	cmp_ok(time - $began, '<', 5, 'given up at the timeout of its strategy');
	watch();
};

subtest "$crowd domains at one provider that stalls" => sub {
	my @client = map { World::Socketmap->new('127.0.0.1:8461') }
	    1 .. $crowd;

	$client[$_ - 1]->ask('postfix', "d$_.crowd.test") for 1 .. $crowd;
	World::Proc::wait_until(10, sub {
		$daemon->stats->{service}{fetches} >= $crowd / 3 });
	my @took;
	for my $i (1 .. 20) {
		my ($reply, $took) = timed('postfix', "fetch$i.test");

		push(@took, $took);
		is($reply, secure("fetch$i.test"), "fetch$i.test beside them");
	}
	diag(sprintf('policies of others fetched in %.0f ms at most',
	    1000 * max(@took)));
	my %reply;
	$reply{$_->reply(10)}++ for @client;
	is_deeply(\%reply, { 'NOTFOUND ' => $crowd }, 'as no policy, all');
	watch();
};

subtest 'what fails for one domain is judged when its TTL is over' => sub {
	World::Proc::wait_until(60, sub { watch(); keys %until == @breaks });
	for my $name (@breaks) {
		my ($when, $reply) = @{$until{$name} // [0, 'never']};

		diag(sprintf('%s: judged after %.1f s', $name, $when));
		like($reply, qr/^TEMP /, "$name: TEMP");
		cmp_ok($when, '>=', 29.5, "$name: not before its TTL was over");
		cmp_ok($when, '<', 40, "$name: at once then");
	}
};

subtest 'a policy that is cached does not wait for its host' => sub {
	World::Domains::add($world, { %{mute('moves.test')},
	    records => ['@ IN MX 10 mx', "mx IN $a",
	    '_mta-sts IN TXT "v=STSv1; id=2;"', 'mta-sts IN A 127.0.3.7'] });
	$dns->publish;
	is($daemon->stop('KILL'), 9, 'killed');
	$daemon->start;
	my $before = $daemon->stats->{service}{fetches};
	at_once(secure('moves.test'), 'a new id, and its host stalls',
	    'postfix', 'moves.test');
	ok(World::Proc::wait_until(10,
	    sub { $daemon->stats->{service}{fetches} > $before }),
	    'it is fetched in the background');
	at_once(secure('moves.test'), 'the old one meanwhile', 'postfix',
	    'moves.test');
	is($daemon->lookup('postfix', 'drip.test'), secure('drip.test'),
	    'what came in the background is stored');
};

is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
