#!/usr/bin/perl
# Functions that this project does not use: found by name in every C file, and
# refused by the compiler through share/base/banned.h.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(files text code compile_command compile);
use Test::More;

my @banned = qw(strcpy strcat strncpy sprintf vsprintf strtok gmtime localtime
    atoi);
my $call = qr/\b(@{[join '|', @banned, 'alloca', 'gets']})\s*\(/;

# Uses of banned functions and other words of other houses, with line numbers.
sub uses {
	my ($file, $text) = @_;
	my (@bad, $line);

	for (split /\n/, code($text)) {
		$line++;
		push @bad, "$file:$line: $1()" if /$call/;
		push @bad, "$file:$line: typedef of a struct"
		    if /^\s*typedef\s+(struct|union|enum)\b[^()]*$/;
		push @bad, "$file:$line: json_ is jansson's prefix"
		    if /^json_\w+\s*\(/;
	}
	return @bad;
}

# the test itself
is(scalar uses('a.c', "x = $_ (y);\n"), 1, "$_() is found") for @banned;
is(scalar uses('a.c', "typedef struct a a_t;\n"), 1, 'a typedef is found');
is(scalar uses('a.c', "int\njson_new(void)\n"), 1, 'a name is found');
is(scalar uses('a.c', <<'END'), 0, 'comments, literals, others pass');
/* strcpy(a, b) would be
 * wrong, sprintf() too */
s = "strcat(a)"; // atoi(s)
gmtime_r(&t, &tm); snprintf(a, 1, "x"); localtime_r(&t, &tm);
typedef void handler(struct a *);
END

my @files = grep { $_ ne 'share/base/banned.h' } files(qr/\.(c|cc|h)$/,
    qw(share milter reportgen analyzer t));
cmp_ok(scalar @files, '>', 0, 'there are files');
is(join("\n", uses($_, text($_))), '', $_) for @files;

my $command = compile_command();
ok(defined $command, 'the build folder tells how to compile (BUILDDIR)');
if (defined $command) {
	my ($said, $status) = compile($command,
	    "char *f(char *s);\nchar *f(char *s) { return s; }\n");
	is($status, 0, 'an innocent file compiles') or diag($said);
	for ('strtok(s, s)', '(char *)gmtime((const time_t *)s)',
	    '(char *)localtime((const time_t *)s)') {
		($said, $status) = compile($command, "char *f(char *s);\n" .
		    "char *f(char *s) { return $_; }\n");
		like($said, qr/is unavailable/, "the compiler refuses $_");
		isnt($status, 0, 'and fails');
	}
}
done_testing();
