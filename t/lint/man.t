#!/usr/bin/perl
# The man pages are clean mdoc(7), and every program has one.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(top files text);
use Test::More;

plan skip_all => 'mandoc is missing (Debian: mandoc)'
    if !grep { -x "$_/mandoc" } split /:/, $ENV{PATH};

# What mandoc finds wrong with a page. That a page refers to one that is not
# installed or not indexed here, or carries no operating system's name, is no
# fault of it.
sub faults {
	my ($text) = @_;
	my $pid = open my $out, '-|';
	die "fork: $!\n" if !defined $pid;
	if ($pid == 0) {
		open STDERR, '>&', \*STDOUT;
		open my $in, '|-', 'mandoc -T lint -W style' or die "$!\n";
		print $in $text;
		close $in;
		exit 0;
	}
	my @lines = grep { !/STYLE:\ (referenced\ manual\ not\ found|
	    operating\ system\ explicitly|
	    RCS\ id\ missing|Mdocdate)|outdated\ mandoc\.db/x } <$out>;
	close $out;
	return join '', @lines;
}

# the test itself
my $good = ".Dd November 21, 2026\n.Dt A 8\n.Os\n.Sh NAME\n.Nm a\n" .
    ".Nd does a thing\n.Sh DESCRIPTION\n.Nm\ndoes it.\n";
is(faults($good), '', 'a good page passes');
isnt(faults("$good.Bl -tag\n"), '', 'an open list is found');
isnt(faults($good =~ s/\.Sh NAME\n//r), '', 'a missing NAME is found');

my @pages = grep { m{/[\w.-]+\.[1-9]$} } files(qr/\.[1-9]$/,
    qw(share/man milter reportgen analyzer));
is(faults(text($_)), '', $_) for @pages;

my %has = map { m{([^/]+)\.[1-9]$} ? ($1 => 1) : () } @pages;
for my $make (files(qr/Makefile\.inc$/, qw(milter reportgen analyzer))) {
	for (split /\n/, text($make)) {
		next if !/^\s*(s?bin)_PROGRAMS\s*\+=\s*(.+)/;
		ok($has{$_}, "$_ has a page")
		    for map { s{.*/}{}r } split ' ', $2;
	}
}
done_testing();
