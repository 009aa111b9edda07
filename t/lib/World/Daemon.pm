# World::Daemon - tlsherald-milter under test
#
# Runs in the foreground as a child, with all its files below /run/tlsherald of
# the world and the user "nobody" after the drop of privileges.
package World::Daemon;
use strict;
use warnings;
use File::Basename qw(basename);
use File::Path qw(make_path);
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use World::Proc;
use World::Socketmap;

our $run = '/run/tlsherald';

# Section and key of what the world needs, with TOML values.
my @base = (
	['server', 'hostname', '"sender.test"'],
	['server', 'state-dir', "\"$run/state\""],
	['server', 'user', '"nobody"'],
	['server', 'group', '"nogroup"'],
	['log', 'to', '"stderr"'],
	['control', 'socket', "\"$run/milter.ctl\""],
	['net', 'allow', '["127.0.0.0/8"]'],
	['dns', 'servers', '["127.0.0.1"]'],
	['dns', 'trust-anchors', "\"$run/anchor\""],
	['mta-sts', 'ca-file', "\"$run/ca.pem\""],
	['milter', 'listen', '"inet:8460@127.0.0.1"'],
	['policy', 'listen', '["inet:127.0.0.1:8461"]'],
);

# Rules and strategies of the demo, and some that need the sender.
our $strategies = <<'END';
[queue.strategy]
tls = [
	{ if = "sender == 'boss@sender.test'", then = "'strict'" },
	{ if = "sender == 'carol@sender.test' && rcpt_domain == 'plain-good.test'", then = "'strict'" },
	{ if = "rcpt_domain == 'dane-mixed.test'", then = "'starttls'" },
	{ if = "rcpt_domain == 'need-dane.test'", then = "'dane'" },
	{ if = "rcpt_domain == 'need-sts.test'", then = "'sts'" },
	{ else = "'default'" },
]
[queue.tls.default]
dane = "optional"
mta-sts = "optional"
[queue.tls.strict]
starttls = "require"
[queue.tls.starttls]
starttls = "require"
[queue.tls.dane]
dane = "require"
[queue.tls.sts]
mta-sts = "require"
END

# The config text.  Each argument is a "section.key" with its TOML value, which
# replaces or adds a key (undef takes it away); 'strategies' is the text for
# [queue...] instead of the one above.
sub config {
	my (%arg) = @_;
	my $queue = delete $arg{strategies} // $strategies;
	my (%section, @order);

	for my $row (@base, map { [/\A(.*)\.(.*)\z/, $arg{$_}] }
	    sort keys %arg) {
		my ($section, $key, $value) = @$row;

		push(@order, $section) unless $section{$section};
		$section{$section}{$key} = $value;
	}
	my $text = '';
	for my $section (@order) {
		my $keys = $section{$section};

		$text .= "[$section]\n" . join('', map { "$_ = $keys->{$_}\n" }
		    grep { defined $keys->{$_} } sort keys %$keys);
	}
	return $text . $queue;
}

sub new {
	my ($class, $world, $toml) = @_;
	my $self = bless { world => $world,
	    program => "$world->{build}/milter/tlsherald-milter",
	    file => "$run/tlsherald.toml",
	    log => "$world->{run}/daemon.log" }, $class;

	$self->write($toml);
	return $self;
}

# Replaces the config file; reload() makes the daemon read it.
sub write {
	my ($self, $toml) = @_;

	World::Proc::write_file($self->{file}, $toml);
}

# Starts the daemon; returns when socketmap and milter accept connections.
# WRAP is a command that runs it, such as valgrind's; a path before that is the
# milter's socket instead of port 8460.
sub start {
	my ($self, @wrap) = @_;
	my $milter = @wrap && $wrap[0] =~ m{^/} ? shift(@wrap) : 8460;

	die "$self->{program} is not built\n" unless -x $self->{program};
	$self->{proc} = World::Proc->spawn(log => $self->{log},
	    command => [@wrap, $self->{program}, '-f', '-c', $self->{file}]);
	for my $port (8461, $milter) {
		World::Proc::wait_until(60, sub {
			die "the daemon ended:\n" .
			    substr(World::Proc::slurp($self->{log}), -3000)
			    unless $self->{proc}->alive;
			$port =~ m{^/} ? IO::Socket::UNIX->new(Peer => $port) :
			    IO::Socket::INET->new(PeerAddr => '127.0.0.1',
			    PeerPort => $port) }) or
			    die "the daemon does not listen on $port\n";
	}
}

# Ends the daemon with SIGNAL (TERM); returns the wait status.
sub stop {
	my ($self, $signal) = @_;

	return unless $self->{proc};
	my $status = $self->{proc}->stop($signal, 30);
	$self->{proc} = undef;
	return $status;
}

sub alive {
	my ($self) = @_;

	return $self->{proc} && $self->{proc}->alive;
}

sub pid {
	return $_[0]{proc}->pid;
}

sub signal {
	$_[0]{proc}->signal($_[1]);
}

sub log_mark {
	return -s $_[0]{log} // 0;
}

# The daemon's log from MARK (0) on.
sub log_text {
	my ($self, $mark) = @_;

	return substr(World::Proc::slurp($self->{log}), $mark // 0);
}

# Waits until the log from MARK on matches; returns the match's groups.
sub await_log {
	my ($self, $mark, $want, $seconds) = @_;

	my $found = World::Proc::wait_until($seconds // 10, sub {
		my @group = $self->log_text($mark) =~ $want or return;
		return \@group;
	}) or die "the daemon's log lacks $want:\n" .
	    substr($self->log_text($mark), -3000);
	return @$found;
}

# One socketmap lookup over a new connection; the reply's text.
sub lookup {
	my ($self, $map, $key, $seconds) = @_;

	return World::Socketmap->new('127.0.0.1:8461')
	    ->lookup($map, $key, $seconds);
}

# Runs the program with arguments and this daemon's config; returns (exit
# status, output).
sub command {
	my ($self, @words) = @_;
	my ($status, $out) = World::Proc::try_run($self->{program}, '-c',
	    $self->{file}, @words);

	return (World::Proc::exit_status($status), $out);
}

# What the running daemon counted: the output of stats --json, decoded.
sub stats {
	my ($self) = @_;
	my ($status, $out) = $self->command('stats', '--json');

	die "stats: exit $status\n$out" if $status != 0;
	return decode_json($out);
}

# As command(), but in the sender's root, so that the program sees the host
# that Postfix is set up on: postconf, files, users, resolv.conf, jail. The
# program, its libraries and the loader come from outside.
sub command_at_sender {
	my ($self, @words) = @_;
	my $view = $self->{world}->sender->view;
	my $dir = $view->path('/run/outside');

	if (!-d $dir) {
		make_path($dir, $view->path($run));
		World::Proc::run('mount', '--bind', $run, $view->path($run));
		my $list = World::Proc::run('ldd', $self->{program});
		World::Proc::run('cp', '-L', $self->{program},
		    $list =~ m{(/\S+) \(}g, $dir);
		($self->{loader}) = $list =~ m{(ld-linux\S*) \(};
	}
	my ($status, $out) = World::Proc::try_run('chroot', $view->path('/'),
	    "/run/outside/$self->{loader}", '--library-path',
	    '/run/outside', '/run/outside/' . basename($self->{program}), '-c',
	    $self->{file}, @words);

	return (World::Proc::exit_status($status), $out);
}

1;
