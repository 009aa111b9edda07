# World::Proc - run a command to its end, or start and later stop one
package World::Proc;
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Path qw(make_path);
use POSIX qw(WNOHANG);
use Time::HiRes qw(time);

# Runs a command; returns its output (both streams), dies with it on failure.
sub run {
	my ($status, $out) = try_run(@_);

	die "@_: exit " . ($status >> 8) . " signal " . ($status & 127) .
	    "\n$out" if $status != 0;
	return $out;
}

# Runs a command; returns (wait status, output of both streams).
sub try_run {
	my (@command) = @_;

	my $pid = open(my $fh, '-|') // die "fork: $!\n";
	if ($pid == 0) {
		open(STDIN, '<', '/dev/null');
		open(STDERR, '>&', \*STDOUT);
		no warnings 'exec';
		exec(@command) or print "$command[0]: $!\n";
		POSIX::_exit(127);
	}
	my $out = do { local $/; <$fh> } // '';
	local $!;
	close($fh);
	return ($?, $out);
}

# An exit status as a shell tells it: 128 and the signal for a killed one.
sub exit_status {
	my ($status) = @_;

	return $status & 127 ? 128 + ($status & 127) : $status >> 8;
}

# Starts a command with its output appended to a log file.
#	command		list of words
#	log		path
#	env		further environment, a hash
sub spawn {
	my ($class, %arg) = @_;

	my $pid = fork() // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
		open(STDIN, '<', '/dev/null');
		open(STDOUT, '>>', $arg{log}) or POSIX::_exit(126);
		open(STDERR, '>&', \*STDOUT);
		@ENV{keys %{$arg{env} // {}}} = values %{$arg{env} // {}};
		no warnings 'exec';
		exec(@{$arg{command}}) or print "$arg{command}[0]: $!\n";
		POSIX::_exit(127);
	}
	return bless { pid => $pid, %arg }, $class;
}

sub pid {
	return $_[0]{pid};
}

# True while the process runs; afterwards status() is its wait status.
sub alive {
	my ($self) = @_;

	return 0 if defined $self->{status};
	return 1 if waitpid($self->{pid}, WNOHANG) == 0;
	$self->{status} = $?;
	return 0;
}

sub status {
	return $_[0]{status};
}

sub signal {
	my ($self, $signal) = @_;

	kill($signal, $self->{pid}) if $self->alive;
}

# Sends SIGNAL (TERM) and waits for the end, at most SECONDS (10), after which
# it dies: a server that doesn't stop is a fault.  Returns the wait status.
sub stop {
	my ($self, $signal, $seconds) = @_;

	$self->signal($signal // 'TERM');
	wait_until($seconds // 10, sub { !$self->alive }) or
	    die "$self->{command}[0] does not stop\n";
	return $self->status;
}

# Whether a process that is not our child runs. Where process 1 is no init, as in
# a container, one that ended stays behind as a zombie: that is no running one.
sub running {
	my ($pid) = @_;

	open(my $fh, '<', "/proc/$pid/stat") or return 0;
	return (<$fh> // '') !~ /\) [ZX] [^)]*\z/;
}

# Calls TRUE until it returns something true, at most SECONDS long, looking
# every 20 ms.  Returns that value, or nothing when the time is over.
sub wait_until {
	my ($seconds, $true) = @_;
	my $end = time + $seconds;

	for (;;) {
		my $value = $true->();
		return $value if $value;
		return if time > $end;
		select(undef, undef, undef, 0.02);
	}
}

# Writes a file whole: a reader sees the old or the new content.
sub write_file {
	my ($path, $text) = @_;

	open(my $fh, '>', "$path.new") or die "$path.new: $!\n";
	print $fh $text;
	close($fh) or die "$path.new: $!\n";
	rename("$path.new", $path) or die "$path: $!\n";
}

# The same for what cannot be replaced, as below /proc.
sub write_file_in_place {
	my ($path, $content) = @_;

	open(my $fh, '>', $path) or die "$path: $!\n";
	print $fh $content;
	close($fh) or die "$path: $!\n";
}

sub slurp {
	my ($path) = @_;

	open(my $fh, '<', $path) or die "$path: $!\n";
	local $/;
	return scalar(<$fh>) // '';
}

# Runs a command in new namespaces, SPACE being words for unshare(1), with no
# mount going in or out.  COPY is a folder to make, for where / is none of its
# own.  Does not return.
sub exec_private {
	my ($space, $copy, @command) = @_;
	my ($top) = try_run('mountpoint', '-q', '/');

	exec('unshare', @$space, '--propagation', 'private', @command)
	    if $top == 0;
	# / is a folder and no mount (a chroot): nothing can be said about its
	# propagation.  A bind mount of it can be made private, and entered.
	make_path($copy);
	exec('unshare', @$space, '--propagation', 'unchanged', 'sh', '-ec',
	    'mount --rbind / "$0"; mount --make-rprivate "$0"
	    cd "$1"; shift; exec chroot "$0" "$@"', $copy, getcwd(), @command);
	die "unshare: $!\n";
}

1;
