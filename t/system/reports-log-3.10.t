#!/usr/bin/perl
# Postfix 3.10.3 of the backports, built without libtlsrpt: its log gives the same
# reports for the same deliveries, except for the rows named here.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World::ReportTest;

World::ReportTest::with_log('backports', %World::ReportTest::logged);
done_testing();
