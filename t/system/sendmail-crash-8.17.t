#!/usr/bin/perl
# Sendmail 8.17 beside a daemon that is dead, slow, confused, or killed under
# load: nothing leaves unprotected, nothing is lost, nothing comes twice.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::SendmailCrash;

World::SendmailCrash::run('8.17', $ENV{SENDMAIL_MESSAGES} // 60);
done_testing();
