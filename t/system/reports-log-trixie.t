#!/usr/bin/perl
# The log beside the datagrams: each session is counted once, testing policies and
# MX hosts that Postfix passed over included.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::ReportTest;

World::ReportTest::with_log('trixie');
done_testing();
