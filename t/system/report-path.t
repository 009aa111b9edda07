#!/usr/bin/perl
# Our own reports reach domains whose TLS is broken under a policy that holds
# all other mail back (RFC 8460 section 3), on every Postfix and however a site
# treats TLS-Required: No (RFC 8689).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $no = "TLS-Required: No\n";
my $from = 'noreply-tls@sender.test';
my @to = map { "tls\@$_.test" } qw(sts-expired sts-nostarttls dane-mismatch);

my $world = World->enter(name => 'report-path', sender => 'bookworm',
    roots => ['backports', 'trixie']);
$world->start;
my $daemon = $world->daemon;

# The daemon knows our reports by their sender, and says the word given of
# everybody's TLS-Required: No.
sub daemon {
	my ($word) = @_;

	$daemon->stop;
	$daemon->write($world->config('milter.tls-required-no' => "\"$word\"",
	    'report.tls.aggregate.from-address' => "\"$from\""));
	$daemon->start;
}

# What becomes of one mail to each domain: the word if it is the same for all.
sub by_smtp {
	my ($sender, $header) = @_;
	my $sent = $world->sender->send($sender, \@to, header => $header);

	return end_of($sent->{id}, $sent->{data});
}

sub by_command {
	my ($sender, $header) = @_;

	return end_of($world->sender->sendmail($sender, \@to,
	    header => $header));
}

sub end_of {
	my ($id, $reply) = @_;

	return "refused: $reply" unless defined $id;
	my %end = map { my $r = $world->sender->result($id, $_);
	    ("$r->{status} $r->{transport}" => 1) } @to;
	return join(', ', sort keys %end);
}

# main.cf-reports and master.cf-reports as a site copies them.
sub way_of_reports {
	my $lines = $world->sender->shipped('main.cf-reports');

	$lines =~ s/noreply-tls\@example\.org/$from/ or
	    die "main.cf-reports has no report address\n";
	return (more => $lines,
	    master => $world->sender->shipped('master.cf-reports'));
}

# Publishes with more main.cf text beside the way of reports.
sub with_way {
	my ($more) = @_;
	my %way = way_of_reports();

	$world->sender->publish(%way, more => "$way{more}$more");
}

my $plain = 'sent postfix/tlsrpt-plain/smtp';
my $held = 'deferred postfix/smtp';
my $refused = qr/^refused: 550 5\.7\.10 /;

# Both ways in, for a report and for the same mail of somebody else.
sub try_it {
	my ($about, $report, $other) = @_;

	is(by_smtp($from, $no), $report, "$about: by SMTP");
	is(by_command($from, $no), $report, "$about: by the command");
	like(by_smtp('alice@sender.test', $no), $other, "$about: others");
}

for my $root ('bookworm', 'backports', 'trixie') {
	$world->change_sender($root) if $root ne 'bookworm';
	my $version = 'Postfix ' . $world->sender->version;
	my $knows = $root ne 'bookworm';	# the header
	my $sent = $knows ? 'sent postfix/smtp' : $held;

	for my $word ('honor', 'reject') {
		my $about = "$version, $word";

		$world->sender->publish;
		daemon($word);
		is(by_smtp($from, ''), $held, "$about: without the header");
		try_it("$about, the header alone", $sent,
		    $word eq 'reject' ? $refused : qr/^\Q$sent\E\z/);
		with_way('');
		# the header lets others pass still
		try_it("$about, with the transport", $plain,
		    $word eq 'reject' ? $refused : qr/^\Q$sent\E\z/);
		next unless $knows;
		for my $off ('tls_required_enable = no',
		    'header_checks = regexp:{{/^TLS-Required:/ IGNORE}}') {
			$world->sender->publish(more => "$off\n");
			is(by_smtp($from, $no), $held, "$about, $off: held");
			with_way("$off\n");
			# header_checks come before the milter
			try_it("$about, $off, with the transport", $plain,
			    $word eq 'reject' && $off !~ /^header/ ?
			    $refused : qr/^\Q$held\E\z/);
		}
	}
}
is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
