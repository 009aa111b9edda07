# MilterClient - the MTA's side of the milter protocol, version 6
#
#	my $m = MilterClient->new('/path/of/socket');    # or "HOST:PORT"
#	$m->negotiate;
#	$m->mail('<u@a.test>', { i => 'QID' });
#	$m->rcpt('<v@b.test>', { '{rcpt_mailer}' => 'smtp' });
#	$m->header('Subject', 'x');
#	my $end = $m->eom({ i => 'QID' });  # { reply, text, add => [...], ... }
#
# Sends a step only if it was negotiated and waits for a reply only where one
# was; macros are sent as the milter asked for them, like Postfix does.
package MilterClient;
use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

our %step = (NOCONNECT => 0x1, NOHELO => 0x2, NOMAIL => 0x4, NORCPT => 0x8,
    NOBODY => 0x10, NOHDRS => 0x20, NOEOH => 0x40, NR_HDR => 0x80,
    NOUNKNOWN => 0x100, NODATA => 0x200, NR_CONN => 0x1000, NR_HELO => 0x2000,
    NR_MAIL => 0x4000, NR_RCPT => 0x8000, NR_DATA => 0x10000);
our %action = (ADDHDRS => 0x1, CHGHDRS => 0x10, SETSYMLIST => 0x100);

my %stage = (C => 0, H => 1, M => 2, R => 3, T => 4, E => 5);
my $seconds = 15; # for any reply

sub new {
	my ($class, $to) = @_;
	my $socket = $to =~ m{^/} ? IO::Socket::UNIX->new(Peer => $to) :
	    IO::Socket::INET->new(PeerAddr => $to, Timeout => 10);

	die "milter connect to $to: $!\n" unless $socket;
	return bless { socket => $socket, macros => {} }, $class;
}

sub send_command {
	my ($self, $command, $data) = @_;
	my $packet = pack('N a a*', 1 + length($data), $command, $data);
	my $n = syswrite($self->{socket}, $packet);

	die "milter write: $!\n" unless defined $n && $n == length($packet);
}

sub read_octets {
	my ($self, $n) = @_;
	my $data = '';

	local $SIG{ALRM} = sub { die "the milter is silent\n" };
	alarm($seconds);
	while (length($data) < $n) {
		my $got = sysread($self->{socket}, $data, $n - length($data),
		    length($data));
		die "the milter hung up\n" unless $got;
	}
	alarm(0);
	return $data;
}

# The next packet: (command, data).
sub next_reply {
	my ($self) = @_;
	my $size = unpack('N', $self->read_octets(4));

	return unpack('a a*', $self->read_octets($size));
}

# Offers ACTIONS and STEPS (what Postfix and Sendmail offer); remembers what
# the milter wants.
sub negotiate {
	my ($self, $actions, $steps) = @_;

	$self->send_command('O', pack('NNN', 6, $actions // 0x1ff,
	    $steps // 0x1fffff));
	my ($command, $data) = $self->next_reply;
	die "negotiation answered with $command\n" if $command ne 'O';
	(my $version, $self->{actions}, $self->{steps}, my $rest) =
	    unpack('NNN a*', $data);
	while ($rest =~ s/\A(....)([^\0]*)\0//s) {
		$self->{macros}{unpack('N', $1)} = $2;
	}
	return $self;
}

# Whether a step of %step was negotiated.
sub has {
	my ($self, $name) = @_;

	return ($self->{steps} & $step{$name}) != 0;
}

# Sends those macros of VALUES that the milter asked for at this command.
sub send_macros {
	my ($self, $command, $values) = @_;
	my @names = split(' ', $self->{macros}{$stage{$command}} //
	    join(' ', sort keys %{$values // {}}));
	my @known = grep { defined $values->{$_} } @names;

	$self->send_command('D', $command . join('',
	    map { "$_\0$values->{$_}\0" } @known)) if @known;
}

# The reply to a step, "c" where none is given.
sub reply_to {
	my ($self, $no_reply) = @_;

	return { reply => 'c' } if $self->has($no_reply);
	my ($command, $data) = $self->next_reply;
	$data =~ s/\0\z//;
	return { reply => $command, text => $data };
}

# MAIL and RCPT: ADDRESS as written, further arguments after the macros.
sub mail {
	my ($self, $address, $macros, @args) = @_;

	$self->send_macros('M', $macros);
	$self->send_command('M', join('', map { "$_\0" } $address, @args));
	return $self->reply_to('NR_MAIL');
}

sub rcpt {
	my ($self, $address, $macros, @args) = @_;

	$self->send_macros('R', $macros);
	$self->send_command('R', join('', map { "$_\0" } $address, @args));
	return $self->reply_to('NR_RCPT');
}

sub header {
	my ($self, $name, $value) = @_;

	return { reply => 'c' } if $self->has('NOHDRS');
	$self->send_command('L', "$name\0$value\0");
	return $self->reply_to('NR_HDR');
}

# The end of the message; gives the reply and what the milter changed:
# add => [[name, value]...], change => [[index, name, value]...].
sub eom {
	my ($self, $macros) = @_;
	my %end = (add => [], change => []);

	$self->send_macros('E', $macros);
	$self->send_command('E', '');
	for (;;) {
		my ($command, $data) = $self->next_reply;
		if ($command eq 'h') {
			push(@{$end{add}}, [split(/\0/, $data, -1)]);
			pop(@{$end{add}[-1]});
		} elsif ($command eq 'm') {
			push(@{$end{change}}, [unpack('N', $data),
			    split(/\0/, substr($data, 4), -1)]);
			pop(@{$end{change}[-1]});
		} elsif ($command ne 'p') {
			$data =~ s/\0\z//;
			@end{qw(reply text)} = ($command, $data);
			return \%end;
		}
	}
}

sub abort {
	my ($self) = @_;

	$self->send_command('A', '');
}

# "Quit, new connection follows", as Sendmail can say.
sub quit_and_go_on {
	my ($self) = @_;

	$self->send_command('K', '');
}

sub quit {
	my ($self) = @_;

	$self->send_command('Q', '');
	close($self->{socket});
}

1;
