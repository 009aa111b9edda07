#!/usr/bin/perl
# From Sendmail 8.18's sessions to reports: one mail to each domain of the
# world's table, and what the reports of that day say of it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::SendmailReport;

World::SendmailReport::run('8.18');
done_testing();
