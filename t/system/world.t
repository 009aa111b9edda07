#!/usr/bin/perl
# The test world itself: every fault that other tests rely on is really there.
# No daemon takes part; a static policy map stands in for it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $world = World->enter(name => 'world', sender => 'bookworm');

# Level that shows the fault of each kind of domain, and what must become of
# the mail: status and the beginning of dsn and reason.
my %verify = (
	good => ['sent'], wild => ['sent'],
	wrong => ['deferred', '4.7.5', 'Server certificate not verified'],
	self => ['deferred', '4.7.5', 'Server certificate not verified'],
	expired => ['deferred', '4.7.5', 'Server certificate not verified'],
	none => ['deferred', '4.7.4', 'TLS is required, but was not offered'],
	broken => ['deferred', '4.7.0', 'TLS is required, but host'],
);
my %dane = (
	match => ['sent'],
	differ => ['deferred', '4.7.5', 'Server certificate not verified'],
	unusable => ['deferred', '4.7.5', 'TLSA records unusable'],
);
my @rows = grep { @{$_->{mx}} == 1 && defined $_->{mx}[0][2] &&
    $_->{name} ne 'bogus.test' } @World::Domains::table;
my $map = join(' ', map { "{ $_->{name} = " . (defined $_->{mx}[0][3] ?
    'dane-only' : 'verify match=hostname servername=hostname') . ' }' } @rows);

$world->start(tlsherald => 0,
    more => "smtp_tls_policy_maps = inline:{ $map }\n");
my ($dns, $sender, $mx) = ($world->dns, $world->sender, $world->mx);
like($sender->version, qr/^3\.7\./, 'bookworm has Postfix 3.7');

ok(World::Dns::query('127.0.0.1', 'mx.dane-good.test', 'A')->{ad},
    'the validating resolver gives AD');
ok(!World::Dns::query('127.0.0.3', 'mx.dane-good.test', 'A')->{ad},
    'the other one does not');
ok(World::Dns::query('127.0.0.3', 'mx.dane-good.test', 'A')->{answers} > 1,
    'and passes signatures on');
ok(!World::Dns::query('127.0.0.1', 'mx.plain.test', 'A')->{ad},
    'an unsigned zone gives no AD');
is(World::Dns::query('127.0.0.1', 'bogus.test', 'MX')->{rcode}, 2,
    'a bogus zone is SERVFAIL');
is(World::Dns::query('127.0.0.3', 'bogus.test', 'MX')->{rcode}, 0,
    'only because it is validated');

for my $row (@rows) {
	my (undef, undef, $cert, $tlsa) = @{$row->{mx}[0]};
	my $to = "u\@$row->{name}";
	my ($status, $dsn, $reason) = @{defined $tlsa ? $dane{$tlsa} :
	    $verify{$cert}};
	my $sent = $sender->send('alice@sender.test', [$to],
	    subject => $row->{name});
	my $got = $sender->result($sent->{id}, $to);

	is($got->{status}, $status, "$row->{name} ($cert, " .
	    ($tlsa // 'no TLSA') . "): $status") or diag($got->{line});
	is($got->{tls}, 'Verified', "$row->{name}: verified")
	    if $status eq 'sent';
	like("$got->{dsn} $got->{reason}", qr/^\Q$dsn $reason\E/,
	    "$row->{name}: $reason") if defined $reason;
}

# What arrived can be told from how it arrived.
my $id = $sender->send('alice@sender.test', ['u@plain-nostarttls.test'],
    subject => 'plain')->{id};
$sender->await_log(0, qr/(\Q$id\E): to=.*status=deferred/);
my ($mail) = $mx->await_mails('sts-good.test', 1);
is_deeply([$mail->{to}, World::Mx::came_by($mail)],
    ['u@sts-good.test', 'mx.sts-good.test', 1],
    'a delivered mail says host and TLS');

# Everything can change while it runs.
my $new = { name => 'later.test', mx => [[10, 'mx', 'good']],
    sts => ['enforce', 'mx.*'] };
World::Domains::add($world, $new);
$world->publish;
$id = $sender->send('alice@sender.test', ['u@later.test'])->{id};
my $got = $sender->result($id, 'u@later.test');
is_deeply([@$got{qw(status tls)}], ['sent', 'Trusted'],
    'a domain can be added') or diag($got->{line});
$dns->zone('dane-good.test', sign => 'expired');
$dns->publish;
is(World::Dns::query('127.0.0.1', 'dane-good.test', 'MX')->{rcode}, 2,
    'a signature can be broken');
$dns->zone('dane-good.test', servfail => 1);
$dns->publish;
is(World::Dns::query('127.0.0.3', 'dane-good.test', 'MX')->{rcode}, 2,
    'a zone can fail');
$dns->zone('dane-good.test', sign => 1, records => ['@ IN MX 0 .']);
$dns->publish;
my $answer = World::Dns::query('127.0.0.1', 'dane-good.test', 'MX');
is_deeply([@$answer{qw(rcode ad)}], [0, 1], 'and come back');

# Local mail and the sendmail command.
$id = $sender->sendmail('alice@sender.test', ['bob@sender.test'],
    subject => 'local');
is($sender->result($id, 'bob@sender.test')->{status}, 'sent',
    'mail from the sendmail command is delivered locally');
is(scalar($sender->await_mails('local', 1)), 1, 'and can be read');

done_testing();
