#!/usr/bin/perl
# Socket activation, sd_notify and the watchdog: a restart under load refuses
# no lookup.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use LocalDaemon;
use Supervisor;
use Test::More;
use Time::HiRes qw(time);

my $restarts = 6;
my $clients = 4;

my $daemon = LocalDaemon->new(<<'END', log => 'level = "info"');
[queue.tls.default]
starttls = "optional"
END
mkdir("$daemon->{dir}/run");
chmod(0777, "$daemon->{dir}/run");
chmod(0755, "$daemon->{dir}");
my $s = Supervisor->new($daemon, watchdog_us => 400_000);
my $at = $s->listen('policy');
my $ctl = $s->listen('control', "$daemon->{dir}/run/ctl.sock");
my $metrics = $s->listen('metrics');
# nothing of it may be bound by the daemon itself
$daemon->write($daemon->config =~ s/listen = \["unix:[^\]]*\]/listen = ["inet:$at"]/r);

# A client that does as Postfix does: one connection for all lookups, and when
# it breaks, one more try on a new one. Prints what it met when told to end.
sub client {
	my ($out, $stop) = @_;
	my %met = (lookups => 0, refused => 0, unanswered => 0, again => 0,
	    wrong => 0, slowest => 0);
	my $ended = 0;
	local $SIG{USR1} = sub { $ended = 1 };
	local $SIG{PIPE} = 'IGNORE';
	my $map;

	until ($ended) {
		my $began = time;
		my $reply;
		for my $try (1 .. 2) {
			$map //= eval { World::Socketmap->new($at) };
			if (!defined $map) {
				$met{refused}++;
				next;
			}
			$reply = eval { $map->lookup('postfix',
			    '127.0.0.1', 20) };
			last if defined $reply;
			undef $map;
			$met{again}++;
		}
		$met{lookups}++;
		$met{unanswered}++ if !defined $reply;
		$met{wrong}++ if defined $reply && $reply ne 'NOTFOUND ';
		my $took = time - $began;
		$met{slowest} = $took if $took > $met{slowest};
		# and some who come new each time
		undef $map if $met{lookups} % 50 == 0;
	}
	print $out join(' ', map { "$_=$met{$_}" } sort keys %met), "\n";
}

sub start_client {
	pipe(my $in, my $out);
	my $pid = fork() // die;
	if ($pid == 0) {
		client($out);
		close($out);
		POSIX::_exit(0);
	}
	close($out);
	return { pid => $pid, in => $in };
}

$s->start;
pass('READY=1 is said');
is(World::Socketmap->new($at)->lookup('postfix', '127.0.0.1'), 'NOTFOUND ',
    'lookups come in by the socket that was handed over');
is($daemon->stats->{schema}, 1, 'commands too');
my $http = IO::Socket::INET->new(PeerAddr => $metrics);
print $http "GET /metrics HTTP/1.0\r\n\r\n";
like(do { local $/; <$http> // '' }, qr/^HTTP\/1\.1 200 /, 'metrics too');
my $environment = World::Proc::slurp('/proc/' . $daemon->{proc}->pid .
    '/environ');
like($environment, qr/LISTEN_FDS=3/, 'as a supervisor does it');

$s->await(qr/^WATCHDOG=1$/m) for 1 .. 3;
pass('the watchdog hears that both loops are alive');
$daemon->signal('HUP');
$s->await(qr/^RELOADING=1\nMONOTONIC_USEC=\d+\nREADY=1$/m);
pass('a reload is told, and its end');

# What is asked already is answered before the end.
my $waiting = World::Socketmap->new($at);
$waiting->ask('postfix', 'nobody-answers.test');
World::Proc::wait_until(10, sub { $daemon->stats->{socketmap}{waiting} == 1 })
    or die "the lookup does not wait\n";
my $mark = time;
$daemon->signal('TERM');
$s->await(qr/^STOPPING=1$/m);
pass('STOPPING=1 is said');
like($waiting->reply, qr/^TEMP nobody-answers\.test: /,
    'a lookup that waits is answered before the end');
is($daemon->stop('CONT') & 127, 0, 'which is no crash');
ok(time - $mark < 5, 'and soon');

# Restarts under load.
$s->start;
my @client = map { start_client() } 1 .. $clients;
my @gap;
for my $i (1 .. $restarts) {
	# the load is there before each restart
	my $before = $daemon->stats->{socketmap}{requests};
	World::Proc::wait_until(20, sub {
	    $daemon->stats->{socketmap}{requests} > $before + 2000 }) or
	    die "no load\n";
	my $began = time;
	$daemon->signal('TERM');
	is($daemon->stop('CONT'), 0, "restart $i: a clean end");
	$s->start;
	push @gap, time - $began;
}
my %all;
for my $c (@client) {
	kill('USR1', $c->{pid});
	my $line = readline($c->{in}) // '';
	waitpid($c->{pid}, 0);
	for (split(' ', $line)) {
		my ($name, $n) = split(/=/);
		$all{$name} = $name eq 'slowest' ?
		    (sort { $b <=> $a } $n, $all{$name} // 0)[0] :
		    ($all{$name} // 0) + $n;
	}
}
diag(sprintf('%d lookups by %d clients over %d restarts (%.0f ms each at ' .
    'most); %d asked again, slowest %.0f ms', $all{lookups}, $clients,
    $restarts, 1000 * (sort { $b <=> $a } @gap)[0], $all{again},
    1000 * $all{slowest}));
ok($all{lookups} > 2000 * $restarts, 'there was load');
is($all{refused}, 0, 'no connection was refused');
is($all{unanswered}, 0, 'every lookup was answered');
is($all{wrong}, 0, 'rightly');
$daemon->stop;

# Sockets of other names are found by their address; what the config does not
# name is closed.
$s->{sockets}[$_][0] = 'tlsherald-milter.socket' for 0 .. 1;
$s->{sockets}[2][0] = 'stray';
$s->start;
is(World::Socketmap->new($at)->lookup('postfix', '127.0.0.1'), 'NOTFOUND ',
    'a socket without our name is known by its address');
is($daemon->stats->{schema}, 1, 'the control socket too');
$daemon->await_log(qr/1 sockets were handed over that no setting names/);
pass('one that is for nothing is said');
$daemon->stop;

done_testing();
