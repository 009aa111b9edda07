#!/usr/bin/perl
# The resolver is a black hole: it takes questions and says nothing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::DeadDns;

World::DeadDns::run('silent', sub { $_[0]{unbound}->signal('STOP') },
    sub { $_[0]{unbound}->signal('CONT') });
done_testing();
