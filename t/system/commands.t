#!/usr/bin/perl
# check and explain against a real Postfix and a real DNS: check finds what is
# wrong on the host, and what it prints mends it; explain says what is decided,
# with and without the daemon.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use World;

my $world = World->enter(name => 'commands', sender => 'bookworm');

$world->start(steer => ['strict']);
my $sender = $world->sender;
my $daemon = $world->daemon($world->config('milter.steered' => '["strict"]'));
$daemon->start;

# check's exit status and its findings that are not fine, "severity id", sorted.
sub check {
	my ($status, $out) = $daemon->command_at_sender('check', '--json');
	my $json = eval { decode_json($out) } or die "check: $out";
	my @bad = grep { $_->{severity} ne 'ok' } @{$json->{findings}};
	my %seen;

	return ($status, \@bad, [sort grep { !$seen{$_}++ }
	    map { "$_->{severity} $_->{id}" } @bad]);
}

my ($status, $bad, $ids) = check();
is($status, 0, 'a host set up as shipped: no findings') or
    diag(explain($bad));

# Everything wrong at once.
$sender->publish(more => <<'END');
smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:postfix-tlsrpt
smtp_tls_CAfile =
smtp_dns_support_level = enabled
smtp_tls_dane_insecure_mx_policy = may
smtp_tls_loglevel = 0
smtpd_milters =
non_smtpd_milters =
smtp_header_checks =
milter_header_checks =
END
my $jail = $sender->view->path('/var/spool/postfix/etc/resolv.conf');
my $resolv = World::Proc::slurp($jail);
World::Proc::write_file($jail, "nameserver 127.0.0.3\n");
($status, $bad, $ids) = check();
is($status, 1, 'a host with faults: exit 1');
is_deeply($ids, ['error ca-file', 'error dns-support', 'error map-name',
    'error resolver-ad', 'error steering', 'warn insecure-mx',
    'warn log-level', 'warn milters', 'warn resolver-jail',
    'warn strip-headers'],
    'each fault is found') or diag(explain($ids));
my @without = grep { $_->{what} eq '' || !@{$_->{fix}} } @$bad;
is_deeply(\@without, [], 'each says what and how to mend it');
my ($plain, $text) = $daemon->command_at_sender('check');
is($plain, 1, 'the same for people');
for my $fix (grep { /^postconf / } map { @{$_->{fix}} } @$bad) {
	my $flat = $text =~ s/\s+/ /gr;
	like($flat, qr/\Q$fix\E/, 'prints: ' . substr($fix, 0, 50));
	$sender->view->sh($fix);
}
World::Proc::write_file($jail, $resolv);
$sender->reload;
($status, $bad) = check();
is($status, 0, 'with the printed commands run, nothing is left') or
    diag(explain($bad));
my $id = $sender->send('boss@sender.test', ['u@plain-good.test'])->{id};
my $result = $sender->result($id, 'u@plain-good.test');
is("$result->{transport} $result->{tls}", 'postfix/tls-strict/smtp Verified',
    'and the set-up works');

# explain, with the daemon.
sub explain_json {
	my ($exit, $out) = $daemon->command('explain', @_, '--json');
	my ($json) = $out =~ /^(\{.*)/ms;

	return ($exit, eval { decode_json($json // '') } // {}, $out);
}

for my $row (grep { $_->{name} ne 'nullmx.test' } @World::Domains::table) {
	my ($exit, $json) = explain_json($row->{name});

	is("$exit $json->{decision}{level} $json->{decision}{source}",
	    "0 $row->{level} $row->{by}", "explain $row->{name}");
	is($json->{replies}{postfix}, $daemon->lookup('postfix',
	    $row->{name}), "$row->{name}: the very reply");
}
my ($exit, $json) = explain_json('plain.test', '--sender',
    'boss@sender.test');
is("$json->{strategy} $json->{decision}{level}", 'strict verify',
    '--sender chooses the strategy');
($exit, $json) = explain_json('plain.test', '--strategy', 'strict');
is($json->{replies}{postfix}, $daemon->lookup('postfix/strict',
    'plain.test'), '--strategy gives that map');
($exit, $json) = explain_json('dane-good.test', '--key',
    '[mx.dane-good.test]');
is("$exit $json->{key} $json->{decision}{level}",
    '0 [mx.dane-good.test] dane-only', '--key names the next hop');
($exit, $json) = explain_json('dane-good.test', '--key',
    '[mx.dane-good.test]:587');
is("$exit $json->{key} $json->{decision}{level}",
    '0 [mx.dane-good.test]:587 notfound', 'TLSA are those of its port');
($exit, my $out) = $daemon->command('explain', 'dane-mixed.test');
is($exit, 0, 'for people');
like($out, qr/dane-only.*row 3/, 'the decision and its row');
like($out, qr/secure +TLSA +_25\._tcp\.mx2\.dane-mixed\.test/,
    'a link of the chain');
like($out, qr/^ +postfix-tlsrpt +OK dane-only$/m, 'the reply per dialect');
($exit, $json) = explain_json('bogus.test');
my ($link) = grep { $_->{type} eq 'MX' } @{$json->{links}};
is($link->{status}, 'bogus', 'a bogus link is called so');
like($link->{why}, qr/signature expired/, 'with the reason');

# explain, without it.
is($daemon->stop, 0, 'the daemon ends clean');
for my $name (qw(sts-good.test dane-good.test insec-dane.test plain.test)) {
	my $row = World::Domains::row($name);

	($exit, $json, $out) = explain_json($name);
	is("$exit $json->{decision}{level} $json->{decision}{source}",
	    "0 $row->{level} $row->{by}", "explain $name by itself");
	is($json->{asked}, 'self', 'and says so');
}
($exit, $out) = $daemon->command('explain', 'plain.test');
like($out, qr/no daemon/, 'to people too');
($status, $bad, $ids) = check();
is($status, 1, 'check without the daemon: exit 1');
ok((grep { $_ eq 'error map-reachable' } @$ids),
    'the map is not reachable') or diag(explain($bad));
done_testing();
