# World::Analysis - the reports that arrived in the world, read by
# tlsherald-analyzer
#
# Their keys are published as their senders are told to.  Everything goes by
# reportgen's clock, which is ahead by a day when its reports arrive.
package World::Analysis;
use strict;
use warnings;
use JSON::PP;
use World::Proc;
use World::ReportTest;
use World::Reportgen;

my $run = $World::Daemon::run;

# The key record of World::Reportgen's key, in strings of a TXT record.
sub key_record {
	my $der = World::Proc::run('sh', '-c',
	    'openssl rsa -in "$0" -pubout -outform DER 2>/dev/null | base64 -w0',
	    "$run/dkim.pem");

	return join(' ', map { "\"$_\"" }
	    "v=DKIM1; k=rsa; p=$der" =~ /(.{1,250})/g);
}

# Puts the key into the sender's zone, with the records that are there already.
sub publish_key {
	my ($world) = @_;

	$world->dns->zone('sender.test', records => ['@ IN MX 10 mx',
	    'mx IN A 127.0.0.1', 'mail._domainkey IN TXT ' . key_record()]);
	$world->dns->publish;
	$world->dns->reload('sender.test', 'test');
}

# WORLD was started, RG is the reportgen whose reports arrived.
sub new {
	my ($class, $world, $rg) = @_;
	my $self = bless { world => $world, rg => $rg,
	    program => "$world->{build}/analyzer/tlsherald-analyzer",
	    file => "$run/analyzer.toml" }, $class;

	publish_key($world);
	World::Proc::write_file($self->{file}, $world->config(
	    'server.state-dir' => "\"$run/analysis\"",
	    'report.analysis.addresses' => "[\"tls\@$World::ReportTest::box\"]"));
	return $self;
}

# Exit status and output of a command.
sub command {
	my ($self, @words) = @_;
	my ($status, $out) = World::Proc::try_run(
	    $self->{rg}->clock->wrap, $self->{program}, '-c', $self->{file},
	    @words);

	return (World::Proc::exit_status($status), $out);
}

# The lines of a command with --json, decoded; dies when it fails.
sub json {
	my ($self, @words) = @_;
	my ($status, $out) = $self->command(@words, '--json');

	die "@words: exit $status\n$out" if $status > 1;
	return map { JSON::PP->new->utf8->decode($_) } split(/\n/, $out);
}

# Takes the mailbox in: what ingest says of each mail that is a report, and its
# totals.
sub ingest {
	my ($self) = @_;
	my $maildir = $self->{world}->mx->{view}->path('/var/mail/all');
	my @line = $self->json('ingest', $maildir);
	my $totals = pop(@line);

	return ([grep { $_->{verdict} ne 'other' } @line], $totals->{totals});
}

1;
