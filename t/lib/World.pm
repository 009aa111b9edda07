# World - a closed internet in a network, mount and process namespace of its own
#
#	use World;
#	my $world = World->enter(name => 'basic', sender => 'bookworm');
#	$world->start;
#
# enter() makes the roots that are missing, then runs the script again inside
# new namespaces and returns there only.  The script is then process 1: when it
# ends, in whatever way, the kernel ends everything that it started and drops
# every mount.  Fixed ports are right, and worlds run side by side.
#
# Addresses: 127.0.0.1 the sending Postfix and the validating resolver,
# 127.0.0.2 name server, 127.0.0.3 resolver without validation, 127.0.3.1
# policy host, 127.1.x.y MX hosts.  /run is the world's own; the daemon's
# files are in /run/tlsherald.
package World;
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use World::Daemon;
use World::Dns;
use World::Domains;
use World::Mx;
use World::Pki;
use World::Proc;
use World::Root;
use World::Roots;
use World::Sender;
use World::Sendmail;
use World::Web;

my $inside = 'TLSHERALD_WORLD';

# The build directory: BUILDDIR, which the Makefile sets, or where we are.
sub builddir {
	return abs_path($ENV{BUILDDIR} // getcwd());
}

# The folder that keeps the roots; TLSHERALD_ROOTS lets builds share one.
sub rootdir {
	return $ENV{TLSHERALD_ROOTS} // builddir() . '/world/roots';
}

# Makes the world and goes into it.
#	name	of the run directory, BUILD/world/NAME
#	sender	root of the sending Postfix: bookworm (3.7), backports (3.10),
#		trixie (3.10 with libtlsrpt)
#	roots	list of further roots, for change_sender() and others
sub enter {
	my ($class, %arg) = @_;

	if (($ENV{$inside} // '') ne $arg{name}) {
		die "the test world needs root\n" if $> != 0;
		World::Roots::make(rootdir(), sub { print STDERR "# @_\n" },
		    'bookworm', $arg{sender}, @{$arg{roots} // []});
		go_inside($arg{name});
	}
	my $self = bless { %arg, build => builddir() }, $class;
	$self->{run} = "$self->{build}/world/$arg{name}";
	$self->set_up;
	return $self;
}

# Runs this script again as process 1 of new namespaces.  Does not return.
sub go_inside {
	my ($name) = @_;
	my @perl = ($^X, (map { "-I$_" } grep { !ref } @INC), $0, @ARGV);

	$ENV{$inside} = $name;
	$ENV{BUILDDIR} = builddir();
	World::Proc::exec_private([qw(--net --mount --pid --fork --kill-child)],
	    builddir() . '/world/top', @perl);
}

# The first steps inside: signals, loopback, /proc, /run, resolv.conf.
sub set_up {
	my ($self) = @_;
	my $run = $self->{run};

	$SIG{$_} = sub { exit(130) } for qw(INT TERM HUP);
	$SIG{PIPE} = 'IGNORE';
	World::Proc::run('mount', '-t', 'proc', 'proc', '/proc');
	loopback_up();
	World::Proc::run('rm', '-rf', '--one-file-system', $run);
	make_path("$run/run");
	chmod(0755, "$run/run");
	my $resolv = abs_path('/etc/resolv.conf');
	$self->{resolv} = "$run/resolv.conf";
	$self->resolver('127.0.0.1');
	World::Proc::run('mount', '--bind', "$run/run", '/run');
	make_path('/run/tlsherald', '/run/world');
	if (defined $resolv && $resolv =~ m{^/run/}) {
		make_path(dirname($resolv));
		open(my $fh, '>', $resolv) or die "$resolv: $!\n";
		close($fh);
	}
	World::Proc::run('mount', '--bind', $self->{resolv}, $resolv)
	    if defined $resolv && -e $resolv;
}

# Brings "lo" up; 127.0.0.0/8 comes with it.
sub loopback_up {
	my ($siocsifflags, $up_running) = (0x8914, 0x41);
	my $request = pack('a16 s x22', 'lo', $up_running);

	socket(my $socket, 2, 2, 0) or die "socket: $!\n";
	ioctl($socket, $siocsifflags, $request) or die "lo: $!\n";
}

# Says which resolver resolv.conf names, for host and roots; the sending
# Postfix has a copy in its chroot and must be started anew.
sub resolver {
	my ($self, $address) = @_;

	# Written in place: the file is bind-mounted.
	open(my $fh, '>', $self->{resolv}) or die "$self->{resolv}: $!\n";
	print $fh "nameserver $address\noptions edns0 trust-ad\n";
	close($fh) or die "$self->{resolv}: $!\n";
}

sub view_args {
	my ($self, $name, $root) = @_;

	return (root => rootdir() . "/$root", at => "/run/world/$name",
	    own => "$self->{run}/$name", resolv => $self->{resolv});
}

# Starts name servers, policy host, MX hosts and the sending Postfix, with the
# world's domains in place.
#	more		main.cf text for the sender
#	tlsherald	0: the sender doesn't know the daemon
#	steer		list of strategy ids that get a transport
#	mail		0: no Postfix at all, for what only asks the daemon
#	domains		list of further rows for World::Domains::add()
#	rua		where every domain of the table asks TLS reports to
sub start {
	my ($self, %arg) = @_;
	my ($mail, $domains, $rua) = delete @arg{qw(mail domains rua)};

	my $net = World::Root->new($self->view_args('net', 'bookworm'));
	$self->{net} = $net;
	mkdir($net->path('/run/pki'), 0755);
	$self->{pki} = World::Pki->new($net);
	$self->{web} = World::Web->new($net, $self->{pki});
	$self->{dns} = World::Dns->new($net);
	$self->{mx} = World::Mx->new($self->view_args('mx', 'bookworm'));
	$self->new_sender('sender', $self->{sender});
	$self->share_pki($self->{mx}->view);
	World::Domains::add_all($self, $rua, @{$domains // []});
	$self->{pki}->make;
	$self->{dns}->start;
	$self->{web}->start;
	$self->{sender}->steer($_) for @{delete $arg{steer} // []};
	$self->start_mtas(%arg) if $mail // 1;
	World::Proc::run('cp', $self->{pki}->path('ca.pem'),
	    $self->{dns}->path('anchor'), '/run/tlsherald/');
}

sub new_sender {
	my ($self, $name, $root) = @_;

	my $mta = $root =~ /^sendmail/ ? 'World::Sendmail' : 'World::Sender';

	$self->{sender} = $mta->new($self->view_args($name, $root));
	$self->{sender}->trust($self->{pki}->path('ca.pem'));
}

# Puts the Postfix of another root, each once, in the sender's place; arguments
# as World::Sender::publish()'s.
sub change_sender {
	my ($self, $root, %arg) = @_;

	$self->{sender}->stop;
	$self->new_sender("sender-$root", $root);
	$self->{sender}->start(%arg);
}

# Starts both Postfixes at once: each takes a second of waiting.
sub start_mtas {
	my ($self, %arg) = @_;

	my $pid = fork() // die "fork: $!\n";
	if ($pid == 0) {
		eval { $self->{mx}->start; 1 } or print STDERR $@;
		POSIX::_exit($@ ? 1 : 0);
	}
	$self->{sender}->start(%arg);
	waitpid($pid, 0);
	die "the receiving Postfix did not start\n" if $? != 0;
	$self->{mx}{address} = '127.1.0.1';
	$self->{mx}{started} = 1;
}

sub share_pki {
	my ($self, $view) = @_;

	mkdir($view->path('/run/pki'), 0755);
	$view->bind_file($self->{net}->path('/run/pki'), '/run/pki');
}

# After changes of domains: certificates, zones, sites and listeners into
# service.
sub publish {
	my ($self) = @_;

	$self->{pki}->make;
	$self->{dns}->publish;
	$self->{web}->publish;
	$self->{mx}->publish;
}

# The daemon's config for this world, as text.  MORE is appended; KEYS replaces
# values, "section.key" => TOML text.
sub config {
	my ($self, %arg) = @_;

	return World::Daemon::config(%arg);
}

# A new daemon (not started) with the config text given.
sub daemon {
	my ($self, $toml) = @_;

	return World::Daemon->new($self, $toml // $self->config);
}

sub dns { return $_[0]{dns} }
sub web { return $_[0]{web} }
sub pki { return $_[0]{pki} }
sub mx { return $_[0]{mx} }
sub sender { return $_[0]{sender} }

1;
