#!/usr/bin/perl
# A file includes headers of its own folder or of a lower layer, and each
# library is known to one place only (HACKING, "Layers").
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(files text);
use Test::More;

my %layer = (
	'share/base' => 0,
	'share/conf' => 1,
	'share/dns' => 2, 'share/tls' => 2, 'share/net' => 2,
	'share/store' => 2,
	'share/mail' => 3, 'share/app' => 3,
	'share/policy' => 4, 'share/rpt' => 4,
	'milter' => 5, 'reportgen' => 5, 'analyzer' => 5,
);

# header as included => files that may
my @libraries = (
	[ libmilter => qr{^libmilter/}, qr{^milter/} ],
	[ libunbound => qr{^unbound(-event)?\.h$}, qr{^share/dns/} ],
	[ ldns => qr{^ldns/}, qr{^share/dns/} ],
	[ wolfSSL => qr{^wolfssl/}, qr{^share/(tls/|mail/dkim)} ],
	[ libcurl => qr{^curl/}, qr{^share/net/} ],
	[ SQLite => qr{^sqlite3}, qr{^share/store/} ],
	[ 'toml++' => qr{^toml}, qr{^share/conf/toml_doc\.cc$} ],
	[ libevent => qr{^(event2/|ev(ent|http|dns|util)?\.h)},
	    qr{^(share/(app|dns|net|policy)|milter|reportgen)/} ],
	[ jansson => qr{^jansson}, qr{^(share/(app|policy)|milter|reportgen|analyzer)/} ],
	[ libidn2 => qr{^idn2\.h$}, qr{^share/base/hostname\.c$} ],
	[ libxml2 => qr{^libxml/}, qr{^analyzer/} ],
	[ zlib => qr{^zlib\.h$}, qr{^share/rpt/} ],
);

sub folder_of {
	my ($file) = @_;
	return $file =~ m{^(share/[^/]+|[^/]+)/} ? $1 : '';
}

# What is wrong with one include of one file; undef when nothing is.
sub fault {
	my ($file, $bracket, $name) = @_;
	my $folder = folder_of($file);

	if ($bracket eq '<') {
		for (@libraries) {
			my ($library, $header, $allowed) = @$_;
			next if $name !~ $header || $file =~ $allowed;
			return "$library is not for this file";
		}
		return;
	}
	if ($name eq 'config.h') {
		return $file =~ /\.h$/ ? 'a header includes config.h' : undef;
	}
	my $other = folder_of($name);
	return 'includes are written from the top of the tree'
	    if !exists $layer{$other};
	return if $other eq $folder;
	return "$other is not below $folder"
	    if $layer{$other} >= $layer{$folder};
	return;
}

# Every fault of a file's text, with line numbers.
sub faults {
	my ($file, $text) = @_;
	my (@bad, $line);

	for (split /\n/, $text) {
		$line++;
		next if !/^\s*#\s*include\s*([<"])([^>"]+)/;
		my $bad = fault($file, $1, $2);
		push @bad, "$file:$line: $2: $bad" if defined $bad;
	}
	if ($file =~ /\.(c|cc)$/) {
		my ($first) = $text =~ /^\s*#\s*include\s*["<]([^">]+)/m;
		push @bad, "$file: config.h is not included first"
		    if ($first // '') ne 'config.h';
	}
	return @bad;
}

# the test itself: each of these must be found
my @wrong = (
	[ 'share/base/a.c', "#include \"share/conf/conf.h\"\n" ],
	[ 'share/dns/a.h', "#include \"share/net/http.h\"\n" ],
	[ 'share/net/a.h', "#include \"share/store/store.h\"\n" ],
	[ 'share/policy/a.h', "#include \"milter/bind.h\"\n" ],
	[ 'milter/a.h', "#include \"reportgen/a.h\"\n" ],
	[ 'share/net/a.h', "#include \"http.h\"\n" ],
	[ 'share/net/a.h', "#include <unbound.h>\n" ],
	[ 'share/policy/a.h', "# include <libmilter/mfapi.h>\n" ],
	[ 'share/conf/conf.h', "#include <toml++/toml.h>\n" ],
	[ 'share/base/a.h', "#include \"config.h\"\n" ],
	[ 'share/base/a.c', "#include <stdio.h>\n#include \"config.h\"\n" ],
);
for (@wrong) {
	my ($file, $text) = @$_;
	my @found = grep { !/included first/ } faults($file, $text);
	@found = faults($file, $text) if $text =~ /stdio/;
	isnt(scalar @found, 0, "found in $file: " . $text =~ s/\n/ /gr);
}
is(join(', ', faults('share/policy/a.c',
    "#include \"config.h\"\n#include <jansson.h>\n" .
    "#include \"share/dns/dns.h\"\n")), '', 'a good file passes');

my @files = files(qr/\.(c|cc|h)$/, 'share', 'milter', 'reportgen', 'analyzer');
cmp_ok(scalar @files, '>', 0, 'there are files');
for my $file (@files) {
	my @bad = exists $layer{folder_of($file)} ?
	    faults($file, text($file)) : "$file: this folder has no layer";
	is(join("\n", @bad), '', $file);
}
done_testing();
