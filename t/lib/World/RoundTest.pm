# World::RoundTest - the table of domains as a test, for one Postfix
package World::RoundTest;
use strict;
use warnings;
use Test::More;
use World::Round;

my $match = 'match=mx.sts-good.test servername=hostname';
my $tlsrpt = 'policy_type=sts policy_domain=sts-good.test ' .
    '{policy_string = version: STSv1} {policy_string = mode: enforce} ' .
    '{policy_string = mx: mx.sts-good.test} ' .
    '{policy_string = max_age: 604800} mx_host_pattern=mx.sts-good.test';
my $testing = 'policy_type=sts policy_domain=sts-testing.test ' .
    '{policy_string = version: STSv1} {policy_string = mode: testing} ' .
    '{policy_string = mx: mx.sts-testing.test} ' .
    '{policy_string = max_age: 604800} mx_host_pattern=mx.sts-testing.test';

# Map name, key and the whole reply.
my @replies = (
	['postfix', 'sts-good.test', "OK secure $match"],
	['postfix', 'STS-Good.Test', "OK secure $match"],
	['postfix-tlsrpt', 'sts-good.test', "OK secure $match $tlsrpt"],
	['QUERY', 'sts-good.test', "OK secure $match"],
	['QUERYwithTLSRPT', 'sts-good.test', "OK secure $match $tlsrpt"],
	['postfix', 'sts-testing.test', 'NOTFOUND '],
	['postfix-tlsrpt', 'sts-testing.test', "OK may $testing"],
	['postfix', 'dane-good.test', 'OK dane-only'],
	['postfix-tlsrpt', 'dane-good.test', 'OK dane-only'],
	['postfix', 'plain.test', 'NOTFOUND '],
	['postfix', '.sts-good.test', 'NOTFOUND '],
	['postfix', '127.0.0.1', 'NOTFOUND '],
	['postfix/strict', 'plain.test',
	    'OK verify match=hostname servername=hostname'],
	['postfix/strict', '[127.1.0.1]:25', 'OK encrypt'],
);

# What Postfix may warn of.
my $fair = qr/no\ TLSA\ records|TLSA\ certificate\ usage|Milter\ service|
    \ does\ not\ match\ STS\ MX\ pattern/x;

# Runs the table through the Postfix of the root SENDER, of version VERSION.
# NAME is the world's (domains-VERSION); from 3.10.5 on Postfix PATTERNS: it
# skips MX hosts outside the patterns of a policy.
sub run {
	my ($sender, $version, %arg) = @_;
	my $world = World->enter(sender => $sender,
	    name => $arg{name} // "domains-$version");

	$world->start;
	like($world->sender->version, qr/^\Q$version\E\./,
	    "this is Postfix $version");
	my $daemon = $world->daemon;
	$daemon->start;
	for my $outcome (World::Round::run($world, $daemon, \&note)) {
		my @differs = World::Round::differs($outcome);
		my $row = $outcome->{row};

		ok(!@differs, "$row->{name}: $row->{about}: $row->{end}") or
		    diag(join("\n", @differs,
		    $outcome->{result} ? $outcome->{result}{line} : ()));
	}
	for (@replies) {
		my ($map, $key, $want) = @$_;

		is($daemon->lookup($map, $key), $want, "$map $key");
	}
	like($daemon->lookup('postfix', 'need-dane.test'), qr/^TEMP /,
	    'what is required and not there is TEMP');
	like($daemon->lookup('nonsense', 'sts-good.test'), qr/^TEMP /,
	    'an unknown map is TEMP');
	my @complaint = grep { /(?:warning|error|fatal|panic): / &&
	    $_ !~ $fair }
	    split(/^/, $world->sender->log_text);
	is(join('', @complaint), '', 'Postfix took every reply');
	patterns($world->sender, $arg{patterns});
	is($daemon->stop, 0, 'the daemon ends clean');
}

# Whether an MX host outside the policy was connected to and refused by its
# certificate, or passed over as one that is not in the policy.
sub patterns {
	my ($sender, $skips) = @_;
	my $log = $sender->log_text;

	for (['sts-mxoutside', 'mx.elsewhere.test'],
	    ['sts-mxoutside-only', 'mx2.elsewhere.test']) {
		my ($domain, $host) = @$_;
		my $skipped = $log =~ /\Q: MX name '$host' does not match STS \E
		    \QMX pattern for '$domain.test'\E/x;
		my $seen = $log =~ /TLS connection established to \Q$host\E\[/;

		ok($skips ? $skipped && !$seen : $seen && !$skipped,
		    "$domain: $host is " . ($skips ? 'skipped' : 'tried'));
	}
	my ($end) = $log =~ /to=<postmaster\@sts-mxoutside-only\.test>.*
	    dsn=([\d.]+)/x;
	is($end, $skips ? '4.3.0' : '4.7.5', 'without another host: deferred');
}

1;
