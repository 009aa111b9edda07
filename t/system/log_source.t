#!/usr/bin/perl
# The log of a real Postfix 3.7 becomes sessions, each counted once: while the
# log is rotated in both ways under a reader that is behind, while the reader
# is killed, while nobody answers for policies.  What the MX hosts saw is what
# is counted.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use World;
use World::Reportgen;
use World::ReportTest;
use World::Reports;

my $rua = 'mailto:tls@reports.test';
my @domain = qw(sts-good.test dane-good.test plain-good.test);
my @late = map { "late$_.test" } 1 .. 3;
my @row = map { World::Domains::ask_for_reports({ name => $_,
    about => 'asked late', mx => [[10, 'mx', 'good']] }, $rua) } @late;

my $world = World->enter(name => 'log-source', sender => 'bookworm');
$world->start(rua => $rua, domains => \@row);
my ($sender, $mx) = ($world->sender, $world->mx);
my $log = $sender->log_path;
my $policy = '127.0.0.1:8499';
my $toml = $world->config(World::Reportgen::keys_for($world,
    'report.collect.log' => "\"$log\"",
    'report.collect.policy' => "\"inet:$policy\""));
my $rg = World::Reportgen->new($world, $toml);
my $daemon = $world->daemon($toml);

# Between reportgen and the milter, so that it can be away while Postfix has
# its answers.  Returns the process.
sub relay {
	my $listen = IO::Socket::INET->new(LocalAddr => $policy, Listen => 9,
	    ReuseAddr => 1) or die "$policy: $!\n";
	my $pid = fork() // die "fork: $!\n";

	return $pid if $pid;
	while (my $from = $listen->accept) {
		my $to = IO::Socket::INET->new('127.0.0.1:8461') or next;
		my %other = ($from => $to, $to => $from);
		my $all = IO::Select->new($from, $to);

		while (my @ready = $all->can_read) {
			for (@ready) {
				my $got = sysread($_, my $data, 65536);

				$all->remove($_, $other{$_}), last if !$got;
				syswrite($other{$_}, $data);
			}
			last unless $all->count;
		}
	}
	POSIX::_exit(0);
}

# The process of reportgen that has the log open.
sub reader {
	my ($not) = @_;

	return World::Proc::wait_until(20, sub {
		my $pid = $rg->pid;

		for my $child (split(' ', World::Proc::slurp(
		    "/proc/$pid/task/$pid/children"))) {
			next if $child == ($not // 0);
			return $child if grep { (readlink($_) // '') =~
			    m{/var/log/mail\.log} } glob("/proc/$child/fd/*");
		}
		return;
	}) // die "nobody reads the log\n";
}

my %sent;
my $mails = 0;

sub burst {
	my ($n, @to) = @_;

	for my $i (1 .. $n) {
		for my $to (@to) {
			$sender->send('alice@sender.test', ["u\@$to"]);
			$sent{$to}++;
			$mails++;
		}
	}
}

sub all_arrived {
	my @found = $mx->await_mails('test', $mails, 60);

	is(scalar(@found), $mails, "$_[0]: all mail arrived");
}

# A line per domain, "DOMAIN SUCCESS FAILURE", of what is collected.
sub counted {
	my ($built) = @_;
	my %sum;

	for my $domain (keys %$built) {
		for my $p (map { @{$_->{policies}} } @{$built->{$domain}}) {
			my $s = $p->{summary};

			$sum{$domain}[0] +=
			    $s->{'total-successful-session-count'};
			$sum{$domain}[1] += $s->{'total-failure-session-count'};
		}
	}
	return join("\n", map { "$_ @{$sum{$_}}" } sort keys %sum);
}

my $since = time;
sub count_is {
	my ($about) = @_;
	my $want = join("\n", map { "$_ " . ($_ eq 'sts-expired.test' ?
	    "0 $sent{$_}" : "$sent{$_} 0") } sort keys %sent);
	my $got;

	World::Proc::wait_until(30, sub {
		$got = counted($rg->build(World::ReportTest::days($since)));
		$got eq $want });
	is($got, $want, "$about: each session once");
}

my $relay = relay();
$rg->start;
$daemon->start;
my $reader = reader();

# --- A certificate that is refused, and mail to several recipients.
my $to = 'u@sts-expired.test';
my $id = $sender->send('alice@sender.test', [$to, 'v@sts-expired.test'])->{id};
is($sender->result($id, $to)->{status}, 'deferred', 'expired: deferred');
$sent{'sts-expired.test'} = 1;
burst(3, @domain);
all_arrived('begun');
count_is('begun');

# --- The log is renamed while the reader is behind; Postfix writes on to the
# old file until it is told.
kill('STOP', $reader);
burst(2, @domain);
rename($log, "$log.1") or die "$log: $!\n";
World::Proc::write_file($log, '');
chmod(0644, $log);
burst(2, @domain);
all_arrived('renamed');
$sender->reload;
burst(2, @domain);
all_arrived('renamed, reloaded');
kill('CONT', $reader);
count_is('renamed');

# --- It is copied and truncated while the reader is behind.
kill('STOP', $reader);
burst(3, @domain);
all_arrived('copied');
World::Proc::run('cp', $log, "$log.2");
truncate($log, 0) or die "$log: $!\n";
burst(3, @domain);
all_arrived('copied, truncated');
kill('CONT', $reader);
count_is('truncated');

# --- The reader is killed while mail flows, once with a rotation meanwhile.
for my $round (1 .. 5) {
	burst(1, @domain);
	kill('KILL', $reader);
	burst(1, @domain);
	$reader = reader($reader);
}
all_arrived('killed');
count_is('killed');
$rg->stop;
burst(1, @domain);
all_arrived('stopped');
rename($log, "$log.1") or die "$log: $!\n";
World::Proc::write_file($log, '');
chmod(0644, $log);
$sender->reload;
burst(1, @domain);
all_arrived('stopped and renamed');
$rg->start;
count_is('started again');

# --- Nobody answers for policies: it waits, and loses nothing.
my $mark = $rg->log_mark;
kill('KILL', $relay);
waitpid($relay, 0);
burst(2, @late);
all_arrived('no policy');
$rg->await_log($mark, qr/log=\S+ waits, nothing is lost: /);
$relay = relay();
count_is('policies again');
$rg->await_log($mark, qr/log=\S+ goes on/);

# --- What the MX hosts saw.
my $handshakes = () = $mx->log_text =~
    /smtpd\[\d+\]: \w+ TLS connection established from/g;
my $sum = 0;
$sum += $_ for values %sent;
is($sum, $handshakes, "the MX hosts saw $handshakes handshakes");

is($rg->stop, 0, 'reportgen ends clean');
is($daemon->stop, 0, 'the milter ends clean');
kill('KILL', $relay);
done_testing();
