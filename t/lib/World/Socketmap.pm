# World::Socketmap - a client of the socketmap protocol (netstrings)
package World::Socketmap;
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

# Connects to "HOST:PORT" or a Unix socket's path.
sub new {
	my ($class, $to) = @_;
	my $socket = $to =~ m{^/} ? IO::Socket::UNIX->new(Peer => $to) :
	    IO::Socket::INET->new(PeerAddr => $to, Timeout => 10);

	die "socketmap connect to $to: $!\n" unless $socket;
	return bless { socket => $socket, buffer => '' }, $class;
}

sub ask {
	my ($self, $map, $key) = @_;
	my $query = "$map $key";

	syswrite($self->{socket}, length($query) . ":$query,");
}

# The next reply's text; dies when none comes within SECONDS (10).
sub reply {
	my ($self, $seconds) = @_;

	local $SIG{ALRM} = sub { die "socketmap server is silent\n" };
	alarm($seconds // 10);
	while ($self->{buffer} !~ /^(\d+):/ ||
	    length($self->{buffer}) < length($1) + $1 + 2) {
		my $n = sysread($self->{socket}, $self->{buffer}, 65536,
		    length($self->{buffer}));
		die "socketmap server hung up\n" unless $n;
	}
	alarm(0);
	my ($size) = $self->{buffer} =~ /^(\d+):/;
	my $reply = substr($self->{buffer}, length($size) + 1, $size);
	die "netstring without its comma\n" if substr($self->{buffer},
	    length($size) + 1 + $size, 1) ne ',';
	substr($self->{buffer}, 0, length($size) + $size + 2) = '';
	return $reply;
}

sub lookup {
	my ($self, $map, $key, $seconds) = @_;

	$self->ask($map, $key);
	return $self->reply($seconds);
}

1;
