# World::Smtp - a client that keeps every reply, per recipient
package World::Smtp;
use strict;
use warnings;
use IO::Socket::INET;

# Connects and says EHLO; the greeting is checked.
sub new {
	my ($class, $address, $port) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => $address,
	    PeerPort => $port, Timeout => 10) or
	    die "SMTP connect to $address:$port: $!\n";
	my $self = bless { socket => $socket }, $class;

	local $SIG{ALRM} = sub { die "SMTP server is silent\n" };
	alarm(60);
	$self->reply;
	$self->command('EHLO client.test');
	alarm(0);
	return $self;
}

# One reply, lines joined by newlines, without CR.
sub reply {
	my ($self) = @_;
	my $text = '';

	for (;;) {
		my $line = readline($self->{socket}) //
		    die "SMTP server hung up\n";
		$line =~ s/\r?\n\z/\n/;
		$text .= $line;
		last if $line !~ /^\d{3}-/;
	}
	chomp($text);
	return $text;
}

sub command {
	my ($self, $line) = @_;

	print {$self->{socket}} "$line\r\n";
	return $self->reply;
}

# Sends one message.  Returns a hash: mail (reply), rcpt (replies by address),
# data (reply to the final dot; that to DATA when refused), id (queue id or
# undef).
sub message {
	my ($self, $from, $rcpts, $text) = @_;
	my %r = (mail => $self->command("MAIL FROM:<$from>"), data => '');
	my $taken = 0;

	local $SIG{ALRM} = sub { die "SMTP server is silent\n" };
	alarm(120);
	for my $rcpt (@$rcpts) {
		$r{rcpt}{$rcpt} = $self->command("RCPT TO:<$rcpt>");
		$taken++ if $r{rcpt}{$rcpt} =~ /^2/;
	}
	if ($taken) {
		$r{data} = $self->command('DATA');
		if ($r{data} =~ /^354/) {
			$text =~ s/^\./../mg;
			$text =~ s/\r?\n/\r\n/g;
			$r{data} = $self->command("$text.");
		}
	} else {
		$self->command('RSET');
	}
	alarm(0);
	($r{id}) = $r{data} =~ /queued as (\S+)/;
	return \%r;
}

sub quit {
	my ($self) = @_;

	$self->command('QUIT');
	close($self->{socket});
}

# new(), message() and quit() in one.
sub send {
	my ($address, $port, $from, $rcpts, $text) = @_;
	my $smtp = World::Smtp->new($address, $port);
	my $result = $smtp->message($from, $rcpts, $text);

	$smtp->quit;
	return $result;
}

1;
