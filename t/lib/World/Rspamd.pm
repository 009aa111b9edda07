# World::Rspamd - rspamd, asked for what it makes of DKIM signatures
#
# One server for a whole test, with its module for DKIM alone.  Its name server
# is ours: it answers TXT questions from key records that the test adds.  rspamd
# keeps a key that it has seen, so each key has a selector of its own.
package World::Rspamd;
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use World::Proc;

my ($port, $dns) = (11333, 5399);

# VIEW is a World::Root with rspamd.  Begins to start; verify() waits.
sub new {
	my ($class, $view) = @_;
	my $self = bless { view => $view,
	    keys => $view->path('/run/keys'),
	    log => $view->path('/run/rspamd.log') }, $class;

	$view->own_copy('/var/lib/rspamd');
	mkdir($view->path('/run/rspamd'));
	World::Proc::write_file($self->{keys}, '');
	# the real list takes it half a minute to compile
	World::Proc::write_file($view->path('/run/tld'), "org\nexample\n");
	$self->serve_dns;
	World::Proc::write_file($view->path('/run/rspamd.conf'), <<END);
options {
	filters = "dkim";
	pidfile = "/run/rspamd/pid";
	control_socket = "/run/rspamd/control mode=0600";
	tempdir = "/tmp";
	url_tld = "/run/tld";
	dns { nameserver = ["127.0.0.1:$dns"]; timeout = 5s; }
}
logging { type = "console"; level = "info"; }
worker "normal" { bind_socket = "127.0.0.1:$port"; count = 1; }
dkim { }
END
	$self->{proc} = $view->spawn(log => $self->{log},
	    command => ['rspamd', '-f', '-i', '-c', '/run/rspamd.conf']);
	return $self;
}

# Adds a line "NAME RECORD" to what the name server knows.
sub add_key {
	my ($self, $line) = @_;

	open(my $fh, '>>', $self->{keys}) or die "$self->{keys}: $!\n";
	print $fh $line;
	close($fh) or die "$self->{keys}: $!\n";
}

# The answer to one question of class IN, or NXDOMAIN.
sub answer {
	my ($self, $query) = @_;
	my ($id) = unpack('n', $query);
	my ($question) = substr($query, 12) =~ /\A((?:[^\0].*?)?\0.{4})/s;
	my @label = unpack('(C/a)*', substr($question, 0, -5));
	my $name = lc(join('.', @label));
	my ($text) = World::Proc::slurp($self->{keys}) =~
	    /^\Q$name\E (.*)$/mi;
	my $head = sub { pack('nnnnnn', $id, $_[0], 1, $_[1], 0, 0) };

	return $head->(0x8183, 0) . $question unless defined $text;
	my $data = join('', map { pack('C/a', $_) } $text =~ /(.{1,255})/g);
	return $head->(0x8180, 1) . $question .
	    pack('nnnNn/a', 0xc00c, 16, 1, 60, $data);
}

sub serve_dns {
	my ($self) = @_;
	my $socket = IO::Socket::INET->new(Proto => 'udp',
	    LocalAddr => '127.0.0.1', LocalPort => $dns) or
	    die "port $dns: $!\n";

	my $pid = fork() // die "fork: $!\n";
	return if $pid;
	while (defined($socket->recv(my $query, 4096))) {
		$socket->send($self->answer($query));
	}
	POSIX::_exit(0);
}

# One request with the mail as its body; the reply's JSON, or nothing when the
# server doesn't answer.
sub ask {
	my ($mail) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	    PeerPort => $port, Timeout => 10) or return;

	print $socket "POST /checkv2 HTTP/1.0\r\nContent-Length: " .
	    length($mail) . "\r\n\r\n$mail";
	my $reply = do { local $/; <$socket> } // '';
	$reply =~ s/\A.*?\r\n\r\n//s;
	return decode_json($reply);
}

# What it makes of each signature of the mail in FILE: a hash, selector =>
# allow, reject, tempfail, permfail or na.
sub verify {
	my ($self, $file) = @_;
	my $mail = World::Proc::slurp($file);
	my $reply = World::Proc::wait_until(60, sub {
		die "rspamd ended:\n" . World::Proc::slurp($self->{log})
		    unless $self->{proc}->alive;
		ask($mail) }) or die "rspamd does not answer\n";
	my %result;

	for my $symbol (values %{$reply->{symbols}}) {
		my ($word) = $symbol->{name} =~ /\AR_DKIM_(\w+)\z/ or next;
		/:s=(.*)/ and $result{$1} = lc($word)
		    for @{$symbol->{options} // []};
	}
	return \%result;
}

1;
