# Supervisor - hands listening sockets over as systemd does, and hears
# sd_notify
#
# The sockets stay open here while one daemon ends and the next one starts.
package Supervisor;
use strict;
use warnings;
use Fcntl qw(F_GETFD F_SETFD F_DUPFD);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOCK_DGRAM SOCK_STREAM SOMAXCONN);
use World::Proc;

# DAEMON is a LocalDaemon or LocalReporter; its sockets are added by listen()
# and receive().
sub new {
	my ($class, $daemon, %arg) = @_;
	my $path = "$daemon->{dir}/notify";
	my $notify = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
	    Local => $path) or die "$path: $!\n";

	chmod(0666, $path);
	return bless { daemon => $daemon, notify => $notify, path => $path,
	    sockets => [], heard => '', %arg }, $class;
}

# Listens on a path, or on a free port of 127.0.0.1; gives where.
sub listen {
	my ($self, $name, $path) = @_;
	my $socket = defined $path ?
	    IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $path,
	    Listen => SOMAXCONN) :
	    IO::Socket::INET->new(LocalAddr => '127.0.0.1',
	    Listen => SOMAXCONN);

	die "cannot listen: $!\n" unless $socket;
	chmod(0666, $path) if defined $path;
	push @{$self->{sockets}}, [$name, $socket];
	return $path // '127.0.0.1:' . $socket->sockport;
}

# A Unix socket that datagrams come to.
sub receive {
	my ($self, $name, $path) = @_;
	my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM,
	    Local => $path) or die "$path: $!\n";

	chmod(0666, $path);
	push @{$self->{sockets}}, [$name, $socket];
}

# In the child: puts the sockets at descriptor 3 and up.
sub place {
	my ($self) = @_;
	my @high = map { fcntl($_->[1], F_DUPFD, 50) } @{$self->{sockets}};

	for my $i (0 .. $#high) {
		POSIX::dup2($high[$i], 3 + $i);
		POSIX::close($high[$i]);
	}
	$ENV{LISTEN_PID} = $$;
	$ENV{LISTEN_FDS} = @high;
	$ENV{LISTEN_FDNAMES} = join(':', map { $_->[0] } @{$self->{sockets}});
}

# Starts the daemon; READY=1 says that it serves.
sub start {
	my ($self) = @_;
	my $d = $self->{daemon};
	my $pid = fork() // die "fork: $!\n";

	if ($pid == 0) {
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
		open(STDOUT, '>>', $d->{log}) or POSIX::_exit(126);
		open(STDERR, '>&', \*STDOUT);
		$self->place;
		$ENV{NOTIFY_SOCKET} = $self->{path};
		$ENV{WATCHDOG_USEC} = $self->{watchdog_us}
		    if $self->{watchdog_us};
		no warnings 'exec';
		exec($d->{program}, '-f', '-c', $d->{file});
		POSIX::_exit(127);
	}
	$d->{proc} = bless { pid => $pid, command => [$d->{program}] },
	    'World::Proc';
	$self->await(qr/^READY=1$/m);
}

# Waits until what was heard matches, and forgets it up to there.
sub await {
	my ($self, $want, $seconds) = @_;
	my $end = time + ($seconds // 20);
	my $select = IO::Select->new($self->{notify});

	until ($self->{heard} =~ s/\A.*?$want//s) {
		die "the supervisor hears no $want but:\n$self->{heard}\n"
		    if time > $end;
		next if !$select->can_read(0.5);
		$self->{notify}->recv(my $text, 4096);
		$self->{heard} .= "$text\n";
	}
}

1;
