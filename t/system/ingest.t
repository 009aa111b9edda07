#!/usr/bin/perl
# Taking reports in: positions, what becomes of mails, whose they are, and what
# happens when something is broken, busy or killed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Analyzer;
use JSON::PP;
use POSIX qw(:sys_wait_h);
use ReportMails;
use Test::More;
use Time::HiRes qw(usleep);

my $samples = ReportMails::samples(seed => 1, rounds => 1);
my ($rfc) = grep { $_->{name} =~ /-rfc/ } @$samples;

# Different mails, all right.
sub good {
	my ($n) = @_;
	my @mails;

	for my $round (1 .. $n) {
		my $mail = $rfc->{content} =~ s/d1\.example/x$round.example/gr;

		push @mails, [sprintf('%06d.M1P2.mx', $round),
		    remade("r$round")];
	}
	return @mails;
}

# The mail of RFC 8460 about another report.
sub remade {
	my ($id) = @_;
	my $f = { %{ReportMails::facts()}, id => $id };

	return ReportMails::mail($f,
	    data => ReportMails::gzipped(ReportMails::text_of(
	    ReportMails::report($f))));
}

# How many reports are in the store, by list.
sub stored {
	my ($a) = @_;
	my ($status, $out) = $a->run('list', '--json', '--since', '2026-01-01');
	return $status == 0 ? scalar(my @l = split /\n/, $out) : "exit $status";
}

# ---- positions of a Maildir
{
	my $a = Analyzer->new;
	my $path = $a->maildir('mail', good(20));
	my ($status, $lines, $totals) = $a->ingest($path);

	is("$status $totals->{ok}", '0 20', 'a Maildir of 20');
	($status, $lines, $totals) = $a->ingest($path);
	is("$status $totals->{mails}", '0 0', 'nothing new in it');
	# a time long past, as if nobody had touched it since
	utime(1e9, 1e9, "$path/$_") for qw(new cur);
	(undef, undef, $totals) = $a->ingest($path);
	is($totals->{mails}, 0, 'folders whose times went back are looked at');
	(undef, undef, $totals) = $a->ingest($path);
	is($totals->{mails}, 0, 'and passed over when they stay');
	my ($old) = glob("$path/new/*");
	rename($old, "$path/cur/" . ($old =~ s{.*/}{}r) . ':2,RS') or die;
	Analyzer::write_file("$path/new/late", remade('late'));
	($status, $lines, $totals) = $a->ingest($path);
	is(join(' ', sort keys %$lines), 'late', 'flags change nothing');
	($status, $lines, $totals) = $a->ingest('--again', $path);
	is($totals->{duplicate}, 21, 'again: everything is read, and known');
	unlink(glob("$path/cur/*"));
	(undef, undef, $totals) = $a->ingest($path);
	is($totals->{mails}, 0, 'mails that are gone');
	is(stored($a), 21, 'their reports stay');
}

# ---- positions of an mbox
{
	my $a = Analyzer->new;
	my @mails = good(6);
	my $box = sub {
		return join '', map { "From x\@example.net Sat Nov 21\n" .
		    ($_->[1] =~ s/\r\n/\n/gr) . "\n" } @_;
	};
	my $file = "$a->{dir}/mbox";

	Analyzer::write_file($file, $box->(@mails[0 .. 2]));
	my (undef, undef, $totals) = $a->ingest($file);
	is($totals->{ok}, 3, 'an mbox of three');
	Analyzer::write_file($file, $box->(@mails[0 .. 4]));
	(undef, undef, $totals) = $a->ingest($file);
	is("$totals->{mails} $totals->{ok}", '2 2', 'two were added');
	Analyzer::write_file($file, $box->(@mails[2 .. 5]));
	(undef, undef, $totals) = $a->ingest($file);
	is("$totals->{ok} $totals->{duplicate}", '1 3',
	    'another file of that name is read from its front');
}

# ---- a directory whose files change
{
	my $a = Analyzer->new;
	my $dir = "$a->{dir}/in";

	mkdir($dir) or die;
	Analyzer::write_file("$dir/a", remade('a'));
	my (undef, undef, $totals) = $a->ingest($dir);
	is($totals->{ok}, 1, 'a file');
	(undef, undef, $totals) = $a->ingest($dir);
	is($totals->{mails}, 0, 'stays');
	Analyzer::write_file("$dir/a", remade('another'));
	(undef, undef, $totals) = $a->ingest($dir);
	is($totals->{ok}, 1, 'and is another one');
}

