#!/usr/bin/perl
# Messages through Sendmail 8.18: each recipient domain and each sender by its
# own requirement, TLS-Required: No, restarts, refusals.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::SendmailMessages;

World::SendmailMessages::run('8.18');
done_testing();
