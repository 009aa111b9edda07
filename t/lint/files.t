#!/usr/bin/perl
# Every source file is named in a Makefile.inc: one that is not builds here and
# is missing in the tarball.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(files text);
use Test::More;

# Files that no make text names. A line names %D%/FILE, the folder of its own
# Makefile.inc, or the path from the top; a program of t/ stands for its .c
# file, a folder for all that is in it.
sub unnamed {
	my ($make, @files) = @_;
	my %named;

	for my $inc (keys %$make) {
		my ($folder) = $inc =~ m{^(.+)/[^/]+$};
		my $text = $make->{$inc} =~ s/#.*//gr;
		$text =~ s/%D%/$folder/g;
		$named{$_} = 1 for $text =~ m{([\w.+-]+(?:/[\w.+-]+)+)}g;
	}
	return grep {
		my ($file, $program) = ($_, $_ =~ s/\.c$//r);
		my @above = ($file);
		push @above, $above[-1] =~ s{/[^/]+$}{}r
		    while $above[-1] =~ m{/};
		!grep { $named{$_} } @above, $program, "$program.t";
	} @files;
}

# the test itself
my %make = (
	'share/a/Makefile.inc' => "S += %D%/a.c \\\n\t%D%/a.h\n" .
	    "unit_tests += t/unit/a.t\n# S += %D%/no.c\n",
	't/b/Makefile.inc' => "EXTRA_DIST += %D%/lib t/c/x.pl\n",
);
is(join(',', unnamed(\%make, qw(share/a/a.c share/a/a.h t/unit/a.c
    t/b/lib/x.pm t/c/x.pl))), '', 'named files pass');
is(join(',', unnamed(\%make, qw(share/a/no.c share/a/b.h t/unit/b.c
    t/b/a.c t/b/x.pm))), 'share/a/no.c,share/a/b.h,t/unit/b.c,t/b/a.c,t/b/x.pm',
    'others are found');

my @folders = qw(share milter reportgen analyzer t);
%make = map { $_ => text($_) } files(qr{/Makefile\.inc$}, @folders);
my @files = grep { !m{/Makefile\.inc$|~$|\.(o|a|log|trs|swp)$} &&
    !m{/\.(deps|dirstamp)} } files(qr/./, @folders);
# a build in the source folder leaves programs beside their sources
my %is = map { $_ => 1 } @files;
@files = grep {
	my ($folder, $name) = m{^(.+)/([^/]+)$};
	my $program = $name =~ s/\.t$//r;
	!$is{"$folder/$name.c"} && ($program eq $name ||
	    !$is{"$folder/$program.c"} && !$is{"$folder/fuzz_$program.c"});
} @files;
cmp_ok(scalar @files, '>', 0, 'there are files');
is(join("\n", unnamed(\%make, @files)), '', 'every file is in a Makefile.inc');
done_testing();
