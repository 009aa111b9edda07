#!/usr/bin/perl
# One mail to each domain of the world's table through Postfix 3.7: what the
# daemon decides, what Postfix does, and the exact replies.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::RoundTest;

World::RoundTest::run('bookworm', '3.7');
done_testing();
