#!/usr/bin/perl
# Sendmail 8.17 at MX hosts whose handshake breaks, that have TLSA records and no
# STARTTLS, or whose TLSA records nobody answers for.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::SendmailFaults;

World::SendmailFaults::run('8.17');
done_testing();
