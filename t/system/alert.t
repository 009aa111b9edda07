#!/usr/bin/perl
# Alerts through real servers: a failure that is new is told once by mail, by
# webhook and to a command; a way that fails is tried again by the next run; its
# end is told once.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use World;
use World::Clock;
use World::Rua;

my $world = World->enter(name => 'alert', sender => 'bookworm');
my $box = 'reports.test';

$world->start(tlsherald => 0, domains => [{ name => $box,
    about => 'takes alerts', mx => [[10, 'mx', 'good']] }]);
my $clock = World::Clock->new($world->{run});
my $rua = World::Rua->new($world);
my $hook = $rua->host('hook.rua.test', answers => [500, 200]);
$world->dns->zone('rua.test', records => ["hook IN A $World::Web::address"]);
$world->publish;

my $run = $World::Daemon::run;
my $file = "$run/tlsherald.toml";
my $told = "$world->{run}/told";
my $command = "$world->{run}/tell";
World::Proc::write_file($command, "#!/bin/sh\ncat >>$told\necho >>$told\n");
chmod(0755, $command);
World::Proc::write_file($file, $world->config(
    'server.state-dir' => "\"$run/analysis\"",
    'report.deliver.via' => '"smtp://127.0.0.1:25"',
    'report.analysis.dkim' => '"ignore"',
    'report.analysis.alert.digest' => '"0s"',
    'report.analysis.alert.on' => '["failure"]',
    'report.analysis.alert.mail' => "[\"ops\@$box\"]",
    'report.analysis.alert.webhook' => "\"$hook\"",
    'report.analysis.alert.command' => "\"$command\""));

sub analyzer {
	my ($status, $out) = World::Proc::try_run($clock->wrap,
	    "$world->{build}/analyzer/tlsherald-analyzer", '-c', $file, @_);

	return (World::Proc::exit_status($status), $out);
}

# A report on a day so many days ago, with so many failed sessions.
sub report {
	my ($ago, $failed) = @_;
	my $day = strftime('%Y-%m-%d', gmtime(time - $ago * 86400));
	my $path = "$world->{run}/report-$ago.json";

	World::Proc::write_file($path, encode_json({
	    'organization-name' => 'Big', 'contact-info' => 'a@big.test',
	    'report-id' => "r$ago", 'date-range' => {
	    'start-datetime' => "${day}T00:00:00Z",
	    'end-datetime' => "${day}T23:59:59Z" },
	    policies => [{ policy => { 'policy-type' => 'sts',
	    'policy-string' => ['version: STSv1', 'mode: enforce'],
	    'policy-domain' => 'example.test' },
	    summary => { 'total-successful-session-count' => 10,
	    'total-failure-session-count' => $failed },
	    'failure-details' => [{ 'result-type' => 'certificate-expired',
	    'receiving-mx-hostname' => 'mx.example.test',
	    'failed-session-count' => $failed }] }] }));
	my ($status, $out) = analyzer('ingest', '--quiet', $path);
	is($status, 0, "a report of $ago days ago is taken in") or diag($out);
}

# What the command was told so far.
sub told {
	my @told = -e $told ? map { decode_json($_) } grep { /\S/ }
	    split(/\n/, World::Proc::slurp($told)) : ();

	return @told;
}

sub mails {
	return grep { ($_->{to} // '') eq "ops\@$box" } $world->mx->mails;
}

report(1, 3);
my ($status, $out) = analyzer('alert', '--dry-run');
is($status, 0, 'dry run');
like($out, qr/^New:\n  example\.test: certificate-expired at mx\.example\.test/,
    'says what waits');
is(scalar(@{[told()]}), 0, 'and tells nobody');

# The webhook answers 500 at first.
($status, $out) = analyzer('alert');
is($status, 75, 'a way that fails: try again');
like($out, qr/webhook: status 500/, 'says which');
($status, $out) = analyzer('alert');
is($status, 0, 'the next run') or diag($out);
my @posts = $rua->requests('hook.rua.test');
is(join(' ', map { $_->{status} } @posts), '500 200', 'posted again');
my $body = decode_json($posts[-1]{body});
is($body->{alerts}[0]{alert},
    'failure|example.test|sts|mx.example.test|certificate-expired',
    'the alert by its name');
like($posts[-1]{head}, qr/^Content-Type: application\/json$/mi, 'as JSON');
World::Proc::wait_until(20, sub { mails() >= 2 });
my ($mail) = mails();
like($mail->{header}, qr/^Subject: TLS of our mail: alerts$/m, 'a mail');
like($mail->{header}, qr/^Auto-Submitted: auto-generated$/m,
    'that no machine answers');
like($mail->{body}, qr/^New:\n  example\.test: certificate-expired/,
    'that says what is new');
is(scalar(@{[told()]}), 2, 'the command, at each run');

# While it lasts, nothing is repeated.
($status, $out) = analyzer('alert');
is($status, 0, 'it lasts');
is(scalar(@{[$rua->requests('hook.rua.test')]}), 2, 'no more posts');
is(scalar(@{[told()]}), 2, 'no more commands');

# Days go by without it: it is over.
$clock->set(5 * 86400);
($status, $out) = analyzer('alert');
is($status, 0, 'five days later');
my @told = told();
is(scalar(@told), 3, 'its end is told');
is($told[-1]{alerts}[0]{over}, JSON::PP::true, 'as such');
($status, $out) = analyzer('alert');
is(scalar(@{[told()]}), 3, 'once');

($status, $out) = analyzer('alert', '--nope');
is($status, 64, 'usage');
done_testing();
