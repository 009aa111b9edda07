#!/usr/bin/perl
# The journal of a real systemd-journald as the source: what Postfix 3.7 logged
# is handed to it line by line, and read by a real journalctl, whatever is
# killed meanwhile.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Handle;
use Socket qw(AF_UNIX SOCK_DGRAM pack_sockaddr_un);
use Test::More;
use World;
use World::LogTest;
use World::Reportgen;

my $journald = '/lib/systemd/systemd-journald';

# t/unit/log_journal.t has a program in journalctl's place
plan(skip_all => 'no systemd on this host')
    unless -x $journald && -s '/etc/machine-id';

my @domain = qw(sts-good.test dane-good.test plain-good.test);
my $world = World->enter(name => 'log-journal', sender => 'bookworm');
$world->start(rua => 'mailto:tls@reports.test');
my $sender = $world->sender;
my $toml = $world->config(World::Reportgen::keys_for($world,
    'report.collect.log' => '"journal"'));
my $rg = World::Reportgen->new($world, $toml);
my $daemon = $world->daemon($toml);
my $test = World::LogTest->new($world, $rg, 'sts-expired.test');

# --- journald, in the world's own /run.
my $dev = '/run/systemd/journal/dev-log';
World::Proc::run('mkdir', '-p', '/run/systemd/journal', '/run/log/journal');
my $proc = World::Proc->spawn(log => "$world->{run}/journald.log",
    command => [$journald]);
World::Proc::wait_until(20, sub { -S $dev }) or die "journald is not there\n";

socket(my $syslog, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";

sub hand {
	my ($line) = @_;

	my ($tag, $text) = $line =~ /^\S+ +\S+ +\S+ \S+ (\S+\[\d+\]): (.*)$/ or
	    return;
	send($syslog, "<22>$tag: $text", 0, pack_sockaddr_un($dev)) or
	    die "$dev: $!\n";
}

# Hands the rest of the log over, as syslog(3) would have.
my $mark = 0;

sub hand_over {
	my $text = $sender->log_text($mark);

	$text = substr($text, 0, rindex($text, "\n") + 1);
	$mark += length($text);
	hand($_) for split(/\n/, $text);
}

# What an entry takes to be there, and what a member of the group
# systemd-journal may.
hand('Nov 22 01:43:26 sender test[1]: begun');
World::Proc::wait_until(20, sub { glob('/run/log/journal/*/system.journal') });
World::Proc::run('chmod', '-R', 'a+rX', '/run/log/journal');

sub arrived {
	my ($about) = @_;

	$test->all_arrived($about);
	# the sender writes its line after the receiver's
	World::Proc::wait_until(20, sub {
		my $sent = () = $sender->log_text =~ /status=sent/g;
		$sent == $test->{mails} });
	hand_over();
}

$daemon->start;
$test->burst(2, @domain);
arrived('before');
$test->{sent} = {};		# it is read from its end on
$rg->start;

sub reader {
	return $test->reader(sub {
		my $pid = $_[0];

		grep { World::Proc::slurp("/proc/$_/comm") eq "journalctl\n" }
		    split(' ', World::Proc::slurp(
		    "/proc/$pid/task/$pid/children")) }, @_);
}

my $reader = reader();
my $to = 'u@sts-expired.test';
my $id = $sender->send('alice@sender.test', [$to])->{id};
is($sender->result($id, $to)->{status}, 'deferred', 'expired: deferred');
$test->expect('sts-expired.test');
$test->burst(3, @domain);
arrived('begun');
$test->count_is('begun');

for my $round (1 .. 3) {
	$test->burst(1, @domain);
	arrived("round $round");
	kill('KILL', $reader);
	$reader = reader($reader);
}
$test->count_is('the reader was killed');

my ($journalctl) = grep { World::Proc::slurp("/proc/$_/comm") eq
    "journalctl\n" } split(' ', World::Proc::slurp(
    "/proc/$reader/task/$reader/children"));
kill('KILL', $journalctl);
$test->burst(2, @domain);
arrived('journalctl killed');
$test->count_is('journalctl was killed');

$rg->stop;
$test->burst(2, @domain);
arrived('stopped');
$rg->start;
$test->count_is('started again');

is($rg->stop, 0, 'reportgen ends clean');
is($daemon->stop, 0, 'the milter ends clean');
$proc->stop('TERM', 20);
done_testing();
