#!/usr/bin/perl
# What the daemon answers of domains that a real name server and a real policy
# host make as strange as they can: one question each, no mail.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::CasesDane;
use World::CasesSts;

my @rows = (@World::CasesDane::table, @World::CasesSts::table);
my $world = World->enter(name => 'engine', sender => 'bookworm');

$world->start(mail => 0, domains => [@World::CasesDane::hosts, @rows]);
my ($dns, $web) = ($world->dns, $world->web);
my $daemon = $world->daemon;
$daemon->start;

# All at once, as a busy MTA asks.
my @client = map { World::Socketmap->new('127.0.0.1:8461') } @rows;
$client[$_]->ask($rows[$_]{map} // 'postfix',
    $rows[$_]{key} // $rows[$_]{name}) for 0 .. $#rows;
for my $row (@rows) {
	my $reply = shift(@client)->reply;
	my $about = "$row->{name}: $row->{about}";

	ref($row->{reply}) ? like($reply, $row->{reply}, $about) :
	    is($reply, $row->{reply}, $about);
	like($daemon->log_text, qr/domain=\Q$row->{name}\E .*$row->{fails}/,
	    "$row->{name}: the log says why") if $row->{fails};
	is($dns->queries(@{$row->{not_asked}}), 0,
	    "$row->{name}: what cannot count is not asked for")
	    if $row->{not_asked};
}

# The key in every form: map, key, reply.
my $dane = 'OK dane-only';
my $verify = 'OK verify match=hostname servername=hostname';
my $sts = 'OK secure match=mx.sts-good.test servername=hostname';
for (
    ['postfix', 'dane-good.test', $dane],
    ['postfix', 'dane-good.test.', $dane],
    ['postfix', 'DANE-Good.TEST', $dane],
    ['postfix', 'dane-good.test:25', $dane],
    ['postfix', 'dane-good.test:smtp', $dane],
    ['postfix', 'dane-good.test:587', 'NOTFOUND '],
    ['postfix', 'port.test', 'NOTFOUND '],
    ['postfix', 'port.test:587', $dane],
    ['postfix', 'port.test:submission', $dane],
    ['postfix', '[mx.dane-good.test]', $dane],
    ['postfix', '[mx.dane-good.test]:25', $dane],
    ['postfix', '[mx.dane-good.test]:587', 'NOTFOUND '],
    ['postfix', '[host.port.test]:587', $dane],
    ['postfix', '[dane-good.test]', 'NOTFOUND '],
    ['postfix', '[mx.plain.test]', 'NOTFOUND '],
    ['postfix', 'sts-good.test:587', $sts],
    ['postfix', '[sts-good.test]', 'NOTFOUND '],
    ['postfix/strict', '[mx.plain.test]', $verify],
    ['postfix/strict', '[mx.dane-good.test]', $dane],
    ['postfix', '[127.1.0.1]', 'NOTFOUND '],
    ['postfix', '[127.1.0.1]:587', 'NOTFOUND '],
    ['postfix', '[IPv6:::1]', 'NOTFOUND '],
    ['postfix/strict', '[127.1.0.1]', 'OK encrypt'],
    ['postfix/strict', '[IPv6:::1]:25', 'OK encrypt'],
    ['postfix/strict', '127.1.0.1', 'NOTFOUND '],
    ['postfix/strict', '::1', 'NOTFOUND '],
    ['postfix/strict', '', 'NOTFOUND '],
    ['postfix/strict', '.', 'NOTFOUND '],
    ['postfix/strict', '.sts-good.test', 'NOTFOUND '],
    ['postfix/strict', 'a b.test', 'NOTFOUND '],
    ['postfix/strict', 'a_b.test', 'NOTFOUND '],
    ['postfix/strict', 'sts-good.test:none-such', 'NOTFOUND '],
    ['postfix/strict', 'sts-good.test:65536', 'NOTFOUND '],
    ['postfix/strict', '[sts-good.test', 'NOTFOUND '],
    ['postfix/strict', 'x' x 64 . '.test', 'NOTFOUND '],
    ['postfix/strict', join('.', ('x' x 60) x 5), 'NOTFOUND '],
    ['postfix', 'no-such-domain.test', 'NOTFOUND '],
    ['postfix/strict', 'no-such-domain.test', 'NOTFOUND ']) {
	my ($map, $key, $want) = @$_;

	is($daemon->lookup($map, $key), $want, "$map \"$key\"");
}
for my $name ('127.1.0.1', 'a_b.test', '::1', 'x' x 64 . '.test') {
	is($dns->queries($name), 0, "nothing is asked of \"$name\"");
}
like($daemon->lookup('postfix/dane', '[127.1.0.1]'), qr/^TEMP .*address/,
    'an address under dane = require');

# After a restart a policy is looked at again at once, in the background.
sub restart {
	is($daemon->stop('KILL'), 9, 'killed');
	$daemon->start;
}

# Waits until the key is answered so.
sub comes {
	my ($key, $want, $about) = @_;
	my $reply;

	World::Proc::wait_until(10, sub {
		($reply = $daemon->lookup('postfix', $key)) eq $want });
	is($reply, $want, $about);
}

sub change {
	my ($name, %change) = @_;
	my ($row) = grep { $_->{name} eq $name } @World::CasesSts::table;

	World::Domains::add($world, { %$row, %change });
}

my $old = sub { "OK secure match=mx.$_[0] servername=hostname" };
my $body = "version: STSv1\nmode: enforce\nmx: new.%s\nmax_age: 99999\n";
for my $name (qw(txt-bare.test txt-more.test txt-id32.test)) {
	change($name, id => 'new', txt => undef,
	    web => { body => sprintf($body, $name) });
}
change('txt-tight.test', txt => []);
change('txt-blanks.test', id => 'gone', txt => undef,
    web => { status => 404 });
change('txt-strings.test', id => 'none', txt => undef,
    web => { body => "version: STSv1\nmode: none\nmax_age: 99999\n" });
change('txt-beside.test', id => 'cert', txt => undef,
    webcert => { expired => 1 });
$world->publish;
restart();
subtest 'policies that change' => sub {
	my $mark = $daemon->log_mark;

	is($daemon->lookup('postfix', 'txt-bare.test'),
	    $old->('txt-bare.test'), 'the old one is served meanwhile');
	comes('txt-bare.test', 'OK secure match=new.txt-bare.test ' .
	    'servername=hostname', 'a new id brings the new one');
	comes('txt-strings.test', 'NOTFOUND ', 'mode none ends it');
	for (['txt-blanks.test', '404'], ['txt-beside.test', 'certificate']) {
		my ($name, $why) = @$_;

		is($daemon->lookup('postfix', $name), $old->($name),
		    "$name: served");
		$daemon->await_log($mark,
		    qr/domain=\Q$name\E .*not fetched.*$why.*goes on/);
		is($daemon->lookup('postfix', $name), $old->($name),
		    "$name: a refresh that fails changes nothing");
	}
	is($daemon->lookup('postfix', 'txt-tight.test'),
	    $old->('txt-tight.test'), 'a record that is gone');
	World::Proc::wait_until(10, sub {
		$dns->queries('_mta-sts.txt-tight.test', 'TXT') >= 2 });
	restart();
	is($daemon->lookup('postfix', 'txt-tight.test'),
	    $old->('txt-tight.test'), 'changes nothing either');
	is($daemon->lookup('postfix', 'txt-strings.test'), 'NOTFOUND ',
	    'mode none outlives a restart');
};

subtest 'a private address is none of a policy host' => sub {
	is($daemon->stop, 0, 'stopped');
	unlink("$World::Daemon::run/state/policy.db");
	$daemon->write($world->config('net.allow' => undef));
	my $mark = $daemon->log_mark;
	$daemon->start;
	is($daemon->lookup('postfix', 'sts-good.test'), 'NOTFOUND ',
	    'not fetched from loopback');
	like($daemon->log_text($mark), qr/domain=sts-good\.test .*private/,
	    'the log says why');
	is($web->requests('mta-sts.sts-good.test'), 1,
	    'nothing was asked of it since');
};

is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
