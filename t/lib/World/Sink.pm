# World::Sink - an SMTP server of the test's own, which answers as it is told
#
# It keeps each mail in a file of its own before it says that it has taken it,
# so that what was accepted is there whenever the client dies.  What it answers
# is looked up by recipient, or for all ('*'): the next word of the address's
# list for each mail, the last one again and again.  A word is
#	ok		250
#	450, 550, ...	this status as the reply to RCPT
#	end450, ...	this status after the mail, which is kept nevertheless
#	hang		no reply to RCPT
#	drop		the connection ends after the mail, which is kept
package World::Sink;
use strict;
use warnings;
use File::Path qw(make_path);
use IO::Socket::INET;
use Time::HiRes qw(sleep);
use World::Proc;

# Listens on 127.0.0.1 in the world given.
#	port	2525
#	size	what it says to take of a mail
#	slow	most seconds that it takes over each mail, at random
sub new {
	my ($class, $world, %arg) = @_;
	my $self = bless { dir => "$world->{run}/sink", port => 2525,
	    size => 10_000_000, slow => 0, %arg }, $class;

	make_path($self->{dir});
	$self->answers('*', 'ok');
	my $listen = IO::Socket::INET->new(Listen => 128, ReuseAddr => 1,
	    LocalAddr => '127.0.0.1', LocalPort => $self->{port}) or
	    die "port $self->{port}: $!\n";
	my $pid = fork() // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{CHLD} = 'IGNORE';
		$self->serve($listen);
		POSIX::_exit(0);
	}
	$self->{pid} = $pid;
	return $self;
}

sub via {
	return "smtp://127.0.0.1:$_[0]{port}";
}

# Says what is answered for an address, or '*', from now on.
sub answers {
	my ($self, $address, @word) = @_;
	my $file = "$self->{dir}/$address.plan";

	World::Proc::write_file("$file.new", join("\n", @word) . "\n");
	rename("$file.new", $file) or die "$file: $!\n";
}

sub next_answer {
	my ($self, $address) = @_;

	$address = '*' unless -e "$self->{dir}/$address.plan";
	my ($first, @rest) = split(/\n/,
	    World::Proc::slurp("$self->{dir}/$address.plan"));
	$self->answers($address, @rest) if @rest;
	return $first;
}

sub serve {
	my ($self, $listen) = @_;
	my $n = 0;

	while (1) {
		my $client = $listen->accept or next;
		$n++;
		my $pid = fork() // die "fork: $!\n";
		if ($pid == 0) {
			close($listen);
			srand();
			eval { $self->talk($client, $n) };
			POSIX::_exit(0);
		}
		close($client);
	}
}

# Keeps a mail; it is there whole or not at all.
sub keep {
	my ($self, $name, $text) = @_;

	World::Proc::write_file("$self->{dir}/$name.tmp", $text);
	rename("$self->{dir}/$name.tmp", "$self->{dir}/$name.eml") or
	    die "$name: $!\n";
}

sub take_mail {
	my ($client) = @_;
	my $mail = '';

	while (defined(my $line = <$client>)) {
		return $mail if $line eq ".\r\n";
		$mail .= $line =~ s/^\.//r;
	}
	return;
}

# One connection.
sub talk {
	my ($self, $client, $n) = @_;
	my ($from, $to, $word) = ('', '', 'ok');
	my $mails = 0;

	$client->autoflush(1);
	print $client "220 sink.test ESMTP\r\n";
	while (defined(my $line = <$client>)) {
		if ($line =~ /^EHLO/i) {
			print $client "250-sink.test\r\n" .
			    "250-SIZE $self->{size}\r\n250 8BITMIME\r\n";
		} elsif ($line =~ /^MAIL FROM:<(.*?)>/i) {
			$from = $1;
			print $client "250 2.1.0 ok\r\n";
		} elsif ($line =~ /^RCPT TO:<(.*)>/i) {
			$to = $1;
			$word = $self->next_answer($to);
			sleep(3600) if $word eq 'hang';
			print $client $word =~ /^\d/ ?
			    "$word as told for <$to>\r\n" : "250 2.1.5 ok\r\n";
		} elsif ($line =~ /^DATA/i) {
			print $client "354 go on\r\n";
			my $mail = take_mail($client) // return;
			$self->keep(sprintf('%06d-%03d', $n, ++$mails),
			    "X-From: $from\r\nX-To: $to\r\n$mail");
			sleep(rand($self->{slow})) if $self->{slow};
			return if $word eq 'drop';
			print $client $word =~ /^end(\d+)/ ?
			    "$1 as told\r\n" : "250 2.0.0 taken\r\n";
		} elsif ($line =~ /^QUIT/i) {
			print $client "221 2.0.0 bye\r\n";
			return;
		} else {
			print $client "250 2.0.0 ok\r\n";
		}
	}
}

# The mails so far, for one recipient where TO is given: a list of hashes with
# from, to (of the envelope), header and body (with LF).
sub mails {
	my ($self, $to) = @_;
	my @found;

	for my $file (sort glob("$self->{dir}/*.eml")) {
		my $text = World::Proc::slurp($file) =~ s/\r\n/\n/gr;
		my ($header, $body) = $text =~ /\A(.*?\n)\n(.*)\z/s;
		my ($from) = $header =~ s/\AX-From: (.*)\n// ? $1 : '';
		my ($rcpt) = $header =~ s/\AX-To: (.*)\n// ? $1 : '';

		push(@found, { from => $from, to => $rcpt, header => $header,
		    body => $body, file => $file })
		    if !defined $to || $rcpt eq $to;
	}
	return @found;
}

# Waits until COUNT mails came for TO; returns them.
sub await {
	my ($self, $to, $count, $seconds) = @_;

	World::Proc::wait_until($seconds // 20, sub {
		$self->mails($to) >= $count }) or
	    die "no $count mails for $to\n";
	return $self->mails($to);
}

1;
