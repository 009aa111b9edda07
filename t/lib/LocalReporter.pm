# LocalReporter - tlsherald-reportgen without any network, in a folder of its
# own
#
# It collects at DIR/run/tlsrpt.sock and keeps DIR/state. As root it drops to
# "nobody". Nothing is sent to anybody. TLSHERALD_WRAP is put before the
# command, for valgrind.
package LocalReporter;
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Temp qw(tempdir);
use Socket qw(AF_UNIX SOCK_DGRAM MSG_DONTWAIT pack_sockaddr_un);
use World::Proc;

# TEXT of the config behind what is made here. Options: collect, text for
# [report.collect]; aggregate, for [report.tls.aggregate].
sub new {
	my ($class, $text, %arg) = @_;
	my $build = abs_path($ENV{BUILDDIR} // getcwd());
	my $dir = tempdir('tlsherald-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless { dir => $dir, text => $text // '', arg => \%arg,
	    program => "$build/reportgen/tlsherald-reportgen",
	    dump => "$build/t/system/report_dump",
	    socket => "$dir/run/tlsrpt.sock", state => "$dir/state",
	    log => "$dir/log", file => "$dir/tlsherald.toml" }, $class;

	for (qw(program dump)) {
		die "$self->{$_} is not built\n" unless -x $self->{$_};
	}
	chmod(0755, $dir);
	$self->write($self->config);
	return $self;
}

sub config {
	my ($self, %arg) = @_;
	my %part = (%{$self->{arg}}, %arg);
	my $user = $> == 0 ? qq{user = "nobody"\ngroup = "nogroup"\n} : '';

	return <<"END" . ($part{text} // $self->{text});
[server]
hostname = "mx.here.test"
state-dir = "$self->{state}"
$user
[report.deliver]
via = "none"
[report.tls.aggregate]
@{[$part{aggregate} // '']}
[report.collect]
socket = "$self->{socket}"
@{[$part{collect} // '']}
END
}

# Replaces the config file whole.
sub write {
	my ($self, $text) = @_;

	World::Proc::write_file($self->{file}, $text);
}

# Starts it in the foreground; returns when it says that it has started.
sub start {
	my ($self) = @_;
	my $mark = $self->mark;

	$self->{proc} = World::Proc->spawn(log => $self->{log},
	    command => [split(' ', $ENV{TLSHERALD_WRAP} // ''),
	    $self->{program}, '-f', '-c', $self->{file}]);
	$self->await_log(qr/ started version=/, $mark);
	return $self;
}

sub stop {
	my ($self, $signal) = @_;

	return $self->{proc}->stop($signal, 40);
}

sub signal { $_[0]{proc}->signal($_[1]) }
sub mark { return -s $_[0]{log} // 0 }

sub log_text {
	my ($self, $mark) = @_;

	return '' if !-e $self->{log};
	return substr(World::Proc::slurp($self->{log}), $mark // 0);
}

# Waits until the log from MARK on matches WANT; returns the groups.
sub await_log {
	my ($self, $want, $mark, $seconds) = @_;
	my $found = World::Proc::wait_until($seconds // 15, sub {
		my @group = $self->log_text($mark) =~ $want or return;
		return \@group;
	}) or die "the log lacks $want:\n" .
	    substr($self->log_text($mark), -3000);
	return @$found;
}

# The process id of a child as the log told last.
sub child {
	my ($self, $name) = @_;
	my @pids = $self->log_text =~ /child=$name pid=(\d+) started/g;

	die "no child $name\n" if !@pids;
	return $pids[-1];
}

# Waits until another child than PID runs.
sub await_child {
	my ($self, $name, $pid) = @_;

	return World::Proc::wait_until(15, sub {
		my $now = $self->child($name);
		return $now != $pid && $now;
	}) // die "no new $name\n";
}

# Runs the program with this config; (exit status, output of both streams).
sub command {
	my ($self, @words) = @_;
	my ($status, $out) = World::Proc::try_run($self->{program}, '-c',
	    $self->{file}, @words);

	return ($status >> 8, $out);
}

# Sends datagrams as libtlsrpt does: without waiting, each from a socket of its
# own. Returns how many were taken.
sub post {
	my ($self, @datagrams) = @_;
	my $taken = 0;

	$taken += post_one($self->{socket}, $_, MSG_DONTWAIT) for @datagrams;
	return $taken;
}

# The same, but waits for room in the queue.
sub post_all {
	my ($self, @datagrams) = @_;

	for (@datagrams) {
		post_one($self->{socket}, $_, 0) or die "send: $!\n";
	}
}

sub post_one {
	my ($path, $datagram, $flags) = @_;

	socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
	return defined send($s, $datagram, $flags, pack_sockaddr_un($path)) ?
	    1 : 0;
}

# What the daemon has, stored: numbers by name, rows and details as lists of
# fields (t/system/report_dump.c).
sub stored {
	my ($self, %arg) = @_;
	my %d = (number => {}, row => [], detail => []);

	$self->checkpoint if !$arg{as_it_is};
	for (split /\n/, World::Proc::run($self->{dump},
	    "$self->{state}/report.db")) {
		my ($kind, @field) = split /\t/;
		if ($kind eq 'number') {
			$d{number}{$field[0]} = $field[1];
		} else {
			push @{$d{$kind}}, \@field;
		}
	}
	return \%d;
}

# Asks for a checkpoint and waits until it is made.
sub checkpoint {
	my ($self) = @_;
	my $count = sub { $self->stored(as_it_is => 1)
	    ->{number}{'checkpoint-asked'} // 0 };

	World::Proc::wait_until(15, sub { -s "$self->{state}/report.db" })
	    or die "there is no report.db\n";
	my $before = $count->();
	$self->signal('USR1');
	World::Proc::wait_until(15, sub { $count->() > $before })
	    or die "no checkpoint:\n" . $self->log_text;
}

# Sums of successes and failures over all rows.
sub sums {
	my ($dump) = @_;
	my ($good, $bad) = (0, 0);

	for (@{$dump->{row}}) {
		$good += $_->[5];
		$bad += $_->[6];
	}
	return ($good, $bad);
}

# A datagram as libtlsrpt writes it. Options: type, failures (text of the list),
# failed, record, strings (list), more (text before the end).
sub datagram {
	my ($domain, %arg) = @_;
	my $type = $arg{type} // 9;
	my $record = $arg{record} // 'v=TLSRPTv1; rua=mailto:tls@' . $domain;
	my $policy = qq{"policy-type":$type,"policy-domain": "$domain",};

	$policy .= '"policy-string":[' .
	    join(',', map { qq{"$_"} } @{$arg{strings}}) . '],'
	    if $arg{strings};
	$policy .= qq{"mx-host":["mx.$domain"],} if $type == 2;
	$policy .= qq{"failure-details":[$arg{failures}],} if $arg{failures};
	return qq({"dpv": "1","d": "$domain","pr": "$record","policies":[{) .
	    $policy . '"t":' . ($arg{failures} ? 1 : 0) . ',"f":' .
	    ($arg{failed} // ($arg{failures} ? 1 : 0)) . '}]' .
	    ($arg{more} // '') . '}';
}

1;