# ---- what becomes of mails
{
	my $a = Analyzer->new;
	my @mails = (good(2), ['other', "From: a\@b.example\n\nhello\n"]);
	my $path = $a->maildir('mail', @mails);
	my $to = $a->maildir('done');
	my ($status) = $a->ingest('--move', $to, $path);

	is($status, 0, 'moved');
	is(join(' ', map { s{.*/}{}r } sort glob("$path/*/*")), 'other',
	    'what is no report stays');
	is(scalar(my @m = glob("$to/cur/*:2,*")), 2, 'reports are there');
	my ($in, $out) = ("$a->{dir}/from", "$a->{dir}/kept");
	for my $round (1 .. 3) {
		mkdir($_) for $in, $out;
		Analyzer::write_file("$in/report.eml", remade("same$round"));
		($status) = $a->ingest('--move', $out, $in);
		is($status, 0, "a file of the same name, $round");
	}
	is(scalar(my @same = glob("$out/*")), 3, 'none takes the place of another');
	$path = $a->maildir('more', good(3));
	($status) = $a->ingest('--delete', $path);
	is(scalar(my @d = glob("$path/*/*")), 0, 'deleted');
	is($status, 0, 'without a complaint');
	($status) = $a->run('ingest', '--delete', '--move', $to, $path);
	is($status, 64, 'not both');
}

# ---- whose reports
{
	my $a = Analyzer->new;
	$a->configure("domains = [\"*.example.org\"]\n" .
	    "[report.analysis]\naddresses = [\"reports\@*\"]\n");
	my $foreign = remade('f') =~ s/example\.org/example.com/gr;
	my $f = { %{ReportMails::facts()}, id => 'foreign',
	    domain => 'd.example.com' };
	my $text = ReportMails::text_of(ReportMails::report($f));
	my %mail = (
		ours => remade('x') =~ s/To: tlsrpt/To: reports/r,
		theirs => remade('y'),
		bcc => remade('z') =~ s/^To: .*\r\n//mr,
		cc => remade('c') =~
		    s/^To: .*\r\n/To: x\@y.example\r\nCc: a\@b, Q <Reports\@z>\r\n/mr,
		foreign => ReportMails::mail($f,
		    data => ReportMails::gzipped($text)) =~
		    s/To: tlsrpt/To: reports/r,
	);
	my $path = $a->maildir('mail', map { [$_, $mail{$_}] } sort keys %mail);
	my ($status, $lines, $totals) = $a->ingest($path);

	is_deeply({ map { $_ => $lines->{$_}{verdict} } keys %$lines },
	    { ours => 'ok', theirs => 'other', bcc => 'ok', cc => 'ok',
	    foreign => 'foreign' }, 'by recipient and domain');
	is($totals->{other_recipient}, 1, 'a report to others is counted');
	is(stored($a), 3, 'foreign ones are not kept');
}

# ---- caps
{
	my $a = Analyzer->new("[report.analysis]\nper-organization = 3\n");
	my @mails = map {
		my $id = $_;
		my $f = { %{ReportMails::facts()}, id => "c$id", org => 'One' };
		["m$id", ReportMails::mail($f, data => ReportMails::gzipped(
		    ReportMails::text_of(ReportMails::report($f))))];
	} 1 .. 5;
	my ($status, $lines, $totals) = $a->ingest($a->maildir('m', @mails));

	is("$totals->{ok} $totals->{rejected}", '3 2',
	    'an organisation has its share');
	my ($line) = grep { $_->{verdict} eq 'rejected' } values %$lines;
	is_deeply($line->{defects}, ['sender-cap'], 'which is told');
}
{
	my $a = Analyzer->new("[report.analysis]\nstore-size = \"1mb\"\n" .
	    "keep-raw = true\n");
	my $path = $a->maildir('m', map {
		my $f = { %{ReportMails::facts()}, id => "big$_" };
		my $r = ReportMails::report($f);

		$r->{x} = join '', map { chr(33 + ReportMails::pick(90)) }
		    1 .. 4000;
		["m$_", ReportMails::mail($f,
		    data => ReportMails::gzipped(ReportMails::text_of($r)))];
	} 1 .. 400);
	my ($status, undef, undef, $err) = $a->ingest($path);

	# the first transaction may go beyond it
	($status, undef, undef, $err) = $a->ingest($path) if $status == 0;
	Analyzer::write_file("$a->{dir}/mail", remade('full'));
	($status, undef, undef, $err) =
	    $a->ingest({ input => "$a->{dir}/mail" }, '-');
	is($status, 75, 'a full store: the MTA tries again');
	like($err, qr/limit of 1048576 octets/, 'and is told why');
	my ($show) = $a->run('show', '--raw', '1');
	is($show, 0, 'the text of a report was kept');
}

# ---- pipes never lose a mail
{
	my $a = Analyzer->new;
	Analyzer::write_file("$a->{dir}/mail", remade('pipe'));
	my @in = ({ input => "$a->{dir}/mail" }, 'ingest', '-');
	my ($status) = $a->run(@in);

	is($status, 0, 'a mail by a pipe');
	is(stored($a), 1, 'is in the store');
	$a->configure("domains = 7\n");
	($status) = $a->run(@in);
	is($status, 75, 'a config that is wrong: try again');
	$a->configure('');
	Analyzer::write_file("$a->{dir}/state/analysis.db", 'x' x 10000);
	unlink(glob("$a->{dir}/state/*-wal"), glob("$a->{dir}/state/*-shm"));
	($status, undef, my $err) = $a->run(@in);
	is($status, 75, 'a damaged store: try again');
	like($err, qr/damaged/, 'which is told');
	($status) = $a->run('ingest', "$a->{dir}/mail");
	is($status, 65, 'damaged, for people');
	is(Analyzer::slurp("$a->{dir}/state/analysis.db"), 'x' x 10000,
	    'and left as it is');
	($status) = $a->run('list');
	is($status, 69, 'views say so, too');
}

