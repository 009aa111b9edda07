#!/usr/bin/perl
# A host whose resolver gives no AD: Postfix would defer every DANE domain, so
# none is asked of it, and check says what is wrong.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $world = World->enter(name => 'no-ad', sender => 'backports');

$world->resolver('127.0.0.3');
$world->start;
my $sender = $world->sender;
my $daemon = $world->daemon($world->config('dns.servers' => '"system"'));
$daemon->start;

is($daemon->lookup('postfix', 'dane-good.test'), 'OK encrypt',
    'DANE without a policy: encrypt');
is($daemon->lookup('postfix', 'dane-over-sts.test'), 'OK secure ' .
    'match=mx.dane-over-sts.test servername=hostname',
    'DANE beside a policy: secure');
like($daemon->lookup('postfix/dane', 'dane-good.test'), qr/^TEMP /,
    'DANE required: held back');
for (['dane-good.test', 'Untrusted'], ['dane-over-sts.test', 'Verified'],
    ['dane-mismatch.test', 'Trusted'], ['dane-unusable.test', 'Untrusted'],
    ['insec-dane.test', 'Trusted']) {
	my ($domain, $tls) = @$_;
	my $id = $sender->send('alice@sender.test', ["u\@$domain"])->{id};
	my $r = $sender->result($id, "u\@$domain");

	is("$r->{status} $r->{tls}", "sent $tls", "$domain: not deferred")
	    or diag($r->{line});
}
like($daemon->log_text, qr/\bAD\b/, 'the daemon says so');

my ($status, $out) = $daemon->command_at_sender('check');
is($status, 1, 'check has findings') or diag($out);
like($out, qr/\bAD\b/, 'check names the AD bit') or diag($out);
($status, $out) = $daemon->command_at_sender('check', '--json');
is($status, 1, 'so it does in JSON') or diag($out);

is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
