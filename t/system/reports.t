#!/usr/bin/perl
# From TLS outcomes to reports that arrive: Postfix with libtlsrpt sends one mail
# to each domain of the world's table, its datagrams and the milter's become
# reports of that day, and these reach a mailbox by SMTP, signed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::Analysis;
use World::ReportTest;

my ($world, $daemon, $rg, $since) = World::ReportTest::round('reports',
    'trixie');
my $want = \%World::ReportTest::told;
World::ReportTest::collected($rg, $since, $want, 'collected');

# The table has no row for it.  Postfix says success and did not look.
like($world->sender->log_text, qr/TLSRPT: status=success, domain=sts-testing/,
    'a testing policy: Postfix tells of a success, no report does');

my $arrived = World::ReportTest::delivered($world, $rg, $want);

# --- Each mail is as RFC 8460 section 5 wants it, and its signature holds.
my $sample = World::builddir() . '/t/system/dkim_sample';
my $keys = "$world->{run}/keys";
World::Proc::write_file($keys, 'mail._domainkey.sender.test ' .
    World::Proc::run($sample, 'record', 'rsa-sha256', '',
    "file:$World::Reportgen::run/dkim.pem"));

sub verdict {
	my ($file) = @_;
	my $crlf = "$world->{run}/mail";

	World::Proc::write_file($crlf,
	    World::Proc::slurp($file) =~ s/\n/\r\n/gr);
	return World::Proc::run('sh', '-c', 'exec "$0" verify "$1" "$2" <"$3"',
	    $sample, $keys, $rg->clock->now, $crlf);
}

my $id_text = qr/[\w.!#\$%&'*+\/=?^`{|}~-]+\@[\w.-]+/;
my $header = "From, To, Subject, Date, Message-ID, TLS-Report-Domain, " .
    'TLS-Report-Submitter';
for my $domain (sort keys %$want) {
	my ($mail, $more) = @{$arrived->{$domain} // []};
	my ($field, $report) = @$mail{qw(fields report)};

	ok(!$more, "$domain: one mail");
	my ($id) = ($field->{subject} // '') =~ /\AReport[ ]Domain:[ ]
	    \Q$domain\E[ ]Submitter:[ ]sender\.test[ ]
	    Report-ID:[ ]<($id_text)>\z/x;
	ok(defined $id, "$domain: subject") or diag($field->{subject});
	is($report->{'report-id'}, $id, "$domain: the same id inside");
	like($mail->{file}, qr/\Asender\.test!\Q$domain\E!\d+!\d+
	    (?:![A-Za-z0-9]+)?\.json\.gz\z/x, "$domain: file name");
	is($mail->{type}, 'application/tlsrpt+gzip', "$domain: media type");
	is($field->{'tls-report-submitter'}, 'sender.test',
	    "$domain: submitter");
	is($field->{'tls-required'}, 'No', "$domain: TLS-Required");
	is($field->{'auto-submitted'}, 'auto-generated',
	    "$domain: Auto-Submitted");
	is($field->{'return-path'}, "<$World::Reportgen::from>",
	    "$domain: envelope sender");
	like(verdict($mail->{mail}), qr/\Apass/, "$domain: signature");
	my ($signed) = $field->{'dkim-signature'} =~ /\bh=([^;]*)/;
	is(join(' ', grep { $signed !~ /\b\Q$_\E\b/i } split(/, /, $header)),
	    '', "$domain: what is signed");
	is($report->{'organization-name'}, 'Sender of the World',
	    "$domain: organization");
	is($report->{'contact-info'}, 'tls@sender.test', "$domain: contact");
	like(join(' ', @{$report->{'date-range'}}{qw(start-datetime
	    end-datetime)}), qr/\A\d{4}-\d\d-\d\dT00:00:00Z[ ]
	    \d{4}-\d\d-\d\dT(?:00:00:00|23:59:59)Z\z/x, "$domain: a UTC day");
}

World::ReportTest::no_loop($world, $rg);
World::ReportTest::box_is_closed($world);
my ($sent) = grep { $_->{sent} } @{$rg->json('status')->{periods}};
is("$sent->{domains} $sent->{pending} $sent->{sent}", keys(%$want) . ' 0 ' .
    keys(%$want), 'status: all sent');

# --- Our own analyzer reads them, by the senders' key in the DNS.
my $analysis = World::Analysis->new($world, $rg);
my ($read, $totals) = $analysis->ingest;
is(scalar(@$read), keys(%$want), 'the analyzer finds every report');
is(join(' ', map { "$_->{source} $_->{verdict} $_->{trust} " .
    join(',', @{$_->{defects}}) } grep { $_->{verdict} ne 'ok' ||
    $_->{trust} ne 'verified' || @{$_->{defects}} } @$read), '',
    'each is ok, verified, without defects');
my ($all) = grep { $_->{group} eq 'all' } $analysis->json('summary');
is("$all->{reports} $all->{sessions} $totals->{ok}", join(' ',
    scalar(keys %$want), $totals->{success} + $totals->{failure},
    scalar(keys %$want)), 'and shows all their sessions');

is($rg->stop, 0, 'reportgen ends clean');
is($daemon->stop, 0, 'the milter ends clean');
done_testing();
