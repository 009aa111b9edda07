#!/usr/bin/perl
# watch: mail is taken in as it arrives, whatever the mailbox, and a signal ends
# it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Analyzer;
use IO::Select;
use JSON::PP;
use ReportMails;
use Test::More;

sub remade {
	my ($id) = @_;
	my $f = { %{ReportMails::facts()}, id => $id };

	return ReportMails::mail($f, eol => "\n",
	    data => ReportMails::gzipped(ReportMails::text_of(
	    ReportMails::report($f))));
}

my $a = Analyzer->new;
my $maildir = $a->maildir('mail', ['first', remade('first')]);
my ($mbox, $in) = ("$a->{dir}/boxes/mbox", "$a->{dir}/in");
mkdir("$a->{dir}/boxes") or die;
mkdir($in) or die;
my $from = "From x\@example.net Sat Nov 21 00:00:00 2026\n";
Analyzer::write_file($mbox, $from . remade('mbox') . "\n");

my $pid = open(my $out, '-|') // die;
if ($pid == 0) {
	exec($a->words('watch', '--json', $maildir, $mbox, $in)) or die;
}

# The report-ids of the next n mails, sorted; waits for them.
my $buffer = '';
sub taken {
	my ($n) = @_;
	my @ids;

	while (@ids < $n) {
		while ($buffer =~ s/\A(.*)\n//) {
			push @ids, decode_json($1)->{report_id};
		}
		last if @ids >= $n;
		IO::Select->new($out)->can_read(60) or return "nothing: @ids";
		sysread($out, $buffer, 65536, length $buffer) or
		    return "it ended: @ids";
	}
	return join ' ', sort @ids;
}

is(taken(2), 'first mbox', 'what is there at the start');
Analyzer::write_file("$maildir/tmp/x", remade('second'));
rename("$maildir/tmp/x", "$maildir/new/x") or die;
is(taken(1), 'second', 'a mail in new');
open my $append, '>>', $mbox or die;
print $append $from, remade('third'), "\n";
close $append;
is(taken(1), 'third', 'a mail at the end of an mbox');
my $f = { %{ReportMails::facts()}, id => 'fourth' };
Analyzer::write_file("$in/a.json",
    ReportMails::text_of(ReportMails::report($f)));
is(taken(1), 'fourth', 'a report in a directory');
for my $i (1 .. 50) {
	Analyzer::write_file("$maildir/tmp/b$i", remade("burst$i"));
	rename("$maildir/tmp/b$i", "$maildir/new/b$i") or die;
}
is(taken(50), join(' ', sort map { "burst$_" } 1 .. 50), 'a burst');

kill('TERM', $pid);
waitpid($pid, 0);
is($?, 0, 'SIGTERM ends it, exit 0');
my ($status, $list) = $a->run('list', '--json', '--since', '2026-01-01');
is(scalar(my @l = split /\n/, $list), 55, 'all of it is in the store');

($status) = $a->run('watch', "$a->{dir}/nothing");
is($status, 66, 'no such mailbox');
($status) = $a->run('watch', "$in/a.json");
is($status, 64, 'a file is no mailbox');
($status) = $a->run('watch');
is($status, 64, 'nothing to watch');
done_testing();
