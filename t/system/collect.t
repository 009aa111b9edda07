#!/usr/bin/perl
# tlsherald-reportgen collects: what is malformed, who may send, what dies, what
# is full, who asks. In namespaces of its own, for the queue's length and a
# small disk.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Cwd qw(abs_path);
use LocalReporter;
use ReceiverKills;
use Supervisor;
use Test::More;

if (!$ENV{COLLECT_INSIDE}) {
	die "namespaces need root\n" if $> != 0;
	$ENV{COLLECT_INSIDE} = 1;
	World::Proc::exec_private([qw(--net --mount)],
	    abs_path($ENV{BUILDDIR} // '.') . '/world/collect-top', $^X,
	    (map { "-I$_" } grep { !ref } @INC), $0);
}

my $sanitized = -e ($ENV{BUILDDIR} // '.') . '/Makefile' &&
    World::Proc::slurp(($ENV{BUILDDIR} // '.') . '/Makefile') =~
    /^SAN_CFLAGS = .*-fsanitize/m;
my $qlen = '/proc/sys/net/unix/max_dgram_qlen';

sub datagram { return LocalReporter::datagram(@_) }

# The value of a line in /proc/PID/status, in kB.
sub memory {
	my ($pid, $what) = @_;
	my ($kb) = World::Proc::slurp("/proc/$pid/status") =~
	    /^$what:\s+(\d+) kB/m;
	return $kb;
}

# 1 MB of outcomes takes less than 8 MB with all that surrounds it.
sub is_bounded {
	my ($pid, $name) = @_;

SKIP: {
		skip 'a sanitizer has memory of its own', 1 if $sanitized;
		my $kb = memory($pid, 'RssAnon');
		cmp_ok($kb, '<', 8192, "$name: $kb kB");
	}
}

sub journals {
	my ($r) = @_;
	my @files = glob("$r->{state}/journal.*");
	return @files;
}

# Waits until N datagrams of a.example are in a journal.
sub await_journal {
	my ($r, $n) = @_;
	my $size = $n * (17 + length(datagram('a.example')));

	World::Proc::wait_until(10, sub { grep { -s $_ >= $size } journals($r) })
	    or die "the journal has not $size octets\n";
}

my $expired = '{"c":204,"s": "192.0.2.1","n": "mx.a.example",' .
    '"h": "250-mx.a.example\r\n250 PIPELINING","r": "192.0.2.2"}';

# Each of the list of mistakes in the datagram's specification: counted under
# its reason and dropped, and the collector lives.
sub malformed {
	my $r = LocalReporter->new->start;
	my $pid = $r->child('receiver');
	my $good = '{"policy-type":9,"t":0,"f":0}';
	my $head = '{"d": "a.example","pr": "v=TLSRPTv1;",';
	my @wrong = (
		[ empty => '' ],
		[ 'not-json' => 'hello' ],
		[ 'not-json' => substr(datagram('a.example'), 0, 60) ],
		[ 'not-json' => "\0" x 100 ],
		[ 'not-object' => '[]' ],
		[ 'not-object' => '7' ],
		[ 'wrong-type' => qq({"d":5,"policies":[$good]}) ],
		[ 'wrong-type' => $head . '"policies":"zz"}' ],
		[ 'no-domain' => qq({"policies":[$good]}) ],
		[ 'bad-domain' => qq({"d": "a b","policies":[$good]}) ],
		[ 'bad-version' => qq({"dpv": "2","d": "a.example",) .
		    qq("policies":[$good]}) ],
		[ 'no-policies' => $head . '"policies":[]}' ],
		[ 'bad-policy-type' => datagram('a.example', type => 3) ],
		[ 'no-result' => datagram('a.example', failed => 2) ],
		[ 'bad-code' => datagram('a.example',
		    failures => '{"c":901}') ],
		[ 'too-many' => $head . '"policies":[' .
		    join(',', ($good) x 5000) . ']}' ],
		[ 'too-long' => datagram('a.example',
		    record => 'v=TLSRPTv1; rua=mailto:' . 'x' x 5000) ],
	);
	my %want;

	$want{"collected-fault-$_->[0]"}++ for @wrong;
	is($r->post(map { $_->[1] } @wrong), scalar @wrong,
	    'malformed datagrams are sent');
	is($r->post(datagram('a.example')), 1, 'and a good one');
	my $d = $r->stored;
	my %got = map { $_ => $d->{number}{$_} }
	    grep { /^collected-fault-/ } keys %{$d->{number}};
	is_deeply(\%got, \%want, 'each is counted by its reason');
	is($d->{number}{sessions}, 1, 'and dropped');
	is($d->{number}{'collected-datagrams'}, @wrong + 1, 'none is lost');
	like($r->log_text, qr/ warning: \d+ malformed datagrams were dropped, /,
	    'the log warns of them');
	is($r->child('receiver'), $pid, 'the collector lived through them');
	is($r->stop, 0, 'and ends as told');
}

# libtlsrpt before 0.5.0 sends no "dpv"; what Postfix puts in is made normal.
sub normal {
	my $r = LocalReporter->new->start;
	my $new = datagram('A.Example', type => 2, failures => $expired,
	    strings => ['version: STSv1', 'mode: enforce']);
	my $old = $new =~ s/"dpv": "1",//r =~ s/PIPELINING/SIZE/r;
	my $raw = $new =~ s/"192.0.2.1"/"192.0.2.1","f": "\xff\xfe"/r;

	is($r->post($new, $old, $raw), 3, 'with and without dpv, in no UTF-8');
	my $d = $r->stored;
	is(scalar @{$d->{row}}, 1, 'are one policy of one domain');
	is($d->{row}[0][0], 'a.example', 'in its normal form');
	is_deeply([LocalReporter::sums($d)], [0, 3], 'with three failures');
	is(scalar @{$d->{detail}}, 2, 'whose EHLO replies make no difference');
	$r->stop;
}

sub who_may {
	my $r = LocalReporter->new('', collect =>
	    qq{mode = "0620"\nowner = "daemon"\ngroup = "mail"})->start;
	my ($mode, $uid, $gid) = (stat($r->{socket}))[2, 4, 5];

	is(sprintf('%04o', $mode & 07777), '0620', 'the mode of the socket');
	is(getpwuid($uid), 'daemon', 'its owner');
	is(getgrgid($gid), 'mail', 'its group');
	my ($user) = memory_owner($r->child('receiver'));
	is($user, 'nobody', 'who receives has dropped root');
	is(sprintf('%04o', (stat($r->{state}))[2] & 07777), '0750',
	    'the state is not for everybody');
	$r->stop;
	ok(-S $r->{socket}, 'the socket stays for the next process');
	$r->start;
	is($r->post(datagram('a.example')), 1, 'which replaces it');
	$r->stop;
}

sub memory_owner {
	my ($pid) = @_;
	my ($uid) = World::Proc::slurp("/proc/$pid/status") =~
	    /^Uid:\s+(\d+)/m;
	return scalar getpwuid($uid);
}

# kill -9 of the receiver under load.
sub kills {
	my $result = ReceiverKills::run(4);

	is(join('; ', @{$result->{wrong}}), '', "$result->{killed} kills: of " .
	    "$result->{sent} datagrams $result->{lost} are lost");
}

# What waits in the socket is there for the next process.
sub queued {
	my $r = LocalReporter->new->start;
	my $pid = $r->child('receiver');

	kill(STOP => $pid);
	my $n = $r->post((datagram('a.example')) x 500);
	is($n, 500, '500 wait in the queue');
	kill(KILL => $pid);
	$r->await_child('receiver', $pid);
	is_deeply([LocalReporter::sums($r->stored)], [500, 0],
	    'and are there after kill -9');
	$pid = $r->child('receiver');
	kill(STOP => $pid);
	is($r->post((datagram('b.example')) x 300), 300, '300 more wait');
	$r->signal('TERM');
	kill(CONT => $pid);
	is($r->stop, 0, 'the end takes what waits');
	my $d = $r->stored(as_it_is => 1);
	is_deeply([LocalReporter::sums($d)], [800, 0], 'into report.db');
}

# The parent dies: the children end, and the next daemon counts on.
sub parent_dies {
	my $r = LocalReporter->new->start;
	my $pid = $r->child('receiver');

	$r->stored;
	is($r->post((datagram('a.example')) x 100), 100, '100 datagrams');
	$r->checkpoint;
	is($r->post((datagram('a.example')) x 100), 100, 'and 100');
	await_journal($r, 100);
	kill(STOP => $pid);
	$r->stop('KILL');
	kill(KILL => $pid);
	ok(World::Proc::wait_until(10, sub { !World::Proc::running($pid) }),
	    'all are killed');
	isnt(scalar(() = journals($r)), 0, 'a journal is left');
	$r->start;
	is_deeply([LocalReporter::sums($r->stored)], [200, 0],
	    'each is counted once');
	$pid = $r->child('receiver');
	$r->stop('KILL');
	ok(World::Proc::wait_until(20, sub { !World::Proc::running($pid) }),
	    'a child ends with its parent');
	is(scalar(() = journals($r)), 0, 'and puts all into report.db');
}

# A command that finds no daemon does the daemon's part.
sub nobody_runs {
	my $r = LocalReporter->new->start;
	my $pid = $r->child('receiver');

	$r->stored;
	is($r->post((datagram('a.example')) x 70), 70, '70 datagrams');
	await_journal($r, 70);
	kill(STOP => $pid);
	$r->stop('KILL');
	kill(KILL => $pid);
	World::Proc::wait_until(10, sub { !World::Proc::running($pid) });
	my ($status, $out) = $r->command('list', '--json');
	is($status, 0, 'list, without a daemon') or diag($out);
	like($out, qr/"a\.example"/, 'knows the domain');
	is_deeply([LocalReporter::sums($r->stored(as_it_is => 1))], [70, 0],
	    'for the journal is in report.db');
	my ($uid) = (stat("$r->{state}/report.db"))[4];
	is(getpwuid($uid), 'nobody', 'which is still its user\'s');
	$r->start;
	($status, $out) = $r->command();
	is($status, 75, 'a second daemon does not start');
	like($out, qr/process \d+ works on/, 'and says why');
	$r->stop;
}

sub queue_length {
	World::Proc::write_file_in_place($qlen, "10\n");
	my $r = LocalReporter->new->start;
	my ($n) = World::Proc::slurp($qlen) =~ /(\d+)/;
	is($n, 512, 'root raises the length of the queue');
	kill(STOP => $r->child('receiver'));
	is($r->post((datagram('a.example')) x 600), 513,
	    'so many and one wait');
	kill(CONT => $r->child('receiver'));
	$r->stop;
	unlike($r->log_text, qr/outcomes will be lost/, 'that is no warning');
	World::Proc::write_file_in_place($qlen, "10\n");
	$r = LocalReporter->new('', collect => 'queue = 10')->start;
	$r->stop;
	($n) = World::Proc::slurp($qlen) =~ /(\d+)/;
	is($n, 10, 'no more than is wanted');
	# as a user it can only be said
	$r = LocalReporter->new;
	mkdir($_) && chown((getpwnam('nobody'))[2], (getgrnam('nogroup'))[2],
	    $_) for $r->{state}, "$r->{dir}/run";
	local $ENV{TLSHERALD_WRAP} = 'setpriv --reuid nobody --regid nogroup ' .
	    '--clear-groups --';
	$r->start;
	like($r->log_text, qr/warn(ing)?: queue=10 wanted=512 outcomes will/,
	    'a user is warned');
	is($r->post(datagram('a.example')), 1, 'and collects');
	$r->stop;
	World::Proc::write_file_in_place($qlen, "512\n");
}

sub activation {
	my $r = LocalReporter->new;
	my $s = Supervisor->new($r, watchdog_us => 400_000);

	mkdir("$r->{dir}/run");
	$s->receive('collector', $r->{socket});
	is($r->post((datagram('a.example')) x 5), 5,
	    'systemd holds the socket before we run');
	$s->start;
	$s->await(qr/^WATCHDOG=1$/m) for 1 .. 3;
	pass('the watchdog is fed');
	is_deeply([LocalReporter::sums($r->stored)], [5, 0],
	    'what waited is counted');
	$r->stop;
	$s->await(qr/^STOPPING=1$/m);
	is($r->post((datagram('a.example')) x 400), 400,
	    'while we do not run, they wait');
	$s->start;
	is_deeply([LocalReporter::sums($r->stored)], [405, 0],
	    'for the next process');
	$r->stop;
}

# Keys that a stranger invents: memory has its limit, counts are exact.
sub hostile {
	my $r = LocalReporter->new('', collect => 'memory = "1mb"')->start;
	my $n = 30_000;

	$r->post_all(datagram('a.example', type => 2,
	    strings => ['version: STSv1', 'mx: x' . int($_ / 50) . '.example'],
	    failures => qq({"c":205,"n": "mx$_.example","f": "reason $_"})))
	    for 1 .. $n;
	is_bounded($r->child('receiver'), 'memory is bounded');
	my $d = $r->stored;
	is_deeply([LocalReporter::sums($d)], [0, $n], 'counts are exact');
	my ($details, $other) = (0, 0);
	for (@{$d->{detail}}) {
		$details += $_->[4];
		$other += $_->[4] if $_->[3] eq 'other';
	}
	is($details, $n, 'those of details too');
	cmp_ok($other, '>', 0, "of which $other are \"other\"");
	cmp_ok(scalar @{$d->{row}}, '<=', 67, 'policies are bounded');
	my $size = -s "$r->{state}/report.db";
	cmp_ok($size, '<', 16 << 20, "and so is the file: $size");
	$r->stop;
}

# A disk that is full for a while.
sub full_disk {
	my $r = LocalReporter->new('', collect => 'memory = "1mb"');
	my ($uid, $gid) = ((getpwnam('nobody'))[2], (getgrnam('nogroup'))[2]);
	my $n = 20_000;

	mkdir($r->{state});
	World::Proc::run('mount', '-t', 'tmpfs', '-o',
	    "size=4m,mode=0750,uid=$uid,gid=$gid", 'small', $r->{state});
	$r->start;
	is($r->post((datagram('a.example')) x 50), 50, "before");
	$r->stored;
	open(my $filler, '>', "$r->{state}/filler") or die "filler: $!\n";
	# to the last octet
	1 while syswrite($filler, 'x' x 4096);
	1 while syswrite($filler, 'x');
	my $pid = $r->child('receiver');
	$r->post_all(datagram('d' . $_ % 300 . '.example',
	    failures => qq({"c":205,"f": "reason $_"}))) for 1 .. $n;
	# so that a checkpoint is tried, and fails
	$r->signal('USR1');
	$r->await_log(qr/collecting goes on/);
	$r->post_all((datagram('a.example')) x 50);
	is_bounded($pid, 'memory is bounded');
	is($r->child('receiver'), $pid, "the receiver lives");
	close($filler);
	unlink("$r->{state}/filler");
	my $d;
	World::Proc::wait_until(20, sub {
		$d = $r->stored(as_it_is => 1);
		$r->signal('USR1');
		my ($good, $bad) = LocalReporter::sums($d);
		return $bad + $good + lost($d) == $n + 100;
	});
	my ($good, $bad) = LocalReporter::sums($d);
	is($good + $bad + lost($d), $n + 100,
	    "when it is mended every session is counted, or known as " .
	    'lost: ' . lost($d));
	is($r->stop, 0, "and it ends as told");
	World::Proc::run('umount', $r->{state});
}

sub lost { return $_[0]{number}{'collected-dropped-no-room'} // 0 }

# Where nothing can be written, it says so and does not start.
sub read_only_disk {
	my $r = LocalReporter->new;

	mkdir($r->{state});
	World::Proc::run('mount', '-t', 'tmpfs', '-o', 'ro', 'small',
	    $r->{state});
	my ($status, $out) = $r->command('run');
	is($status, 73, 'a read-only disk: it does not start');
	like($out, qr/cannot (make|open) \Q$r->{state}\E/, 'and says why');
	World::Proc::run('umount', $r->{state});
}

# A directory that takes no new file: without a journal it counts in memory.
sub no_new_files {
	my $r = LocalReporter->new->start;

	$r->stored;
	chmod(0500, $r->{state});
	is($r->post((datagram('a.example')) x 50), 50, '50 datagrams');
	# the next journal cannot be made
	$r->checkpoint;
	$r->await_log(qr/collecting goes on in memory only/);
	is($r->post((datagram('a.example')) x 50), 50, 'and 50');
	is_deeply([LocalReporter::sums($r->stored)], [100, 0],
	    'are counted where no new file can be made');
	chmod(0750, $r->{state});
	my $mark = $r->mark;
	$r->checkpoint;
	is($r->post((datagram('a.example')) x 50), 50, 'and 50');
	$r->await_log(qr/the journal is written again/, $mark);
	is_deeply([LocalReporter::sums($r->stored)], [150, 0],
	    'and where they can be made again');
	is($r->stop, 0, 'it ends as told');
}

sub reload {
	my $r = LocalReporter->new->start;
	my $mark = $r->mark;

	$r->write("[report.collect]\nno-such-key = 1\n");
	$r->signal('HUP');
	$r->await_log(qr/reload: refused/, $mark);
	is($r->post(datagram('a.example')), 1, 'a bad file is refused');
	is_deeply([LocalReporter::sums($r->stored)], [1, 0],
	    'and collecting goes on');
	$r->write($r->config(aggregate => 'send = "never"'));
	$r->signal('HUP');
	$r->await_log(qr/ reloaded/, $mark);
	# it takes the new file between two batches
	World::Proc::wait_until(15, sub {
		$r->post(datagram('a.example'));
		($r->stored->{number}{'collected-dropped-never'} // 0) > 0;
	});
	pass('a good one is taken by the receiver');
	$r->stop;
}

# Of a testing policy Postfix proves nothing; our milter does.
sub testing_mode {
	my $r = LocalReporter->new->start;
	my @testing = (type => 2,
	    strings => ['version: STSv1', 'mode: testing']);

	is($r->post(datagram('a.example', @testing),
	    datagram('a.example', @testing, failures => $expired),
	    datagram('a.example', @testing, more => ',"x-exact":1')), 3,
	    'sessions of a testing policy');
	my $d = $r->stored;
	is_deeply([LocalReporter::sums($d)], [1, 1],
	    'a false success is not counted, a failure and a proven one are');
	is($d->{number}{'collected-dropped-testing'}, 1, 'and it is told');
	$r->stop;
}

# What dies at once is started again later and later.
sub dies_again {
	my $r = LocalReporter->new->start;
	my $pid = $r->child('receiver');

	kill(KILL => $pid);
	my $again = $r->await_child('receiver', $pid);
	my $began = time;
	kill(KILL => $again);
	$r->await_child('receiver', $again);
	pass('a child that dies again is started again');
	is($r->post(datagram('a.example')), 1, 'and works');
	is_deeply([LocalReporter::sums($r->stored)], [1, 0], 'indeed');
	$r->stop;
}

World::Proc::write_file_in_place($qlen, "512\n");
malformed();
normal();
who_may();
queued();
kills();
parent_dies();
nobody_runs();
queue_length();
activation();
hostile();
full_disk();
read_only_disk();
no_new_files();
reload();
testing_mode();
dies_again();
done_testing();
