# World::Reportgen - tlsherald-reportgen under test
#
# Runs in the foreground as a child, with the same config file as the milter
# (World::Daemon) and the user "nobody" after the drop of privileges.  Its
# collector's socket lies in the sender's jail, where Postfix looks for it.
package World::Reportgen;
use strict;
use warnings;
use JSON::PP;
use World::Clock;
use World::Daemon;
use World::Proc;

our $run = $World::Daemon::run;
our $from = 'noreply-tls@sender.test';

# Where Postfix finds the collector by default, below its queue directory, and
# main.cf's lines that say so.
my $queue = '/var/spool/postfix';
my $socket = 'run/tlsrpt/tlsrpt.sock';
our $main = "smtp_tlsrpt_enable = yes\nsmtp_tlsrpt_socket_name = $socket\n";

# Where the collector's socket lies; Sendmail has no jail, and tells the milter.
sub socket_path {
	my ($world) = @_;

	return $world->sender->isa('World::Sendmail') ?
	    "$run/collector/tlsrpt.sock" :
	    $world->sender->view->path("$queue/$socket");
}

# The world's keys for World::config(), MORE wins.  The key file is made by
# make_key().
sub keys_for {
	my ($world, %more) = @_;
	my $path = socket_path($world);
	my %key = (
		'report.domain' => 'sender.test',
		'report.tls.aggregate.from-name' => 'TLS Report',
		'report.tls.aggregate.from-address' => $from,
		'report.tls.aggregate.org-name' => 'Sender of the World',
		'report.tls.aggregate.contact-info' => 'tls@sender.test',
		'report.collect.socket' => $path,
		'report.collect.mode' => '0666',
		'report.collect.group' => 'nogroup',
		'report.deliver.via' => 'smtp://127.0.0.1:25',
		'signature.mail.algorithm' => 'rsa-sha256',
		'signature.mail.domain' => 'sender.test',
		'signature.mail.selector' => 'mail',
		'signature.mail.private-key' => "file:$run/dkim.pem",
	);

	return ('report.tls.aggregate.sign' => '["mail"]',
	    $world->sender->keys,
	    (map { ($_ => "\"$key{$_}\"") } keys %key), %more);
}

# WORLD was started; TOML is the config text, of World::config() with
# keys_for().
sub new {
	my ($class, $world, $toml) = @_;
	my $self = bless { world => $world,
	    program => "$world->{build}/reportgen/tlsherald-reportgen",
	    file => "$run/reportgen.toml",
	    log => "$world->{run}/reportgen.log" }, $class;

	World::Proc::run('install', '-d', '-m', '755',
	    socket_path($world) =~ s{/[^/]*\z}{}r);
	make_key() unless -e "$run/dkim.pem";
	$self->{clock} = World::Clock->new($world->{run});
	$self->write($toml);
	return $self;
}

sub make_key {
	World::Proc::run('sh', '-c', 'umask 077; exec "$@"', 'sh',
	    'openssl', 'genrsa', '-out', "$run/dkim.pem", '2048');
}

sub write {
	my ($self, $toml) = @_;

	World::Proc::write_file($self->{file}, $toml);
}

# The clock that the daemon and its commands go by.
sub clock {
	return $_[0]{clock};
}

# Starts the daemon; returns when it collects.
sub start {
	my ($self) = @_;
	my @wrap = $self->{clock}->wrap;
	my ($path) = World::Proc::slurp($self->{file}) =~
	    /^\[report\.collect\]\n(?:.*\n)*?socket = "(.*)"/m;

	die "$self->{program} is not built\n" unless -x $self->{program};
	unlink($path);
	$self->{proc} = World::Proc->spawn(log => $self->{log},
	    command => [@wrap, $self->{program}, '-f', '-c', $self->{file}],
	    # as that of the roots, whose logs it reads
	    env => { TZ => 'UTC' });
	World::Proc::wait_until(60, sub {
		die "reportgen ended:\n" .
		    substr(World::Proc::slurp($self->{log}), -3000)
		    unless $self->{proc}->alive;
		-S $path }) or die "reportgen does not collect\n";
}

# Ends the daemon with SIGNAL (TERM); returns the wait status.
sub stop {
	my ($self, $signal) = @_;

	return unless $self->{proc};
	my $status = $self->{proc}->stop($signal, 30);
	$self->{proc} = undef;
	return $status;
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

# The log from MARK (0) on.
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
	}) or die "reportgen's log lacks $want:\n" .
	    substr($self->log_text($mark), -3000);
	return @$found;
}

# Runs the program with arguments and this config; returns (exit status,
# output).
sub command {
	my ($self, @words) = @_;
	my ($status, $out) = World::Proc::try_run($self->{clock}->wrap,
	    $self->{program}, '-c', $self->{file}, @words);

	return (World::Proc::exit_status($status), $out);
}

# Output of a command with --json, decoded; dies when it fails.
sub json {
	my ($self, @words) = @_;
	my ($status, $out) = $self->command(@words, '--json');

	die "@words: exit $status\n$out" if $status != 0;
	return JSON::PP->new->utf8->decode($out);
}

# The reports of some days (2026-11-22), not sent: a hash of lists by domain,
# each report decoded.
sub build {
	my ($self, @days) = @_;
	my %found;

	for my $day (@days) {
		my $dir = "$self->{world}{run}/built-$day";

		World::Proc::run('rm', '-rf', $dir);
		my ($status, $out) = $self->command('build', '--day', $day,
		    '--dir', $dir);
		die "build: exit $status\n$out" if $status != 0;
		for my $file (sort glob("$dir/*.json.gz")) {
			my ($domain) = $file =~ m{/[^/!]*!([^!]+)![^/]*\z};

			push(@{$found{$domain}}, World::Reports::from_gzip(
			    World::Proc::slurp($file)));
		}
	}
	return \%found;
}

1;
