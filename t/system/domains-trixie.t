#!/usr/bin/perl
# One mail to each domain of the world's table through trixie's Postfix:
# what the daemon decides, what Postfix does, and the exact replies. It is newer
# than 3.10.5 and skips MX hosts outside a policy.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::RoundTest;

World::RoundTest::run('trixie', '3.10', name => 'domains-trixie',
    patterns => 1);
done_testing();
