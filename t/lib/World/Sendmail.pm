# World::Sendmail - the sending Sendmail, set up as the README tells a site to
#
# The host sender.test, as World::Sender is; what tests call is the same:
# start, stop, send, result, flush, queue, log.  Mail enters by SMTP on
# 127.0.0.1:25; local mail goes to the files in /var/mail/all/new.
#
# Sendmail logs to /dev/log alone, so its view has a /dev of its own, with a
# small receiver that writes lines into /var/log/mail.log.
package World::Sendmail;
use strict;
use warnings;
use parent -norequire, 'World::Postfix';
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::INET;
use World::Postfix;
use World::Proc;
use World::Sender;
use World::Smtp;

my @writable = qw(/etc/mail /etc/ssl/certs /var/spool/mqueue
    /var/spool/mqueue-client /var/lib/sendmail /var/log /var/mail);
my $shipped = abs_path(dirname(__FILE__) . '/../../../share/etc/sendmail');

# What the world needs; our lines follow.
my $mc = <<'END';
define(`_USE_ETC_MAIL_')dnl
include(`/usr/share/sendmail/cf/m4/cf.m4')dnl
VERSIONID(`world')dnl
OSTYPE(`debian')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
define(`ALIAS_FILE', `/etc/mail/aliases')dnl
define(`confDOMAIN_NAME', `sender.test')dnl
define(`confLOG_LEVEL', `14')dnl
define(`confTO_ICONNECT', `5s')dnl
define(`confTO_CONNECT', `5s')dnl
define(`confCACERT', `/etc/ssl/certs/ca-certificates.crt')dnl
define(`confCACERT_PATH', `/etc/ssl/certs')dnl
define(`confQUEUE_LA', `900')dnl
define(`confREFUSE_LA', `900')dnl
define(`confMAX_RUNNERS_PER_QUEUE', `4')dnl
define(`LOCAL_MAILER_PATH', `/etc/mail/deliver')dnl
define(`LOCAL_MAILER_ARGS', `deliver $u')dnl
define(`LOCAL_MAILER_MAX_MESSAGES', `1')dnl
MODIFY_MAILER_FLAGS(`LOCAL', `-w5m')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA, Port=smtp, Addr=127.0.0.1')dnl
LOCAL_DOMAIN(`sender.test')dnl
END

my $mailers = "MAILER(`local')dnl\nMAILER(`smtp')dnl\n";

my $deliver = <<'END';
#!/bin/sh
# One file per message: envelope recipient first, as the world's MX does it.
file=$(mktemp -p /var/mail/all/new mail.XXXXXXXX) || exit 75
{ echo "X-Original-To: $1@sender.test"; cat; } >"$file"
END

# Writes what arrives at the socket to the file, a line each.
my $receiver = <<'END';
use IO::Socket::UNIX;
my ($path, $file) = @ARGV;
my $s = IO::Socket::UNIX->new(Local => $path, Type => SOCK_DGRAM) or
    die "$path: $!\n";
chmod(0666, $path);
open(my $out, '>>', $file) or die "$file: $!\n";
$out->autoflush(1);
setsockopt($s, SOL_SOCKET, 8, pack('i', 1 << 22));
while (defined(recv($s, my $line, 65536, 0))) {
	$line =~ s/^<\d+>//;
	$line =~ s/[\r\n\0]+\z//;
	print $out "$line\n";
}
END

# Mounts the view.  Arguments as World::Root's, without 'writable'.
sub new {
	my ($class, %arg) = @_;
	my $view = World::Root->new(%arg, writable => \@writable);
	my $self = bless { view => $view }, $class;

	make_dev($view);
	my $box = $view->path('/var/mail/all');
	mkdir($_, 0777) or die "$_: $!\n" for $box, "$box/new";
	chmod(0777, $box, "$box/new");
	World::Proc::run('mkdir', '-p', $view->path('/run/sendmail/mta'),
	    $view->path('/run/sendmail/msp'));
	# the queue belongs to who runs the daemon: root, as Sendmail's own
	# set-up has it; files that Debian's start script makes
	my $queue = $view->path('/var/spool/mqueue');
	$view->sh('chown -R root:root /etc/mail; chmod -R go-w /etc/mail');
	chown(0, 0, $queue) && chmod(0700, $queue) or die "$queue: $!\n";
	my $lib = $view->path('/var/lib/sendmail');
	World::Proc::run('mkdir', '-p', "$lib/host_status");
	World::Proc::run('touch', "$lib/sendmail.st");
	# /var/run of the root is no symlink where its packages wrote there
	$view->bind_file($view->path('/run'), '/var/run')
	    if -d $view->path('/var/run') && !-l $view->path('/var/run');
	World::Proc::write_file($view->path('/etc/mail/deliver'), $deliver);
	chmod(0755, $view->path('/etc/mail/deliver'));
	$self->{log_proc} = World::Proc->spawn(log => "$arg{own}/receiver.log",
	    command => [$^X, '-e', $receiver, $view->path('/dev/log'),
	    $self->log_path]);
	World::Proc::wait_until(5, sub { -S $view->path('/dev/log') }) or
	    die "nobody receives Sendmail's log\n";
	return $self;
}

# A /dev that is the view's alone.
sub make_dev {
	my ($view) = @_;
	my $dev = $view->path('/dev');

	World::Proc::run('umount', '-R', '-l', $dev);
	World::Proc::run('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs',
	    $dev);
	for my $node (qw(null zero full random urandom tty)) {
		World::Proc::run('cp', '-a', "/dev/$node", "$dev/$node");
		chmod(0666, "$dev/$node");
	}
}

# Makes the CA file given the system's.
sub trust {
	my ($self, $ca) = @_;

	World::Proc::run('cp', $ca,
	    $self->view->path('/etc/ssl/certs/ca-certificates.crt'));
}

sub version {
	my ($self) = @_;
	my ($version) = $self->view->sh(
	    'sendmail -d0.1 -bt </dev/null 2>&1 | head -1') =~
	    /^Version (\S+)/;

	return $version;
}

sub name {
	return 'Sendmail ' . $_[0]->version;
}

# Whether this build can do DANE.
sub does_dane {
	my ($self) = @_;

	return $self->view->sh('sendmail -d0.14 -bt </dev/null 2>&1') =~
	    /Compiled with:[^:]*\bDANE\b/ ? 1 : 0;
}

sub dialect {
	return 'tlspol';
}

sub shipped {
	my ($self, $file) = @_;

	return World::Proc::slurp("$shipped/$file");
}

# Writes the configuration; a running instance restarts.
#	tlsherald	0: without the daemon's lines
#	more		further text before the MAILER() lines
#	after		further text at the end
#	quick		1: maps and milter wait for a second only
#	cache		how many connections are kept, instead of none
#	milter		the INPUT_MAIL_FILTER line; '' for none
sub publish {
	my ($self, %arg) = @_;
	my $view = $self->view;
	my ($ours, $wait) = ('', $arg{quick} ? ', T=C:1s;S:1s;R:1s;E:1s' : '');

	if ($arg{tlsherald} // 1) {
		my $m4 = $self->shipped('tlsherald.m4');
		$m4 =~ s/-d10\b/-d1/g if $arg{quick};
		$m4 =~ s/(confMCI_CACHE_SIZE', `)0/$1$arg{cache}/
		    if $arg{cache};
		World::Proc::write_file($view->path('/etc/mail/tlsherald.m4'),
		    $m4);
		$ours = ($arg{milter} // "INPUT_MAIL_FILTER(`tlsherald', " .
		    "`S=inet:8460\@127.0.0.1$wait')dnl\n") .
		    "include(`/etc/mail/tlsherald.m4')dnl\n";
	}
	my $dane = $self->does_dane && ($arg{dane} // 1) ?
	    "LOCAL_CONFIG\nO DANE=true\n" : '';
	World::Proc::write_file($view->path('/etc/mail/sendmail.mc'),
	    $mc . ($arg{more} // '') . $mailers . $ours . $dane .
	    ($arg{after} // ''));
	my $said = $view->sh('cd /etc/mail && ' .
	    'm4 sendmail.mc >sendmail.cf.new && ' .
	    'mv sendmail.cf.new sendmail.cf && chmod 644 sendmail.cf');
	die "m4 says:\n$said" if $said =~ /\S/ && !$arg{warned};
	$self->{m4} = $said;
	if ($self->{proc}) {
		$self->stop;
		$self->run_it;
	}
}

sub run_it {
	my ($self) = @_;

	$self->{proc} = $self->view->spawn(
	    log => $self->view->{own} . '/sendmail.log',
	    command => ['/usr/sbin/sendmail', '-bD']);
	$self->await_port;
}

sub start {
	my ($self, %arg) = @_;

	$self->publish(%arg);
	$self->{address} = '127.0.0.1';
	$self->run_it;
}

sub stop {
	my ($self) = @_;

	(delete $self->{proc})->stop if $self->{proc};
}

sub reload {
	my ($self) = @_;

	$self->stop;
	$self->run_it;
}

# Begins to work on the whole queue; the runners go on by themselves.
sub start_flush {
	$_[0]->view->run('/usr/sbin/sendmail', '-q');
}

# How many processes of Sendmail there are beside the daemon.
sub busy {
	my ($self) = @_;
	my $n = 0;

	for my $file (glob('/proc/[0-9]*/comm')) {
		my ($pid) = $file =~ /(\d+)/;
		my $name = eval { World::Proc::slurp($file) } // next;

		$n++ if $name =~ /^sendmail/ && World::Proc::running($pid) &&
		    !($self->{proc} && $pid == $self->{proc}->pid);
	}
	return $n;
}

# Works on the whole queue once; returns when that is done.
sub flush {
	my ($self) = @_;

	$self->start_flush;
	World::Proc::wait_until(300, sub { !$self->busy }) or
	    die "Sendmail works on and on\n";
}

# How many messages are in the queue.
sub queued {
	my ($self) = @_;
	my @file = glob($self->view->path('/var/spool/mqueue') . '/qf*');

	return scalar(@file);
}

sub queue {
	return $_[0]->view->run('/usr/sbin/sendmail', '-bp');
}

# Adds a line to the aliases.
sub alias {
	my ($self, $line) = @_;
	my $file = $self->view->path('/etc/mail/aliases');

	World::Proc::write_file($file, World::Proc::slurp($file) . "$line\n");
	$self->view->run('/usr/sbin/sendmail', '-bi');
}

# A strategy needs no transport here: the lookup names the message.
sub steer { }

# What the daemon's config says of this build: it runs outside of its root.
sub keys {
	my ($self) = @_;

	$self->{dane} //= $self->does_dane;
	return ('milter.sendmail-dane' => $self->{dane} ? '"yes"' : '"no"');
}

# The row as this build is to fulfil it.
sub expects {
	my ($self, $row) = @_;

	$self->{dane} //= $self->does_dane;
	return $self->{dane} ? $row : { %$row, %{$row->{nodane} // {}} };
}

# Sendmail's OK is of the chain; where the level asks for the host's name too
# and the mail went, the daemon has seen that it fits.
sub refine {
	my ($self, $outcome) = @_;

	$outcome->{tls} = 'Verified' if ($outcome->{tls} // '') eq 'Trusted' &&
	    ($outcome->{decision}{decision}{level} =~ /^(?:secure|verify)$/ ||
	    !$self->{dane} && $outcome->{decision}{policy} &&
	    $outcome->{decision}{policy}{mode} eq 'enforce');
}

# Sends one message by SMTP, as World::Sender's.
sub send {
	my ($self, $from, $rcpts, %more) = @_;
	my $r = World::Smtp::send('127.0.0.1', 25, $from, $rcpts,
	    World::Sender::message($from, $rcpts, %more));

	($r->{id}) = $r->{data} =~ /^250 2\.0\.0 (\w+) Message accepted/
	    unless defined $r->{id};
	return $r;
}

my %status = (2 => 'sent', 4 => 'deferred', 5 => 'bounced');
my %tls = (OK => 'Trusted', TRUSTED => 'Verified', FAIL => 'Untrusted',
    NO => 'Anonymous', NOT => 'Anonymous', DANE_FAIL => 'Untrusted');

# What became of a recipient, as World::Postfix's result().  tls is of the
# session; Sendmail's OK is Trusted, for it compares no name by itself.
sub result {
	my ($self, $id, $rcpt, $mark, $seconds) = @_;
	my $want = qr{^(
	    \S.*?\[(\d+)\]:\s\Q$id\E:\sto=(?:\S*[<,])?\Q$rcpt\E[>,].*?
	    (?:\srelay=([^,]*),)?\sdsn=([\d.]+),\s(?:.*,\s)?stat=(.*))$}mx;
	my @found = $self->await_log($mark, $want, $seconds);
	# deferred at one MX host, it may yet go to the next: the last line of
	# the process that works on it counts
	if ($found[3] =~ /^4/ && World::Proc::wait_until($seconds // 20,
	    sub { !World::Proc::running($found[1]) })) {
		my $text = $self->log_text($mark);
		my @group;
		while ($text =~ /$want/g) {
			@group = ($1, $2, $3, $4, $5);
			@found = @group if $group[1] == $found[1];
		}
	}
	my ($line, $pid, $relay, $dsn, $stat) = @found;
	my ($before) = split(/^\Q$line\E$/m, $self->log_text);
	my $at = $relay // '';
	my ($host) = $at =~ /^(\S+?)\.? /;
	my @verify = $before =~ m{\[$pid\]:\sSTARTTLS=client,\s
	    relay=\Q@{[$host // 'none']}\E\.?,\sversion=\S+\sverify=(\w+)}mgx;
	my @why = $before =~ m{:\s\Q$id\E:\sruleset=tls_rcpt,\s
	    arg1=<?\Q$rcpt\E>?,\srelay=\S*\sreject=(.*)$}mgx;
	my $reason = $stat;

	$reason = "$why[-1]" if @why && $dsn =~ /^4/;
	return { line => $line, relay => $at, dsn => $dsn,
	    status => $status{substr($dsn, 0, 1)}, reason => $reason,
	    transport => 'esmtp', tls => $tls{$verify[-1] // ''} // '' };
}

1;
