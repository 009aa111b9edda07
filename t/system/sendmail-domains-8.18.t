#!/usr/bin/perl
# One mail to each domain of the world's table through Sendmail 8.18: what the
# daemon decides, what Sendmail does, and where the reason is to be read.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::SendmailTest;

World::SendmailTest::domains('8.18');
done_testing();
