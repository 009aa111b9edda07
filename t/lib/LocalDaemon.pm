# LocalDaemon - tlsherald-milter without any network, in a folder of its own
#
# Sockets are Unix sockets below that folder, the name server takes questions
# and never answers, so that every domain is unknown until it ends as "cannot
# know" after some seconds. Needs no root; as root it drops to "nobody".
# TLSHERALD_WRAP is put before the command, for valgrind.
package LocalDaemon;
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use MilterClient;
use World::Proc;
use World::Socketmap;

# The root's public key as the IANA publishes it (KSK 2017), so that the test
# needs no package for it.
my $anchor = '. IN DS 20326 8 2 ' .
    'E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D';

# TEXT of the config that follows the sections made here. Options:
#	milter	text for [milter], policy for [policy], server for [server],
#	log	for [log]
sub new {
	my ($class, $text, %arg) = @_;
	my $build = abs_path($ENV{BUILDDIR} // getcwd());
	my $dir = tempdir('tlsherald-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless { dir => $dir, text => $text, arg => \%arg,
	    program => "$build/milter/tlsherald-milter",
	    milter => "$dir/run/milter.sock", map => "$dir/run/map.sock",
	    log => "$dir/log", file => "$dir/tlsherald.toml" }, $class;

	$self->{silent} = IO::Socket::INET->new(Proto => 'udp',
	    LocalAddr => '127.0.0.1') or die "no socket: $!\n";
	die "$self->{program} is not built\n" unless -x $self->{program};
	chmod(0755, $dir);
	World::Proc::write_file("$dir/root.key", "$anchor\n");
	$self->write($self->config);
	return $self;
}

sub config {
	my ($self, $text, %arg) = @_;
	my $dir = $self->{dir};
	my %part = (%{$self->{arg}}, %arg);
	my $more = sub { defined $part{$_[0]} ? "$part{$_[0]}\n" : '' };
	my $user = $> == 0 ? qq{user = "nobody"\ngroup = "nogroup"\n} : '';

	$text //= $self->{text};
	return <<"END" . $text;
[server]
hostname = "mx.here.test"
state-dir = "$dir/state"
$user@{[$more->('server')]}
[log]
@{[$more->('log')]}
[control]
socket = "$dir/run/ctl.sock"
[dns]
servers = ["127.0.0.1\@@{[$self->{silent}->sockport]}"]
trust-anchors = "$dir/root.key"
[milter]
listen = "unix:$self->{milter}"
@{[$more->('milter')]}
[policy]
listen = ["unix:$self->{map},mode=0666"]
@{[$more->('policy')]}
END
}

# Replaces the config file whole.
sub write {
	my ($self, $text) = @_;

	World::Proc::write_file($self->{file}, $text);
}

# Starts it in the foreground; returns when it says that it has started.
sub start {
	my ($self) = @_;
	my $mark = -s $self->{log} // 0;

	$self->{proc} = World::Proc->spawn(log => $self->{log},
	    command => [split(' ', $ENV{TLSHERALD_WRAP} // ''),
	    $self->{program}, '-f', '-c', $self->{file}]);
	$self->await_log(qr/ started version=/, $mark);
	return $self;
}

sub stop {
	my ($self, $signal) = @_;

	return $self->{proc}->stop($signal, 30);
}

sub alive { return $_[0]{proc}->alive }
sub signal { $_[0]{proc}->signal($_[1]) }
sub mark { return -s $_[0]{log} // 0 }

sub log_text {
	my ($self, $mark) = @_;

	return substr(World::Proc::slurp($self->{log}), $mark // 0);
}

# Waits until the log from MARK on matches WANT; returns the groups.
sub await_log {
	my ($self, $want, $mark, $seconds) = @_;
	my $found = World::Proc::wait_until($seconds // 15, sub {
		return unless -e $self->{log};
		my @group = $self->log_text($mark) =~ $want or return;
		return \@group;
	}) or die "the daemon's log lacks $want:\n" .
	    substr($self->log_text($mark), -3000);
	return @$found;
}

# Runs the program with this config; (exit status, output of both streams).
sub command {
	my ($self, @words) = @_;
	my ($status, $out) = World::Proc::try_run($self->{program}, '-c',
	    $self->{file}, @words);

	return ($status >> 8, $out);
}

sub stats {
	my ($self) = @_;
	my ($status, $out) = $self->command('stats', '--json');

	die "stats: exit $status\n$out" if $status != 0;
	return decode_json($out);
}

# A new connection, negotiated.
sub milter {
	my ($self, @offer) = @_;

	return MilterClient->new($self->{milter})->negotiate(@offer);
}

sub map {
	my ($self) = @_;

	return World::Socketmap->new($self->{map});
}

1;
