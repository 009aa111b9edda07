#!/usr/bin/perl
# What is served and sent when the daemon, the policy host or everybody at
# once misbehaves.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $world = World->enter(name => 'crash', sender => 'bookworm');

$world->start;
my ($sender, $mx, $web) = ($world->sender, $world->mx, $world->web);
my $daemon = $world->daemon;
my $alice = 'alice@sender.test';
my $secure = 'OK secure match=mx.sts-good.test servername=hostname';
$daemon->start;

sub end_of {
	my ($domain, $mark) = @_;
	my $id = $sender->send($alice, ["u\@$domain"],
	    subject => "for $domain")->{id};
	my $r = $sender->result($id, "u\@$domain", $mark);

	return "$r->{status} $r->{tls}";
}

subtest 'killed between two deliveries, policy host down' => sub {
	is(end_of('sts-good.test'), 'sent Verified', 'before');
	is($web->requests('mta-sts.sts-good.test'), 1, 'fetched once');
	is($daemon->stop('KILL'), 9, 'killed');
	$web->stop;
	$daemon->start;
	is($daemon->lookup('postfix', 'sts-good.test'), $secure,
	    'the stored policy is served');
	is(end_of('sts-good.test'), 'sent Verified', 'and enforced');
	is(end_of('sts-good.test'), 'sent Verified', 'again');
	is($daemon->lookup('postfix', 'sts-selfsigned.test'), 'NOTFOUND ',
	    'one that was never fetched is not there');
	$web->start;
};

subtest 'killed at any moment: what was served is on disk' => sub {
	for my $i (1 .. 5) {
		my $domain = "kill$i.test";

		World::Domains::add($world, { name => $domain,
		    mx => [[10, 'mx.sts-good.test']],
		    sts => ['enforce', 'mx.sts-good.test'] });
	}
	$world->publish;
	for my $i (1 .. 5) {
		is($daemon->lookup('postfix', "kill$i.test"), $secure,
		    "policy $i served");
		is($daemon->stop('KILL'), 9, 'killed at once');
		$daemon->start;
	}
	$web->stop;
	is($daemon->lookup('postfix', "kill$_.test"), $secure,
	    "policy $_ survived") for 1 .. 5;
	$web->start;
};

subtest 'stopped: mail is accepted, waits, and goes later' => sub {
	my @domain = qw(sts-good.test plain.test dane-good.test);
	my $mark = $sender->log_mark;

	is($daemon->stop, 0, 'stopped');
	my $before = $mx->mails;
	for my $domain (@domain) {
		my $r = $sender->send($alice, ["late\@$domain"],
		    subject => 'late');
		like($r->{data}, qr/^250 /, "$domain: accepted");
		my $end = $sender->result($r->{id}, "late\@$domain");
		is("$end->{status} $end->{dsn}", 'deferred 4.7.5',
		    "$domain: deferred");
	}
	is(scalar($mx->mails), $before, 'nothing left unprotected');
	$daemon->start;
	$mark = $sender->log_mark;
	$sender->flush;
	for my $domain (@domain) {
		my ($status) = $sender->await_log($mark,
		    qr/to=<late\@\Q$domain\E>.* status=(\w+)/);
		is($status, 'sent', "$domain: sent after the restart");
	}
	is(scalar($mx->await_mails('late', 3)), 3, 'all arrived');
};

subtest '1000 lookups of one new domain at once' => sub {
	my $dns = $world->dns;
	my $domain = 'fresh.test';

	World::Domains::add($world, { name => $domain,
	    mx => [[10, 'mx.sts-good.test']],
	    sts => ['enforce', 'mx.sts-good.test'] });
	$world->publish;
	my $before = $daemon->stats->{service}{resolutions};
	my @client = map { World::Socketmap->new('127.0.0.1:8461') }
	    1 .. 1000;
	$_->ask('postfix', $domain) for @client;
	my %reply;
	$reply{$_->reply}++ for @client;
	is_deeply(\%reply, { $secure => 1000 }, 'one answer for all');
	is($daemon->stats->{service}{resolutions} - $before, 1,
	    'one resolution');
	is($web->requests("mta-sts.$domain"), 1, 'one fetch');
	# the resolver may repeat a question whose answer is late
	for (['MX', $domain], ['TXT', "_mta-sts.$domain"]) {
		my ($type, $name) = @$_;
		my $asked = $dns->queries($name, $type);

		ok($asked >= 1 && $asked <= 5, "$type asked for $asked times");
	}
};

is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
