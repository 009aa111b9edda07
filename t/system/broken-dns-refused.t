#!/usr/bin/perl
# The resolver is gone: its port is closed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::DeadDns;

World::DeadDns::run('refused', sub { $_[0]->stop_server('unbound') },
    sub { $_[0]->start_resolver('unbound') });
done_testing();
