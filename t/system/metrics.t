#!/usr/bin/perl
# The metrics page: valid in Prometheus' text format, says what happened, and
# names no domain; only GET /metrics, whatever comes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Exposition qw(mistakes);
use IO::Socket::INET;
use LocalDaemon;
use Test::More;

# A port that was free a moment ago.
my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    ->sockport;
my $daemon = LocalDaemon->new(<<"END");
[metrics.milter]
listen = "127.0.0.1:$port"
[queue.tls.default]
starttls = "optional"
END
$daemon->start;

sub http {
	my ($request) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port",
	    Timeout => 10) or die "connect: $!\n";
	local $SIG{ALRM} = sub { die "no answer\n" };
	alarm(20);
	print $s $request;
	my $answer = do { local $/; <$s> } // '';
	alarm(0);
	return $answer;
}

sub page {
	my ($head, $body) = split(/\r\n\r\n/, http(
	    "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 2);
	like($head, qr{^HTTP/1\.1 200 OK\r\n}, 'GET /metrics');
	like($head, qr{^Content-Type: text/plain; version=0\.0\.4; }m,
	    'of the type that Prometheus wants');
	return $body;
}

sub value {
	my ($page, $sample) = @_;
	my ($value) = $page =~ /^\Q$sample\E (\S+)$/m;
	return $value;
}

subtest 'the rules find mistakes' => sub {
	my $h = "# HELP tlsherald_x_total X.\n# TYPE tlsherald_x_total counter\n";
	my $g = "# HELP tlsherald_h H.\n# TYPE tlsherald_h histogram\n";
	is_deeply([mistakes("${h}tlsherald_x_total{a=\"b\"} 1\n")], [],
	    'a good one');
	is_deeply([mistakes("${g}tlsherald_h_bucket{le=\"1\"} 1\n" .
	    "tlsherald_h_bucket{le=\"+Inf\"} 2\ntlsherald_h_sum 3\n" .
	    "tlsherald_h_count 2\n")], [], 'a good histogram');
	ok(scalar(mistakes($_)), "found in: $_") for
	    "tlsherald_x_total 1\n", "${h}tlsherald_x_total one\n",
	    "$h$h", "${h}tlsherald_x_total 1", "${h}tlsherald_y 1\n",
	    "${h}tlsherald_x_total{a=b} 1\n",
	    "${h}tlsherald_x_total{a=\"b\nc\"} 1\n",
	    "${h}tlsherald_x_total 1\ntlsherald_x_total 1\n",
	    ($h =~ s/_total//gr) . "tlsherald_x 1\n",
	    "${g}tlsherald_h_bucket{le=\"1\"} 2\n" .
	    "tlsherald_h_bucket{le=\"+Inf\"} 1\ntlsherald_h_count 1\n",
	    "${g}tlsherald_h_bucket{le=\"1\"} 2\ntlsherald_h_count 2\n",
	    "${g}tlsherald_h_bucket{le=\"+Inf\"} 2\ntlsherald_h_count 3\n";
};

subtest 'a fresh daemon' => sub {
	my $page = page();
	is_deeply([mistakes($page)], [], 'the page is valid');
	is(value($page, 'tlsherald_lookups_total'), 0, 'nothing was asked');
	is(value($page, 'tlsherald_store_ok'), 1, 'the store is fine');
	is(value($page, 'tlsherald_config_last_reload_successful'), 1,
	    'no reload failed');
	like($page, qr/^tlsherald_info\{version="[^"]+",mode="enforce"\} 1$/m,
	    'version and mode');
	for my $name (qw(decisions_total decisions_observed_total
	    decision_sources_total overrides downgrades_total outcomes_total
	    outcomes_lost_total cache_entries
	    cache_hits_total cache_stale_total resolutions_total
	    resolution_failures_total fetches_total fetch_failures_total
	    mta_resolver_ad lookup_connections lookup_seconds
	    milter_events_total bindings config_reloads_total)) {
		like($page, qr/^# TYPE tlsherald_$name /m, $name);
	}
};

subtest 'what happened' => sub {
	my $map = $daemon->map;
	$map->lookup('postfix', 'very-secret.test') for 1 .. 2;
	$map->lookup('postfix', "d$_.test") for 1 .. 2;
	$map->lookup('postfix', 'd1.test') for 1 .. 200;
	$daemon->command('override', 'add', 'very-secret.test', '--level',
	    'may', '--for', '1h', '--reason', 'r');
	my $page = page();
	is_deeply([mistakes($page)], [], 'the page is valid');
	is(value($page, 'tlsherald_lookups_total'), 204, 'lookups');
	is(value($page, 'tlsherald_cache_hits_total'), 201, 'hits');
	is(value($page, 'tlsherald_cache_entries'), 3, 'entries');
	is(value($page, 'tlsherald_decisions_total{level="temp"}'), 204,
	    'decisions by level');
	is(value($page, 'tlsherald_decision_sources_total{source="none"}'),
	    204, 'and by source');
	is(value($page, 'tlsherald_overrides'), 1, 'overrides in force');
	is(value($page, 'tlsherald_lookup_connections'), 1, 'connections');
	is(value($page, 'tlsherald_lookup_seconds_count{answered="resolved"}'),
	    3, 'each resolution is timed');
	cmp_ok(value($page, 'tlsherald_lookup_seconds_sum{answered="resolved"}'),
	    '>', 1, 'and took its time');
	my $hot = value($page,
	    'tlsherald_lookup_seconds_count{answered="cached"}');
	is($hot, 256, 'answers at once are sampled, and counted by weight');
	$daemon->write($daemon->config . "\n[nonsense]\n");
	$daemon->signal('HUP');
	$daemon->await_log(qr/is refused/);
	$page = page();
	is(value($page, 'tlsherald_config_last_reload_successful'), 0,
	    'a refused reload');
	is(value($page, 'tlsherald_config_reloads_total{result="refused"}'),
	    1, 'is counted');
	unlike($page, qr/\.test|very|mx\.here/, 'no domain is in the page');
	$map->lookup('postfix', '127.0.0.1') eq 'NOTFOUND ' or
	    fail('the lookups go on');
};

subtest 'anything else' => sub {
	like(http("GET / HTTP/1.1\r\n\r\n"), qr/^HTTP\/1\.1 404 /, 'a path');
	like(http("POST /metrics HTTP/1.1\r\n\r\n"), qr/^HTTP\/1\.1 405 /,
	    'a method');
	like(http("\x16\x03\x01\r\n\r\n"), qr/^HTTP\/1\.1 400 /, 'TLS');
	my @idle = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") }
	    1 .. 100;
	is_deeply([mistakes(page())], [],
	    'a hundred idle connections keep nobody out');
	my $open = () = glob('/proc/' . $daemon->{proc}->pid . '/fd/*');
	ok($open < 80, "and take few descriptors: $open");
};

$daemon->stop;
done_testing();
