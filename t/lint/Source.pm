# Source: what the tests of this folder share: the files of the tree, their
# text without comments, and the command that compiles one of them.
package Source;
use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Find;

our @EXPORT_OK = qw(top files text code compile_command compile);

my $top = abs_path(dirname(__FILE__) . '/../..');

# The top of the source tree.
sub top { return $top }

# Files below the folders given whose names match a pattern, relative to the
# top, sorted. Folders that don't exist yet hold nothing.
sub files {
	my ($pattern, @folders) = @_;
	my @found;
	@folders = grep { -d "$top/$_" } @folders;
	return if !@folders;
	find({ no_chdir => 1, wanted => sub {
		push @found, substr($_, length($top) + 1)
		    if -f $_ && $_ =~ $pattern;
	} }, map { "$top/$_" } @folders);
	return sort @found;
}

# The whole text of a file.
sub text {
	my ($file) = @_;
	open my $fh, '<', "$top/$file" or die "$file: $!\n";
	local $/;
	my $text = <$fh>;
	close $fh;
	return $text // '';
}

# C text with comments and the inside of literals blanked, lines kept.
sub code {
	my ($text) = @_;
	$text =~ s{
		(/\*.*?\*/ | //[^\n]*) |
		("(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')
	}{
		my ($c, $q) = ($1, $2);
		defined $c ? $c =~ s/[^\n]+/ /gr : substr($q, 0, 1) x 2
	}gsex;
	return $text;
}

# The shell command that compiles a C file of this tree, from the Makefile of
# $BUILDDIR (or the current folder); undef where nothing is configured.
sub compile_command {
	my $dir = $ENV{BUILDDIR} // '.';
	return if !-f "$dir/Makefile" || !-f "$dir/config.h";
	local $ENV{MAKEFLAGS} = '';
	local $ENV{MAKELEVEL} = 0;
	# make may say first that it brings itself up to date
	my @said = `make -s --no-print-directory -C '$dir' print-compile`;
	return if $? != 0 || !@said;
	chomp(my $cmd = $said[-1]);
	return "cd '$dir' && $cmd";
}

# Compile text (not linked). Returns what the compiler said and its status.
sub compile {
	my ($command, $text) = @_;
	my $pid = open my $out, '-|';
	die "fork: $!\n" if !defined $pid;
	if ($pid == 0) {
		open STDERR, '>&', \*STDOUT;
		open my $cc, '|-', "$command -fsyntax-only -x c -"
		    or die "cc: $!\n";
		print $cc $text;
		close $cc;
		exit($? == 0 ? 0 : 1);
	}
	local $/;
	my $said = <$out> // '';
	close $out;
	return ($said, $?);
}

1;
