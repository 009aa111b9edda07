#!/usr/bin/perl
# What senders really send: every sample of ReportMails comes out as its
# manifest says, whichever way it comes in; sums and counters are exact.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Analyzer;
use JSON::PP;
use ReportMails;
use Test::More;

my $samples = ReportMails::samples(seed => 8460, rounds => 4);
my @mails = grep { $_->{kind} eq 'mail' } @$samples;
my $config = "[report.analysis]\naddresses = [\"tlsrpt\@*\"]\n";

# 16: 29 is of DNS, 30 of another way of delivery
is_deeply(ReportMails::rows(), [1 .. 28], 'every quirk has a sample');

# The line of a sample as far as the manifest says.
sub as_wanted {
	my ($line) = @_;
	my %got = map { $_ => $line->{$_} }
	    qw(verdict organization report_id policies success failure details);

	$got{defects} = [sort @{$line->{defects} // []}];
	return \%got;
}

sub manifest {
	my ($sample) = @_;
	return { %{$sample->{want}},
	    defects => [sort @{$sample->{want}{defects}}] };
}

# What the totals must be for some samples.
sub sums {
	my %t = map { $_ => 0 } qw(mails ok salvaged duplicate rejected foreign
	    other policies success failure details other_recipient);

	for (map { $_->{want} } @_) {
		$t{mails}++;
		$t{$_->{verdict}}++;
		next if $_->{verdict} !~ /^(ok|salvaged)$/;
		for my $key (qw(policies success failure details)) {
			$t{$key} += $_->{$key};
		}
	}
	# counts stay below 2^53 where they are added up (I-JSON)
	for (qw(success failure)) {
		$t{$_} = 9007199254740991 if $t{$_} > 9007199254740991;
	}
	return \%t;
}

# ---- a directory with everything, one by one against the manifest
my $all = Analyzer->new($config);
mkdir("$all->{dir}/in") or die;
Analyzer::write_file("$all->{dir}/in/$_->{name}", $_->{content}) for @$samples;
# the duplicate comes last, in a run of its own
rename("$all->{dir}/in/zz-again.eml", "$all->{dir}/zz-again.eml") or die;
my ($status, $lines, $totals) = $all->ingest("$all->{dir}/in");
is($status, 0, 'a directory is taken in');
my ($again_status, $again) = $all->ingest("$all->{dir}/zz-again.eml");
is($again_status, 0, 'a single mail is taken in');
$lines->{$_} = $again->{$_} for keys %$again;
for (@$samples) {
	is_deeply(as_wanted($lines->{$_->{name}} // {}), manifest($_),
	    "$_->{rows}: $_->{name}") or diag(explain($lines->{$_->{name}}));
}
is_deeply($totals, sums(grep { $_->{rows} ne '28' } @$samples),
    'totals are the sums of the manifest') or diag(explain($totals));

# ---- the store has the same sums: each report once, siblings apart
my ($list_status, $list) = $all->run('list', '--json', '--since', '2026-11-01');
my ($success, $failure, $n) = (0, 0, 0);
for (map { decode_json($_) } split /\n/, $list) {
	$success += $_->{success};
	$failure += $_->{failure};
	$n++;
}
is($n, $totals->{ok} + $totals->{salvaged}, 'each report is in the store once');
is($failure, $totals->{failure}, 'with the same sum of failures');

# ---- the same mails by other ways
my @plain = grep { $_->{rows} ne '28' } @mails;
my $mbox = Analyzer->new($config);
Analyzer::write_file("$mbox->{dir}/mbox", join '', map {
	"From x\@example.net Sat Nov 21 00:00:00 2026\n" .
	    ($_->{content} =~ s/\r\n/\n/gr) . "\n" } @plain);
($status, $lines, $totals) = $mbox->ingest("$mbox->{dir}/mbox");
is($status, 0, 'an mbox is taken in');
is_deeply($totals, sums(@plain), 'with the same totals') or
    diag(explain($totals));

my $maildir = Analyzer->new($config);
my $path = $maildir->maildir('mail', map { [$_->{name}, $_->{content}] } @plain);
($status, $lines, $totals) = $maildir->ingest($path);
is($status, 0, 'a Maildir is taken in');
is_deeply($totals, sums(@plain), 'with the same totals');

my $pipe = Analyzer->new($config);
my %sum;
for my $sample (@plain[0 .. 40]) {
	Analyzer::write_file("$pipe->{dir}/mail", $sample->{content});
	my ($s, $line) = $pipe->ingest({ input => "$pipe->{dir}/mail" }, '-');

	is($s, 0, "$sample->{name} by a pipe");
	is($line->{mail}{verdict}, $sample->{want}{verdict}, '... its verdict');
}
done_testing();
