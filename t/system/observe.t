#!/usr/bin/perl
# Observe mode: the same mails all leave, what would have been is counted.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::Round;

my $world = World->enter(name => 'observe', sender => 'backports');

$world->start(steer => ['strict']);
my ($sender, $mx) = ($world->sender, $world->mx);
my $daemon = $world->daemon($world->config('policy.mode' => '"observe"',
    'milter.steered' => '["strict"]'));
$daemon->start;

my %would;
for my $outcome (World::Round::run($world, $daemon, \&note)) {
	my $row = $outcome->{row};
	my $decision = $outcome->{decision};

	if ($row->{name} =~ /^(?:bogus|nullmx)\./) {
		isnt($outcome->{end}, 'sent', "$row->{name}: no way there");
	} else {
		is($outcome->{end}, 'sent', "$row->{name}: sent") or
		    diag($outcome->{reply});
	}
	is($decision->{mode}, 'observe', "$row->{name}: marked so");
	is("$decision->{decision}{level} $decision->{decision}{source}",
	    "$row->{level} $row->{by}", "$row->{name}: decided all the same");
	is($daemon->lookup('postfix', $row->{name}), 'NOTFOUND ',
	    "$row->{name}: nothing demanded");
	$would{$row->{level}}++;
}
my $r = $sender->send('boss@sender.test', ['u@plain.test']);
my $end = $sender->result($r->{id}, 'u@plain.test');
is("$end->{status} $end->{transport}", 'sent postfix/smtp',
    'nothing is steered');
$r = $sender->send('boss@sender.test', ['u@plain.test', 'bob@sender.test']);
like($r->{data}, qr/^250 /, 'what could not be steered is accepted');

# By now it is known what cannot be had.
$r = $sender->send('alice@sender.test', ['u@need-dane.test',
    'u@need-sts.test', 'u@sts-good.test']);
is(join(' ', map { /^(\d+)/ } values %{$r->{rcpt}}), '250 250 250',
    'nobody is refused');

my $stats = $daemon->stats;
is($stats->{mode}, 'observe', 'stats name the mode');
cmp_ok($stats->{service}{would_be}{$_}, '>=', $would{$_},
    "would-be $_ is counted") for sort keys %would;
is_deeply([grep { $stats->{service}{answered}{$_} }
    keys %{$stats->{service}{answered}}], [], 'nothing was enforced');
is($stats->{milter}{would_refuse}, 2, 'would-be refusals are counted');
is($stats->{milter}{refused}, 0, 'there was none');
cmp_ok($stats->{milter}{would_unsteerable}, '>=', 1,
    'so is what could not be steered');
is($stats->{milter}{steered}, 0, 'and nothing was steered');
is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
