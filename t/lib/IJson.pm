# IJson - reads JSON as strictly as RFC 8259 and I-JSON (RFC 7493) put it
#
# Written apart from the program's own reader and writer, to hold them against.
# Dies with the place of the first fault: octets that are no UTF-8, surrogates
# and noncharacters, keys that stand twice, numbers beyond 2^53 - 1, fractions
# (reports have none), anything after the text.
package IJson;
use strict;
use warnings;
use Encode qw(decode FB_CROAK);
use Exporter qw(import);

our @EXPORT_OK = qw(read_ijson);

my %escape = ('"' => '"', '\\' => '\\', '/' => '/', b => "\b", f => "\f",
    n => "\n", r => "\r", t => "\t");

sub fault { die sprintf("%s at character %d\n", $_[0], pos // 0) }

# The value of a JSON text in octets: hashes, arrays, texts, numbers.
sub read_ijson {
	my ($octets) = @_;

	die "a byte order mark\n" if $octets =~ /\A\xef\xbb\xbf/;
	local $_ = decode('UTF-8', $octets, FB_CROAK);
	/[\x{fdd0}-\x{fdef}]|[\x{fffe}\x{ffff}]/ and fault('a noncharacter');
	/\G[ \t\n\r]*/gc;
	my $value = value();
	/\G[ \t\n\r]*\z/gc or fault('more after the text');
	return $value;
}

sub value {
	return object() if /\G\{/gc;
	return array() if /\G\[/gc;
	return text() if /\G"/gc;
	if (/\G(-?(?:0|[1-9][0-9]*))(?![0-9.eE])/gc) {
		abs($1) <= 9007199254740991 or fault('a number too large');
		return 0 + $1;
	}
	/\G(true|false|null)\b/gc or fault('no value');
	return $1 eq 'null' ? undef : $1 eq 'true';
}

# What is between brackets: an item, after a comma each further one.
sub items {
	my ($end, $item) = @_;

	/\G[ \t\n\r]*/gc;
	return if /\G\Q$end\E/gc;
	while (1) {
		/\G[ \t\n\r]*/gc;
		$item->();
		/\G[ \t\n\r]*/gc;
		return if /\G\Q$end\E/gc;
		/\G,/gc or fault('no comma');
	}
}

sub object {
	my %o;

	items('}', sub {
		/\G"/gc or fault('no key');
		my $key = text();
		exists $o{$key} and fault("$key stands twice");
		/\G[ \t\n\r]*:[ \t\n\r]*/gc or fault('no colon');
		$o{$key} = value();
	});
	return \%o;
}

sub array {
	my @a;

	items(']', sub { push(@a, value()) });
	return \@a;
}

sub text {
	my $s = '';

	until (/\G"/gc) {
		if (/\G([^"\\\x00-\x1f]+)/gc) {
			$s .= $1;
		} elsif (/\G\\(["\\\/bfnrt])/gc) {
			$s .= $escape{$1};
		} elsif (/\G\\u([0-9a-fA-F]{4})/gc) {
			my $c = hex($1);

			$c >= 0xd800 && $c < 0xe000 and fault('a surrogate');
			$c >= 0xfdd0 && $c <= 0xfdef || $c >= 0xfffe and
			    fault('a noncharacter');
			$s .= chr($c);
		} else {
			fault('no text');
		}
	}
	return $s;
}

1;
