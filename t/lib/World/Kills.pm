# World::Kills - kill -9 at random moments while policies change
#
# Some domains with a policy each, of which every round changes about half. A
# life of the daemon begins, everybody asks for every domain without a pause,
# the daemon meets the new ids, fetches, stores and serves, and is killed in
# the middle of it. The policy's MX host says which version a reply is of. The
# first life ends when all is served, which tells how long the others may be.
package World::Kills;
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

my $parent = 'kills.test';
my $domains = 20;

sub domain {
	my ($i) = @_;

	return "d$i.$parent";
}

# Puts the domains at their versions into the world.
sub publish {
	my ($world, $version) = @_;
	my @records;

	for my $i (0 .. $#$version) {
		my ($name, $v) = (domain($i), $version->[$i]);

		$world->web->write("mta-sts.$name", "version: STSv1\n" .
		    "mode: enforce\nmx: v$v.$name\nmax_age: 604800\n");
		push(@records, "d$i IN MX 10 mx.sts-good.test.",
		    "mta-sts.d$i IN A $World::Web::address",
		    "_mta-sts.d$i IN TXT \"v=STSv1; id=v$v;\"");
	}
	$world->dns->zone($parent, records => \@records);
	$world->dns->publish;
}

# Makes a world with the domains in it.
sub world {
	my (%arg) = @_;
	my $world = World->enter(sender => 'bookworm', %arg);

	$world->start(mail => 0);
	for my $host (map { 'mta-sts.' . domain($_) } 0 .. $domains - 1) {
		$world->pki->add($host, cn => $host, san => [$host]);
		$world->web->site($host, cert => $host);
	}
	$world->web->publish;
	return $world;
}

# Asks for every domain again and again and tells SEEN each reply, as (number
# of the domain, text), until the time UNTIL (undef: until each was told once);
# after KILL was called then, what had been sent before is told as well.
sub ask_until {
	my ($until, $kill, $seen) = @_;
	my $once = !defined $until;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1:8461') or
	    die "connect: $!\n";
	my $ready = IO::Select->new($socket);
	my ($buffer, $i, $killed) = ('', $domains, 0);
	my $all = join('', map { my $q = 'postfix ' . domain($_);
	    length($q) . ":$q," } 0 .. $domains - 1);

	$until //= time + 30;
	for (;;) {
		my $left = $until - time;

		if ($left <= 0 && !$killed) {
			$kill->();
			$killed = 1;
		}
		if ($i == $domains && !$killed) {
			syswrite($socket, $all);
			$i = 0;
		}
		next unless $killed || $ready->can_read($left);
		last unless sysread($socket, $buffer, 65536, length($buffer));
		$seen->($i++, $1) while $buffer =~ s/\A\d+:([^,]*),//;
		$until = 0 if $once && $i == $domains;
	}
}

# One life, of SECONDS (undef: until all is served). VERSION are the versions
# that can be had, BEFORE those that could be had until this life, SERVED those
# that were served last; notes in SERVED what is served now. Returns what went
# wrong.
sub life {
	my ($daemon, $seconds, $version, $before, $served) = @_;
	my $until = defined $seconds ? time + $seconds : undef;
	my (@wrong, @asked);

	ask_until($until, sub { $daemon->stop('KILL') }, sub {
		my ($i, $reply) = @_;
		my ($v) = $reply =~ /^OK secure match=v(\d+)\./;
		my $first = !$asked[$i]++;
		my $name = domain($i);

		if (!defined $v) {
			push(@wrong, "$name: v$served->[$i] is lost: $reply")
			    if $served->[$i];
			return;
		}
		push(@wrong, "$name: v$v after v$served->[$i]")
		    if $v < $served->[$i];
		# Served at once, so it cannot have been fetched just now.
		push(@wrong, "$name: v$served->[$i] is lost, v$v was fetched")
		    if $first && $served->[$i] && $v > $before->[$i];
		push(@wrong, "$name: v$v was never there")
		    if $v > $version->[$i];
		$served->[$i] = $v;
	});
	return @wrong;
}

# Kills ROUNDS times. Returns a hash: kills, changes (versions published),
# renewed (times that a life served another version than the one before),
# wrong (list of texts).
sub run {
	my ($world, $rounds) = @_;
	my @version = (1) x $domains;
	my @served = (0) x $domains;
	my %result = (kills => 0, changes => 0, renewed => 0, wrong => []);
	my $daemon = $world->daemon;
	my $whole;	# seconds in which all is fetched and served

	for my $round (1 .. $rounds) {
		my @before = @version;
		my @last = @served;

		for my $i (0 .. $#version) {
			next if $round > 1 && rand(2) < 1;
			$version[$i]++;
			$result{changes}++;
		}
		publish($world, \@version);
		$daemon->start;
		my $began = time;
		push(@{$result{wrong}}, map { "round $round: $_" }
		    life($daemon, defined $whole ? rand(2 * $whole) : undef,
		    \@version, \@before, \@served));
		$whole //= time - $began;
		$result{kills}++;
		$result{renewed} += grep { $served[$_] != $last[$_] }
		    0 .. $#served;
	}
	# What was served last is on disk.
	$world->web->stop;
	$daemon->start;
	for my $i (grep { $served[$_] } 0 .. $#served) {
		my ($v) = $daemon->lookup('postfix', domain($i)) =~
		    /match=v(\d+)\./;

		push(@{$result{wrong}}, domain($i) . ": v$served[$i] is lost")
		    if ($v // 0) < $served[$i];
	}
	$daemon->stop;
	my $log = $daemon->log_text;
	push(@{$result{wrong}}, $1) while
	    $log =~ /^(.*(?:store cannot|damaged).*)$/mg;
	return \%result;
}

1;
