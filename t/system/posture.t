#!/usr/bin/perl
# posture and rollout against real name servers, policy hosts and MX hosts: each
# fault of the world's domains is found by its name, and nothing else is wrong.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use World;

my $world = World->enter(name => 'posture', sender => 'bookworm');

$world->start;
my $program = "$world->{build}/analyzer/tlsherald-analyzer";
my $file = '/run/tlsherald/tlsherald.toml';
$world->daemon($world->config(
    'server.domains' => '["sts-good.test", "sts-expired.test"]'));

# Exit status, what is printed as JSON, and "severity id" of what is not fine.
sub analyzer {
	my (@words) = @_;
	my ($status, $out) = World::Proc::try_run($program, '-c', $file,
	    @words);

	return (World::Proc::exit_status($status), $out);
}

sub posture {
	my ($domain) = @_;
	my ($status, $out) = analyzer('posture', $domain, '--json');
	my $json = eval { decode_json($out) } or
	    die "posture $domain ($status): $out";
	my %seen;

	return ($status, [sort grep { !$seen{$_}++ }
	    map { "$_->{severity} $_->{id}" }
	    grep { $_->{severity} ne 'ok' } @{$json->{findings}}], $json);
}

# The world's domains have no TLSRPT record unless a row says so: that is a
# warning of each, left out here.
my %want = (
	'sts-good.test' => [],
	'sts-wrongname.test' => ['error name'],
	'sts-selfsigned.test' => ['error chain'],
	'sts-expired.test' => ['error chain', 'error expiry'],
	'sts-nostarttls.test' => ['error starttls'],
	'sts-454.test' => ['error starttls'],
	'sts-sanonly.test' => [],
	'sts-mxoutside.test' => ['error sts-mx'],
	'sts-webpki.test' => ['error sts'],
	'dane-good.test' => [],
	'dane-mismatch.test' => ['error tlsa'],
	'dane-unusable.test' => ['error tlsa'],
	'bogus.test' => ['error mx', 'warn sts'],
	'nullmx.test' => [],
);
for my $domain (sort keys %want) {
	my ($status, $bad, $json) = posture($domain);
	my @bad = grep { !/ tlsrpt$/ && !/^warn (?:name|chain|sts-age)$/ }
	    @$bad;

	is_deeply(\@bad, $want{$domain}, "$domain: @{$want{$domain}}") or
	    diag(explain($json));
	is($status, @{$want{$domain}} ? 1 : 0, 'and the exit status says so');
}

my ($status, $out) = analyzer('posture', '--all');
is($status, 1, 'all own domains: one has errors');
like($out, qr/^ok .* sts-good\.test|^warn .* sts-good\.test/m, 'a line each');
like($out, qr/^error +sts-expired\.test: .*expired/m, 'with what is wrong');
is(scalar(my @lines = split(/\n/, $out)), 2, 'and no more');

($status, $out) = analyzer('posture', 'sts-good.test', '--offline', '--json');
unlike($out, qr/"starttls"/, 'offline: no MX host is connected to');

($status, $out) = analyzer('posture', '--all', '--offline', '--csv');
is(scalar(() = $out =~ /^domain,severity,id,what,why,fix\r$/mg), 1,
    'CSV: one header');
like($out, qr/^"sts-expired\.test","ok","sts","MTA-STS policy in mode enforce/m,
    'and a row for each finding');
($status, $out) = analyzer('rollout', 'sts-good.test', '--csv');
like($out, qr/^"sts-good\.test","done",/m, 'rollout as CSV');

# rollout: what comes next, and what to publish
($status, $out) = analyzer('rollout', 'sts-good.test');
is($status, 0, 'enforce: done');
like($out, qr/^done$/m, 'it says so');
($status, $out) = analyzer('rollout', 'sts-testing.test');
is($status, 1, 'testing with a self-signed certificate');
like($out, qr/^mend$/m, 'is to be mended first');
($status, $out) = analyzer('rollout', 'plain-good.test');
is($status, 0, 'no policy yet');
like($out, qr/^_mta-sts\.plain-good\.test\. IN TXT "v=STSv1; id=\d{8}T\d{6};"$/m,
    'the record to publish');
like($out, qr/^mode: testing\nmx: mx\.plain-good\.test\nmax_age: \d+$/m,
    'and the file');

($status, $out) = analyzer('posture', 'no such domain');
is($status, 65, 'no domain name');
($status, $out) = analyzer('posture');
is($status, 64, 'usage');

done_testing();
