#!/usr/bin/perl
# Hostile mails are refused within memory and time: bombs, nesting, endless
# lines, many parts, rubbish. Memory is that of goals: 16 MiB RssAnon.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Analyzer;
use IO::Compress::Gzip;
use MIME::Base64;
use ReportMails;
use Test::More;
use Time::HiRes qw(usleep);

my $limit = 16 * 1024; # kB
my $sanitized = -e ($ENV{BUILDDIR} // '.') . '/Makefile' &&
    Analyzer::slurp(($ENV{BUILDDIR} // '.') . '/Makefile') =~
    /^SAN_CFLAGS = .*-fsanitize/m;

# The greatest RssAnon of a process, looked at all the time it runs.
sub watch {
	my ($most) = @_;
	return sub {
		my ($pid) = @_;

		while (open my $in, '<', "/proc/$pid/status") {
			# before exec it is this program
			my $exe = readlink("/proc/$pid/exe") // '';
			my ($now) = join('', <$in>) =~ /^RssAnon:\s+(\d+)/m;
			last if !defined $now; # a zombie
			$$most = $now if $now > $$most && $exe =~ /analyzer$/;
			usleep(500);
		}
	};
}

my $f = ReportMails::facts();
my $good = ReportMails::text_of(ReportMails::report($f));

sub bomb {
	my ($octets) = @_;
	my ($out, $text) = ('', $good . ' ' x 1000);
	my $gz = IO::Compress::Gzip->new(\$out, -Minimal => 1) or die;

	$gz->print($good);
	for (my $n = 0; $n < $octets; $n += 1 << 20) {
		$gz->print(' ' x (1 << 20));
	}
	$gz->close;
	return $out;
}

sub mail {
	my (%how) = @_;
	return ReportMails::mail($f, eol => "\n", %how);
}

my @many = map { { %{ReportMails::policy($f)}, n => $_ } } 1 .. 5000;
my %hostile = (
	'bomb-1gb' => [ rejected => mail(data => bomb(1 << 30)) ],
	'bomb-20mb' => [ rejected => mail(data => bomb(20 << 20)) ],
	'bomb-in-zip' => [ rejected => mail(data =>
	    ReportMails::zipped($good . ' ' x (50 << 20), 'a.json')) ],
	'gzip-in-gzip' => [ rejected => mail(data =>
	    ReportMails::gzipped(ReportMails::gzipped($good))) ],
	'nesting' => [ rejected => mail(data => ReportMails::gzipped(
	    '{"policies":' . '[' x 20000)) ],
	'nesting-objects' => [ rejected => mail(data => ReportMails::gzipped(
	    '{"a":' x 20000)) ],
	'long-line' => [ rejected => mail(encoded => 'A' x (50 << 20)) ],
	'long-header' => [ other => "From: a\@b.example\nSubject: " .
	    'x' x (50 << 20) . "\n\nhello\n" ],
	'long-text' => [ other => "From: a\@b.example\n\n" .
	    'x' x (50 << 20) . "\n" ],
	'many-parts' => [ rejected => mail(encoded => 'x', more =>
	    join('', map { "\n--b=_$f->{n}\n\npart\n" } 1 .. 10000)) ],
	'many-fields' => [ other => join('', map { "X-$_: y\n" } 1 .. 100000) .
	    "\nhello\n" ],
	'deep-parts' => [ other => join('', map {
	    "Content-Type: multipart/mixed; boundary=b$_\n\n--b$_\n" }
	    1 .. 1000) . "\nx\n" ],
	'8-bit' => [ rejected => mail(encoding => '8bit', encoded =>
	    join('', map { chr(128 + $_ * 7 % 128) } 1 .. 100000)) ],
	'nuls' => [ rejected => mail(encoding => '8bit',
	    encoded => "\0" x 100000) ],
	'nuls-in-json' => [ salvaged => mail(data => ReportMails::gzipped(
	    $good =~ s/"report-id":"/"report-id":"\0\0/r)) ],
	'many-policies' => [ salvaged => mail(data => ReportMails::gzipped(
	    ReportMails::text_of(ReportMails::report($f,
	    'report-id' => 'many', policies => \@many)))) ],
	'long-texts' => [ salvaged => mail(data => ReportMails::gzipped(
	    ReportMails::text_of(ReportMails::report($f,
	    'report-id' => join('', map { chr(35 + ReportMails::pick(57)) }
	    1 .. 500_000))))) ],
	'nothing' => [ other => '' ],
	'one-octet' => [ other => 'x' ],
);

for my $name (sort keys %hostile) {
	my ($verdict, $mail) = @{$hostile{$name}};
	my $a = Analyzer->new;
	my $most = 0;

	Analyzer::write_file("$a->{dir}/mail", $mail);
	my ($status, $lines, $totals) = $a->ingest({ watch => watch(\$most) },
	    "$a->{dir}/mail");
	my $line = $lines->{mail} // {};

	is("$status " . ($line->{verdict} // '-'), "0 $verdict", $name) or
	    diag(explain($line));
	SKIP: {
		skip 'a sanitizer has memory of its own', 1 if $sanitized;
		cmp_ok($most, '<=', $limit, "$name: $most kB");
	}
	ok(!$verdict || $verdict eq 'other' || @{$line->{defects}} > 0,
	    "$name: it is told why");
}

# by a pipe, which spools what is long
my $a = Analyzer->new;
my $most = 0;
Analyzer::write_file("$a->{dir}/mail", $hostile{'long-line'}[1]);
my ($status, $lines) = $a->ingest({ watch => watch(\$most),
    input => "$a->{dir}/mail" }, '-');
is("$status $lines->{mail}{verdict}", '0 rejected', 'a long mail by a pipe');
SKIP: {
	skip 'a sanitizer has memory of its own', 1 if $sanitized;
	cmp_ok($most, '<=', $limit, "a long mail by a pipe: $most kB");
}
Analyzer::write_file("$a->{dir}/mail", mail(data => ReportMails::gzipped($good),
    more => "\n--b=_$f->{n}\n\n" . 'x' x (70 << 20)));
($status, $lines) = $a->ingest({ input => "$a->{dir}/mail" }, '-');
is("$status $lines->{mail}{verdict}", '0 salvaged',
    'beyond 64 MiB: the report in front is read');

# a mailbox of many takes no more memory
my $box = Analyzer->new;
my $mails = '';
for my $i (1 .. 3000) {
	my $g = { %{ReportMails::facts()}, id => "m$i" };
	$mails .= "From x\@y.example Sat Nov 21\n" . ReportMails::mail($g,
	    eol => "\n", data => ReportMails::gzipped(ReportMails::text_of(
	    ReportMails::report($g)))) . "\n";
}
Analyzer::write_file("$box->{dir}/mbox", $mails);
$most = 0;
($status, $lines, my $totals) = $box->ingest({ watch => watch(\$most) },
    "$box->{dir}/mbox");
is($totals->{ok}, 3000, 'a mailbox of 3,000');
SKIP: {
	skip 'a sanitizer has memory of its own', 1 if $sanitized;
	cmp_ok($most, '<=', $limit, "a mailbox: $most kB");
}
done_testing();
