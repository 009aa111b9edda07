#!/usr/bin/perl
# kill -9 at random moments while policies change: none is lost, none is older
# afterwards than the one served last. A few rounds; t/soak/kills makes more.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::Kills;

my $rounds = 10;
my $world = World::Kills::world(name => 'kills');
my $result = World::Kills::run($world, $rounds);

is($result->{kills}, $rounds, 'killed as often as was meant');
is_deeply($result->{wrong}, [], 'every policy is kept');
cmp_ok($result->{renewed}, '>', $result->{changes} / 6,
    "of $result->{changes} changes $result->{renewed} were met alive");
done_testing();
