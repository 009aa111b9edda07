#!/usr/bin/perl
# A site of three hosts: two give their sessions to the one that reports. One of
# them is imported twice, the other comes late: each session is in one report,
# and the report that did not wait any longer names who is missing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
use JSON::PP;
use LocalReporter;
use MIME::Base64;
use POSIX qw(strftime);
use Test::More;
use World::Clock;

my $day = 86400;
my $silent = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1')
    or die "no socket: $!\n";

# A host with sections of its own, at a time of its own.
sub host {
	my ($name, $via, $aggregate, $text) = @_;
	my $r = LocalReporter->new($text // '', aggregate => $aggregate // '');

	$r->{file_text} = $r->config =~ s/"mx\.here\.test"/"$name.site.test"/r
	    =~ s/via = "none"/via = "$via"/r;
	$r->write($r->{file_text});
	$r->{clock} = World::Clock->new($r->{dir});
	return $r;
}

# Noon of today, and as many days later.
sub set_noon {
	my ($r, $days) = @_;

	$r->{clock}->set($day / 2 - time % $day + $days * $day);
	return strftime('%Y-%m-%d', gmtime($r->{clock}->now));
}

sub start {
	my ($r) = @_;

	local $ENV{TLSHERALD_WRAP} = join(' ', $r->{clock}->wrap);
	$r->start;
}

# (exit status, what it says on both streams)
sub command {
	my ($r, @words) = @_;
	my ($status, $out) = World::Proc::try_run($r->{clock}->wrap,
	    $r->{program}, '-c', $r->{file}, @words);

	return (World::Proc::exit_status($status), $out);
}

# A day's exports as a file.
sub export {
	my ($r, $date, $name) = @_;
	my ($status, $out) = command($r, 'export', '--day', $date);

	is($status, 0, "export of $name") or diag($out);
	World::Proc::write_file("$r->{dir}/$name", $out);
	return "$r->{dir}/$name";
}

# What import said of each export.
sub import_file {
	my ($r, $file) = @_;
	my ($status, $out) = command($r, 'import', $file, '--json');

	is($status, 0, 'import') or diag($out);
	return join(' ', map { my $j = decode_json($_);
	    "$j->{sequence}:$j->{result}:$j->{sessions}" } split(/\n/, $out));
}

sub send_sessions {
	my ($r, $good, $bad) = @_;

	$r->post_all((LocalReporter::datagram('a.example')) x $good,
	    (LocalReporter::datagram('a.example', failures =>
		'{"c":204,"s": "192.0.2.1"}')) x $bad);
}

# --- mx2 and mx3 collect, the day before.
my @other = map { host("mx$_", 'none') } 2, 3;
my ($date) = map { set_noon($_, -1) } @other;
my $n = 10;
for my $r (@other) {
	start($r);
	send_sessions($r, $n, $n / 10);
	$n *= 10;
}
my ($refused) = command(host('mx1', 'sendmail:/bin/true'), 'export', '--day',
    $date);
is($refused, 78, 'a host that reports itself gives nothing away');

my $first = export($other[0], $date, 'mx2, noon');
send_sessions($other[0], 5, 0);
# received before the clock moves on
$_->checkpoint for @other;
set_noon($_, 0) for @other;
my @file = map { export($_, $date, "$_->{dir}/after" =~ s{.*/}{}r) } @other;
my ($status, $out) = command($other[0], 'export', '--day', $date);
is($out, World::Proc::slurp($file[0]),
    'what was given can be given again, and is the same');

is((stat("$other[0]{state}/export"))[4], (stat($other[0]{state}))[4],
    'exports are the daemon\'s user\'s');

# --- mx1 reports: it has sessions of its own, and waits for the others.
my $mails;
my $mx1 = host('mx1', 'sendmail:SCRIPT', <<'AGGREGATE', <<"END");
from-address = "tls@site.test"
org-name = "Site"
contact-info = "tls@site.test"
spread = "0s"
grace = "6h"
hosts = ["mx2.site.test", "mx3.site.test"]
sign = ["ed"]
AGGREGATE
[dns]
servers = ["127.0.0.1\@@{[$silent->sockport]}"]
[signature.ed]
algorithm = "ed25519-sha256"
domain = "site.test"
selector = "ed"
private-key = "file:KEY"
END
$mails = "$mx1->{dir}/mails";
mkdir($mails) or die "$mails: $!\n";
chmod(0777, $mails);
World::Proc::write_file("$mx1->{dir}/sendmail",
    "#!/bin/sh\nf=\$(mktemp $mails/.XXXXXX)\ncat >\$f && mv \$f \${f%/.*}/m\${f##*/.}\n");
chmod(0755, "$mx1->{dir}/sendmail");
$mx1->{file_text} =~ s{SCRIPT}{$mx1->{dir}/sendmail};
$mx1->{file_text} =~ s{KEY}{$mx1->{dir}/ed.pem};
# a root.key that needs no package
World::Proc::write_file("$mx1->{dir}/root.key", '. IN DS 20326 8 2 ' .
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
$mx1->{file_text} =~ s{^\[dns\]\n}{[dns]\ntrust-anchors = "$mx1->{dir}/root.key"\n}m;
$mx1->write($mx1->{file_text});
($status, $out) = command($mx1, 'keygen', 'ed');
is($status, 0, 'keygen takes selector, domain and file from the config') or
    diag($out);
set_noon($mx1, -1);
start($mx1);
send_sessions($mx1, 1, 1);
$mx1->checkpoint;

# The reports that were mailed, by part.
sub reports {
	my %report;

	for my $path (glob("$mails/m*")) {
		my ($part) = World::Proc::slurp($path) =~
		    m{tlsrpt\+gzip.*?\r?\n\r?\n(.*?)\r?\n--}s or die;
		my $packed = decode_base64($part);
		gunzip(\$packed => \my $json) or die $GunzipError;
		my $r = decode_json($json);
		$report{$r->{'report-id'}} = $r;
	}
	return %report;
}

# Successes and failures of them all.
sub sums {
	my %report = @_;
	my ($good, $bad) = (0, 0);

	for (map { @{$_->{policies}} } values %report) {
		$good += $_->{summary}{'total-successful-session-count'};
		$bad += $_->{summary}{'total-failure-session-count'};
	}
	return "$good $bad";
}

is(import_file($mx1, $first), '1:imported:11', 'mx2, of noon');
my $again = import_file($mx1, $file[0]);
like($again, qr/^1:known:11 2:imported:5/, 'mx2 again: the first is known');
is(import_file($mx1, $file[0]), $again =~ s/imported/known/gr,
    'and again: nothing new');

# At 00:30 of the next day the report is due, and mx3 is waited for.
my $half = sub { my ($hours) = @_;
	$mx1->{clock}->set($hours * 3600 - time % $day);
	$mx1->signal('USR2') };
$half->(0.5);
World::Proc::wait_until(20, sub {
	my ($s, $list) = command($mx1, 'status', '--json');
	my ($p) = @{decode_json($list)->{periods}};
	return $p && $p->{waiting} == 1;
}) or die "no report is waited for\n";
is(scalar(() = reports()), 0, 'mx3 is missing: nothing is sent');

# Six hours later it is not waited for any more.
$half->(6.6);
World::Proc::wait_until(60, sub { scalar(() = reports()) }) or
    die "no report:\n" . $mx1->log_text;
is(sums(reports()), '16 2', 'mx1 and mx2: each session once');
my ($mail) = map { World::Proc::slurp($_) } glob("$mails/m*");
like($mail, qr/mx3\.site\.test/, 'the mail names who is missing');
($status, $out) = command($mx1, 'list', '--json');
is(decode_json($out)->{reports}[0]{missing}, 'mx3.site.test',
    'and so does list');

# mx3 comes late, and twice.
$half->(7);
my $late = import_file($mx1, $file[1]);
like($late, qr/^1:imported:110/, 'mx3, late');
is(import_file($mx1, $file[1]), $late =~ s/imported/known/gr, 'and again');
World::Proc::wait_until(60, sub { keys %{{reports()}} == 2 }) or
    die "no second report:\n" . $mx1->log_text;
is(sums(reports()), '116 12', 'a further report: all three, each session once');
is($mx1->stop, 0, 'mx1 ends clean');
$_->stop for @other;

($status, $out) = command($mx1, 'import', "$mx1->{dir}/sendmail");
is($status, 65, 'what is no export is refused');
done_testing();
