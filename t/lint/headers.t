#!/usr/bin/perl
# A header is the contract: it opens with what the module is, compiles alone,
# and every prototype has its comment directly above it. A source file opens
# with one line that names its module.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(files text compile_command compile);
use Test::More;

# Names of the functions that text declares without a comment right above.
sub undocumented {
	my ($text) = @_;
	my (@names, $statement, $documented);
	my ($depth, $in_comment, $continued, $above) = (0, 0, 0, 0);

	for my $line (split /\n/, $text) {
		if ($in_comment) {
			$in_comment = 0 if $line =~ m{\*/\s*$};
			$above = 1 if !$in_comment;
			next;
		}
		if ($continued || $line =~ /^\s*#/) {
			$continued = $line =~ /\\$/;
			$above = 0;
			next;
		}
		if (!defined $statement) {
			if ($line =~ m{^\s*/\*}) {
				$in_comment = $line !~ m{\*/\s*$};
				$above = 1 if !$in_comment;
				next;
			}
			if ($line =~ /^\s*$/) {
				$above = 0;
				next;
			}
			next if $line =~ /^(extern "C" \{|\})\s*$/;
			($statement, $documented) = ('', $above);
			$above = 0;
		}
		$line =~ s{/\*.*?\*/|//.*}{}g;
		if ($line =~ m{/\*}) {
			$in_comment = 1;
			$line =~ s{/\*.*}{};
		}
		$statement .= "$line\n";
		$depth += ($line =~ tr/{//) - ($line =~ tr/}//);
		next if $depth > 0 || $line !~ /[;}]\s*$/;
		my $name = function_of($statement);
		push @names, $name if defined $name && !$documented;
		undef $statement;
	}
	return @names;
}

# The function (or function type) that a statement declares, or undef.
sub function_of {
	my ($statement) = @_;
	my $parens = qr/(\((?:[^()]++|(?1))*\))/;

	$statement =~ s/__attribute__\s*$parens//g;
	return if $statement =~ /^\s*(struct|union|enum)\s+\w*\s*\{/;
	return if $statement =~ /^\s*(_Static_assert|static_assert)/;
	# LIST_HEAD() and its kind name a struct
	return if $statement =~ /^\s*[A-Z]+_HEAD\(\w+, \w+\)\s*(\w+\s*)?;/;
	return $statement =~ /^[^={(]*?\b(\w+)\s*\(/s ? $1 : undef;
}

# the test itself
is(join(',', undocumented(<<'END')), '', 'documented prototypes pass');
/* module */
#define A(x) \
	f(x)
struct s {
	int (*call)(void *arg);
};
enum e { E_A, E_B };
LIST_HEAD(s_list, s);

/* Does a thing. */
int a(void);

/*
 * Does another,
 * at length.
 */
const char *b(int x,
    int y) __attribute__((nonnull(1)));

/* An inline one. */
static inline int
c(void)
{
	if (a())
		return 1;
	return a();
}
END
is(join(',', undocumented(<<'END')), 'a,b,c,d,e', 'others are found');
/* module */

int a(void);
/* About something else. */

const char *b(int x,
    int y);
static inline int
c(void)
{
	return 1;
}
/* Documented. */
void good(void);
__attribute__((format(printf, 1, 2))) void d(const char *, ...);
typedef void e(void *arg);
END

my @folders = qw(share milter reportgen analyzer);
my @headers = files(qr/\.h$/, @folders);
cmp_ok(scalar @headers, '>', 0, 'there are headers');
for my $file (@headers) {
	my $text = text($file);
	like($text, qr{\A/\*\n \* \w}, "$file opens with a block comment");
	is(join(', ', undocumented($text)), '',
	    "$file: every function has a comment above it");
}
for my $file (files(qr/\.cc?$/, @folders)) {
	my ($module) = $file =~ m{([^/]+)\.cc?$};
	like(text($file), qr{\A/\* \Q$module\E: .* \*/\n},
	    "$file opens with a line that names its module");
}

my $command = compile_command();
ok(defined $command, 'the build folder tells how to compile (BUILDDIR)');
if (defined $command) {
	my (undef, $status) = compile($command, "int x\n");
	isnt($status, 0, 'what does not compile is noticed');
	for my $file (@headers) {
		my ($said) = compile("$command -Werror",
		    "#include \"$file\"\n#include \"$file\"\n");
		is($said, '', "$file compiles alone, and twice");
	}
}
done_testing();
