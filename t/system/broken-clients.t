#!/usr/bin/perl
# Clients of the lookup socket that misbehave, by themselves and by thousands:
# others are answered, what they cost is bounded, and it is counted.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::UNIX;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use LocalDaemon;

my $many = 10_000;

$SIG{PIPE} = 'IGNORE';

# The daemon begins with the limits of a login and raises them.
$ENV{TLSHERALD_WRAP} = 'prlimit --nofile=1024:';
my $daemon = LocalDaemon->new("[queue.tls.default]\n")->start;

sub proc_file {
	my ($file) = @_;

	return World::Proc::slurp('/proc/' . $daemon->{proc}->pid . "/$file");
}

# Octets of memory that are the daemon's alone.
sub memory {
	my ($kib) = proc_file('status') =~ /^RssAnon:\s+(\d+) kB/m;

	return $kib * 1024;
}

sub map_stats {
	return $daemon->stats->{socketmap};
}

# A new connection, raw, that sent TEXT.
sub client {
	my ($text) = @_;
	my $socket = IO::Socket::UNIX->new(Peer => $daemon->{map}) or
	    die "connect: $!\n";

	syswrite($socket, $text) == length($text) or die "write: $!\n"
	    if length($text);
	return $socket;
}

# Whether the daemon closes the connection, within SECONDS.
sub closes {
	my ($socket, $seconds) = @_;
	my $closed;

	local $SIG{ALRM} = sub { die "still open\n" };
	alarm($seconds // 10);
	eval {
		1 while sysread($socket, my $data, 65536);
		$closed = 1;
	};
	alarm(0);
	return $closed;
}

# A key that is answered without a question to anybody.
sub answered {
	my ($socket) = @_;

	syswrite($socket, '17:postfix 127.0.0.1,');
	local $SIG{ALRM} = sub { die "no answer\n" };
	alarm(10);
	my $n = eval { sysread($socket, my $data, 100); $data } // '';
	alarm(0);
	return $n eq '9:NOTFOUND ,';
}

# Milliseconds that COUNT new clients waited: (median, longest).
sub new_clients {
	my ($count) = @_;
	my @ms;

	for (1 .. $count) {
		my $began = time;

		die "no answer\n" unless answered(client(''));
		push(@ms, 1000 * (time - $began));
	}
	@ms = sort { $a <=> $b } @ms;
	return ($ms[@ms / 2], $ms[-1]);
}

sub report_ms {
	my ($when, @ms) = @_;

	diag(sprintf('a new client %s: median %.2f ms, longest %.2f ms',
	    $when, @ms));
	cmp_ok($ms[0], '<', 200, "a new client is answered $when");
}

my ($soft, $hard) = proc_file('limits') =~ /^Max open files\s+(\d+)\s+(\d+)/m;
is($soft, $hard, "RLIMIT_NOFILE is raised to $hard");
my $room = int($hard / 4) * 3;

subtest 'framing that is none is closed at once, and counted' => sub {
	my $before = map_stats();
	my %bad = (malformed => ['GET / HTTP/1.0', ':', 'x', '01:a,', '-1:a,',
	    ' 3:a b,', '3:a b;', '0:,', '3:abc,', "3:a\0b,", '2: b,',
	    "5:a b\0c,", "\x16\x03\x01\x02\x00"],
	    oversize => ['10001:', '99999999999999999999', '18446744073709551617:',
	    '4294967299:a b,']);

	for my $kind (sort keys %bad) {
		for my $text (@{$bad{$kind}}) {
			my $shown = $text =~ s/([^ -~])/sprintf('\\%02x',
			    ord($1))/ger;

			ok(closes(client($text)), "$kind: $shown");
		}
	}
	my $good = client('17:postfix 127.0.0.1,17:postfix 127.0.0.1,junk');
	my $data = '';
	1 while sysread($good, $data, 100, length($data));
	is($data, '9:NOTFOUND ,' x 2, 'what was right before is answered');
	my $after = map_stats();
	is($after->{malformed} - $before->{malformed},
	    @{$bad{malformed}} + 1, 'malformed ones are counted');
	is($after->{oversize} - $before->{oversize}, @{$bad{oversize}},
	    'so are those too long');
	is($after->{open}, 0, 'none stays');
};

subtest 'unknown names are TEMP, and told once' => sub {
	my $mark = $daemon->mark;
	my $map = $daemon->map;

	for (1 .. 50) {
		for my $name ('nonsense', 'postfix/none', 'QUERY/x', 'JSON') {
			my $reply = $map->lookup($name, 'a.test');

			die "$name: $reply\n" if $reply !~ /^TEMP unknown/;
		}
	}
	pass('200 lookups are TEMP');
	my $log = $daemon->log_text($mark);
	my @line = $log =~ /policy lookup: unknown (\w+)/g;
	is_deeply([sort @line], ['map', 'strategy'],
	    'a line for the maps, one for the strategies') or diag($log);
};

subtest 'a client that asks and never reads' => sub {
	my $before = memory();
	my $greedy = client('');
	my $query = '17:postfix 127.0.0.1,' x 1000;
	my $sent = 0;

	$greedy->blocking(0);
	# Until nothing more is taken: the daemon stopped to read.
	while (World::Proc::wait_until(1, sub {
		my $n = syswrite($greedy, $query); $sent += $n // 0; $n })) {
		die "taken without end\n" if $sent > 50_000_000;
	}
	diag("$sent octets taken of a client that reads nothing");
	report_ms('beside it', new_clients(20));
	cmp_ok(memory() - $before, '<', 8 * 1024 * 1024, 'memory is bounded')
	    unless $ENV{ASAN_OPTIONS};
};

# A process with COUNT half-open connections, made when go() is called: a
# process may have fewer descriptors than we need. all_closed() is how many of
# them the daemon closed, once it closed them all.
package HalfOpen {
	sub new {
		my ($class, $count) = @_;
		my $self = bless {}, $class;

		socketpair($self->{us}, my $them, 1, 1, 0) or die;
		$self->{pid} = fork() // die "fork: $!\n";
		return $self if $self->{pid};
		eval {
			sysread($them, my $go, 1);
			my @half = map { main::client('25:postfix some.dom') }
			    1 .. $count;
			syswrite($them, "made\n");
			sysread($them, $go, 1);
			my $closed = grep { main::closes($_) } @half;
			syswrite($them, "$closed\n");
		};
		print STDERR $@ if $@;
		POSIX::_exit(0);
	}

	sub go {
		my ($self) = @_;

		syswrite($self->{us}, 'g');
		readline($self->{us}) eq "made\n" or die;
	}

	sub all_closed {
		my ($self) = @_;

		syswrite($self->{us}, 'g');
		my $closed = readline($self->{us});
		waitpid($self->{pid}, 0);
		return $closed + 0;
	}
}

subtest "$many idle and $many half-open connections" => sub {
	my $half = HalfOpen->new($many);
	my $before = memory();
	my @idle = map { client('') } 1 .. $many;

	ok(answered($idle[-1]), 'the last one is served');
	my $each = (memory() - $before) / $many;
	diag(sprintf('%.0f octets of memory for an idle connection', $each));
	cmp_ok($each, '<=', 1024, 'an idle connection is cheap')
	    unless $ENV{ASAN_OPTIONS};
	my $began = time;
	$half->go;
	report_ms("beside $many idle, $many half-open", new_clients(200));
	my $stats = map_stats();
	is($stats->{timeouts}, 0, 'no half-open one was closed yet');
	diag(sprintf('%d connections open, %d may be; %.0f octets each',
	    $stats->{open}, $room, (memory() - $before) / $stats->{open}));
	my $gone = $stats->{evicted};
	$room >= 2 * $many + 1 ? is($gone, 0, 'none had to go') :
	    cmp_ok(abs(2 * $many - $room - $gone), '<=', 2,
	    "$gone idle ones had to go");
	ok(World::Proc::wait_until(60,
	    sub { map_stats()->{timeouts} >= $many }),
	    'half-open ones are closed') or diag(explain(map_stats()));
	my $took = time - $began;
	diag(sprintf('the last one after %.1f s', $took));
	cmp_ok($took, '>=', 30, 'not before 30 seconds');
	is($half->all_closed, $many, 'every one of them');
	is(scalar(grep { closes($_) } @idle[0 .. $gone - 1]), $gone,
	    'of the idle ones the oldest went');
	is(scalar(grep { !answered($_) } @idle[$gone .. $#idle]), 0,
	    'the others go on being served');
	@idle = ();
	ok(World::Proc::wait_until(10, sub { map_stats()->{open} == 0 }),
	    'nothing is left of them');
};

is($daemon->stop, 0, 'the daemon ends clean');

# Without privileges the limits stay, and 3/4 of them are for lookups.
subtest 'more idle connections than there may be: the oldest go' => sub {
	$ENV{TLSHERALD_WRAP} = 'prlimit --nofile=1024:1024 setpriv ' .
	    '--reuid=65534 --regid=65534 --clear-groups';
	$daemon = LocalDaemon->new("[queue.tls.default]\n");
	chown(65534, 65534, $daemon->{dir}) or die "chown: $!\n";
	$daemon->start;
	my @idle = map { client('') } 1 .. 1000;
	my @before = (client(''), client(''));
	report_ms('beyond the limit', new_clients(20));
	my $stats = map_stats();
	cmp_ok($stats->{open}, '<=', 768, 'no more than the limit');
	cmp_ok($stats->{evicted}, '>=', 1000 - 768, 'the others are counted');
	ok(closes($idle[0]), 'the oldest is gone');
	ok(answered($_), 'the latest is not') for @before;
	is($daemon->stop, 0, 'the daemon ends clean');
};
done_testing();
