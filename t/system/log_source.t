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
use Test::More;
use World;
use World::LogTest;
use World::Reportgen;

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

my $test = World::LogTest->new($world, $rg, 'sts-expired.test');

# The process of reportgen that has the log open.
sub reader {
	return $test->reader(sub {
		grep { (readlink($_) // '') =~ m{/var/log/mail\.log} }
		    glob("/proc/$_[0]/fd/*") }, @_);
}

my $relay = relay();
$rg->start;
$daemon->start;
my $reader = reader();

# --- A certificate that is refused, and mail to several recipients.
my $to = 'u@sts-expired.test';
my $id = $sender->send('alice@sender.test', [$to, 'v@sts-expired.test'])->{id};
is($sender->result($id, $to)->{status}, 'deferred', 'expired: deferred');
$test->expect('sts-expired.test');
$test->burst(3, @domain);
$test->all_arrived('begun');
$test->count_is('begun');

# --- The log is renamed while the reader is behind; Postfix writes on to the
# old file until it is told.
kill('STOP', $reader);
$test->burst(2, @domain);
rename($log, "$log.1") or die "$log: $!\n";
World::Proc::write_file($log, '');
chmod(0644, $log);
$test->burst(2, @domain);
$test->all_arrived('renamed');
$sender->reload;
$test->burst(2, @domain);
$test->all_arrived('renamed, reloaded');
kill('CONT', $reader);
$test->count_is('renamed');

# --- It is copied and truncated while the reader is behind.
kill('STOP', $reader);
$test->burst(3, @domain);
$test->all_arrived('copied');
World::Proc::run('cp', $log, "$log.2");
truncate($log, 0) or die "$log: $!\n";
$test->burst(3, @domain);
$test->all_arrived('copied, truncated');
kill('CONT', $reader);
$test->count_is('truncated');

# --- The reader is killed while mail flows, once with a rotation meanwhile.
for my $round (1 .. 5) {
	$test->burst(1, @domain);
	kill('KILL', $reader);
	$test->burst(1, @domain);
	$reader = reader($reader);
}
$test->all_arrived('killed');
$test->count_is('killed');
$rg->stop;
$test->burst(1, @domain);
$test->all_arrived('stopped');
rename($log, "$log.1") or die "$log: $!\n";
World::Proc::write_file($log, '');
chmod(0644, $log);
$sender->reload;
$test->burst(1, @domain);
$test->all_arrived('stopped and renamed');
$rg->start;
$test->count_is('started again');

# --- The config is read again: the same process goes on where it was.
$reader = reader();
my $mark = $rg->log_mark;
$test->burst(1, @domain);
$rg->signal('HUP');
$test->burst(1, @domain);
$rg->await_log($mark, qr/reloaded/);
$test->all_arrived('reloaded');
$test->count_is('reloaded');
is(reader(), $reader, 'reloaded: by the same process');

# --- Nobody answers for policies: it waits, and loses nothing.
$mark = $rg->log_mark;
kill('KILL', $relay);
waitpid($relay, 0);
$test->burst(2, @late);
$test->all_arrived('no policy');
$rg->await_log($mark, qr/log=\S+ waits, nothing is lost: /);
$relay = relay();
$test->count_is('policies again');
$rg->await_log($mark, qr/log=\S+ goes on/);

# --- What the MX hosts saw.
my $handshakes = () = $mx->log_text =~
    /smtpd\[\d+\]: \w+ TLS connection established from/g;
is($test->sessions, $handshakes, "the MX hosts saw $handshakes handshakes");

is($rg->stop, 0, 'reportgen ends clean');
is($daemon->stop, 0, 'the milter ends clean');
kill('KILL', $relay);
done_testing();
