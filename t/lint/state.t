#!/usr/bin/perl
# No mutable globals in share/: libmilter runs callbacks in many threads.
# Read from the symbols of libshare.a: an object in .data or .bss is state;
# tables of constants that hold pointers are in .data.rel.ro and pass.
use strict;
use warnings;
use Test::More;

# The objects in writable sections that objdump -t lists.
sub state {
	my ($listing) = @_;
	my @found;

	for (split /\n/, $listing) {
		next if !/^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+\s+(\S.*)$/;
		my ($flags, $section, $name) = ($1, $2, $3);
		next if $flags !~ /O/ || $name =~ /^(\.hidden )?(__|\.L|DW\.)/;
		next if $section =~ /^\.data\.rel\.ro/;
		push @found, $name
		    if $section =~ /^(\.t?(data|bss)|\*COM\*)/;
	}
	return @found;
}

# the test itself
is(join(',', main::state(<<'END')), 'counter,last.0,common', 'state is found');
0000000000000000 l     O .bss	0000000000000004 counter
0000000000000008 l     O .data	0000000000000004 last.0
0000000000000004       O *COM*	0000000000000004 common
0000000000000000 l     O .data.rel.ro.local	0000000000000020 table
0000000000000000 l     O .rodata	0000000000000020 words
0000000000000000 g     F .text	0000000000000020 function
END

my $dir = $ENV{BUILDDIR} // '.';
my $library = "$dir/share/libshare.a";
ok(-f $library, 'libshare.a is built (BUILDDIR)');
my $listing = `objdump -t '$library'`;
is($?, 0, 'objdump reads it');
like($listing, qr/\.text/, 'and finds code');
is(join("\n", main::state($listing)), '', 'share/ holds no mutable global');
done_testing();
