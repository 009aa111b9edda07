#!/usr/bin/perl
# kill -9 of the sender at random moments while reports go out: each arrives, a
# second time only as the same mail. A few rounds; t/soak/sender-kills makes
# more.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::SenderKills;

my $rounds = 8;
my $world = World::SenderKills::world(name => 'sender-kills');
my $result = World::SenderKills::run($world, $rounds);

is($result->{kills}, $rounds, 'killed as often as was meant');
is_deeply($result->{wrong}, [], 'every report arrived, and only itself');
cmp_ok($result->{cut}, '>', 0, "$result->{cut} kills left something to do");
cmp_ok($result->{mails}, '>=', 2 * $result->{reports},
    "$result->{mails} mails of $result->{reports} reports");
done_testing();