# ---- what cannot be read
SKIP: {
	my $a = Analyzer->new;
	my ($status, undef, $err) = $a->run('list');

	is($status, 69, 'nothing was taken in: no store');
	($status, undef, $err) = $a->run('ingest', "$a->{dir}/none");
	is($status, 66, 'no such mailbox');
	like($err, qr/none/, 'is named');
	my $path = $a->maildir('m', good(3));
	mkdir("$path/new/directory") or die;
	($status, undef, my $totals) = $a->ingest($path);
	is("$status $totals->{ok}", '66 3', 'a directory among mails');
	rmdir("$path/new/directory") or die;
	(undef, undef, $totals) = $a->ingest($path);
	is($totals->{mails}, 0, 'is looked at again, mails are not');
	($status, undef, $err) = $a->run('ingest', '/dev/null');
	is($status, 66, 'a device');
	skip 'root reads everything', 4 if $> == 0 && !setpgrp_nobody();
	my ($one) = glob("$path/new/*");
	my $as_nobody = { child => \&become_nobody };
	open_to_nobody($a);
	chmod(0, $one) or die;
	($status, undef, $err) = $a->run($as_nobody, 'ingest', '--again', $path);
	is($status, 66, 'a mail that cannot be read');
	like($err, qr/cannot read/, 'is told');
	chmod(0, "$path/new") or die;
	($status, undef, $err) = $a->run($as_nobody, 'ingest', $path);
	is($status, 66, 'a folder that cannot be read');
	chmod(0700, "$path/new");
	chmod(0, "$a->{dir}/state") or die;
	($status, undef, $err) = $a->run($as_nobody, 'ingest', $path);
	is($status, 73, 'a state directory that cannot be used') or diag($err);
	chmod(0700, "$a->{dir}/state");
}

sub setpgrp_nobody {
	return defined getpwnam('nobody');
}

sub become_nobody {
	return if $> != 0;
	my ($uid, $gid) = (getpwnam('nobody'))[2, 3];

	POSIX::setgid($gid);
	$) = "$gid $gid";
	POSIX::setuid($uid) or die;
	return;
}

sub open_to_nobody {
	my ($a) = @_;

	return if $> != 0;
	my ($uid, $gid) = (getpwnam('nobody'))[2, 3];

	system('chown', '-R', "$uid:$gid", $a->{dir}) == 0 or die;
	return;
}

# ---- two at once
{
	my $a = Analyzer->new;
	my @mails = good(600);
	my $one = $a->maildir('one', @mails[0 .. 299]);
	my $two = $a->maildir('two', @mails[200 .. 599]);
	my @pids = map {
		my $path = $_;
		my $pid = fork() // die;
		if ($pid == 0) {
			open STDOUT, '>', '/dev/null';
			exec($a->words('ingest', $path)) or die;
		}
		$pid;
	} $one, $two;
	my @status = map { waitpid($_, 0); $? } @pids;

	is("@status", '0 0', 'two ingests at once');
	is(stored($a), 600, 'every report once');
}

# ---- kill -9 at any time: every mail once
my $kills = $ENV{ANALYZER_KILLS} // 5;
{
	my $a = Analyzer->new;
	my @mails = (good(4000), ['other', "From: a\@b.example\n\nhello\n"]);
	my $path = $a->maildir('mail', @mails);
	my ($killed, $done) = (0, 0);

	srand(42);
	for my $round (1 .. $kills) {
		my $pid = fork() // die;
		if ($pid == 0) {
			open STDOUT, '>', '/dev/null';
			exec($a->words('ingest', $path)) or die;
		}
		# any moment of a run, which takes some hundred milliseconds
		usleep(5_000 + int(rand(150_000)));
		kill('KILL', $pid);
		waitpid($pid, 0);
		$killed++ if WIFSIGNALED($?);
		# what is new keeps it busy
		Analyzer::write_file("$path/new/late$round-$_",
		    remade("late$round-$_")) for 1 .. 400;
	}
	cmp_ok($killed, '>', 0, "killed while it worked, $killed of $kills times");
	my ($status, $lines, $totals) = $a->ingest($path);
	is($status, 0, 'it goes on');
	is($totals->{duplicate}, 0, 'nothing was taken in twice');
	is(stored($a), 4000 + 400 * $kills, 'every mail is in the store once');
	my ($s, $out) = $a->run('senders', '--json', '--trust', 'all',
	    '--since', '2026-11-01');
	my $reports = 0;
	$reports += decode_json($_)->{reports} for split /\n/, $out;
	is($reports, 4000 + 400 * $kills, 'and in the sums once');
}
done_testing();
