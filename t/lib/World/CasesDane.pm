# World::CasesDane - domains that are only asked for: DANE in all its forms
#
# Rows as World::Domains takes them, and
#	map, reply	what the daemon answers there (postfix)
#	not_asked	[name, type] that no resolution may ask for
package World::CasesDane;
use strict;
use warnings;

my $a = 'A 127.1.9.9';
my $leaf = 'TLSA {3 1 1 leaf}';
my $mine = "_25._tcp.mx IN $leaf";
my $secure = 'OK secure match=mx.%s servername=hostname';

# Zones that only hold hosts of the others.
our @hosts = (
	{ name => 'signedhosts.test', sign => 1, records => ["with IN $a",
	    "_25._tcp.with IN $leaf", "bare IN $a"] },
	{ name => 'plainhosts.test', records => ["bare IN $a"] },
	{ name => 'deadhosts.test', sign => 1, dns => { servfail => 1 } },
	{ name => 'bogushosts.test', sign => 'expired', records => ["mx IN $a",
	    $mine] },
);

# A signed domain with the records given; of its MX host, unless said.
sub signed {
	my ($name, $about, $reply, @records) = @_;

	return { name => "$name.test", about => $about, reply => $reply,
	    sign => 1, records => ['@ IN MX 10 mx', @records] };
}

# The same with one TLSA record set.
sub tlsa {
	my ($name, $about, $reply, @data) = @_;

	return signed($name, $about, $reply, "mx IN $a",
	    map { "_25._tcp.mx IN TLSA $_" } @data);
}

our @table = (
	# RFC 7672 section 2.2.2: hosts that are aliases
	signed('cname-expanded', 'MX host an alias, TLSA at the expanded name',
	    'OK dane-only', 'mx IN CNAME with.signedhosts.test.'),
	signed('cname-original', 'MX host an alias, TLSA at the original name',
	    'OK dane-only', 'mx IN CNAME bare.signedhosts.test.', $mine),
	signed('cname-first', 'first CNAME secure, its target not',
	    'OK dane-only', 'mx IN CNAME bare.plainhosts.test.', $mine),
	signed('cname-none', 'MX host an alias, no TLSA at either name',
	    'NOTFOUND ', 'mx IN CNAME bare.signedhosts.test.'),
	signed('cname-chain', 'aliases of aliases, TLSA at the last',
	    'OK dane-only', 'mx IN CNAME a', 'a IN CNAME b',
	    'b IN CNAME with.signedhosts.test.'),
	signed('cname-loop', 'MX host an alias of itself', 'OK dane-only',
	    'mx IN CNAME a', 'a IN CNAME mx', '@ IN MX 20 mx2',
	    "mx2 IN $a", "_25._tcp.mx2 IN $leaf"),
	{ name => 'cname-insecure.test', about => 'unsigned alias of a host '
	    . 'with TLSA', reply => 'OK dane', records => ['@ IN MX 10 ' .
	    'with.signedhosts.test.', 'mx IN CNAME with.signedhosts.test.'] },
	{ name => 'cname-unsigned.test', about => 'an unsigned CNAME, TLSA ' .
	    'beside it', reply => 'NOTFOUND ', records => ['@ IN MX 10 mx',
	    'mx IN CNAME bare.plainhosts.test.', $mine],
	    not_asked => ['_25._tcp.mx.cname-unsigned.test', 'TLSA'] },
	{ name => 'insecure-host.test', sign => 1, about => 'insecure ' .
	    'address below a secure MX: TLSA is not asked for',
	    reply => 'NOTFOUND ', records => ['@ IN MX 10 bare.plainhosts.test.'],
	    not_asked => ['_25._tcp.bare.plainhosts.test', 'TLSA'] },
	# section 2.2.1 and 2.2.3: aliases elsewhere
	{ name => 'aliases.test', sign => 1, key => 'alias.aliases.test',
	    about => 'the domain itself an alias', reply => 'OK dane-only',
	    records => ['alias IN CNAME dane-good.test.'] },
	signed('tlsa-alias', 'TLSA record behind a CNAME', 'OK dane-only',
	    "mx IN $a", '_25._tcp.mx IN CNAME keys', "keys IN $leaf"),
	signed('tlsa-alias-out', 'TLSA record behind an insecure CNAME',
	    'NOTFOUND ', "mx IN $a",
	    '_25._tcp.mx IN CNAME keys.plainhosts.test.'),
	# section 3.1: which records are usable
	tlsa('usage-0', 'usage 0', 'OK dane', '{0 0 1 ca}'),
	tlsa('usage-1', 'usage 1', 'OK dane', '{1 1 1 leaf}'),
	tlsa('usage-2', 'usage 2, hash of the certificate', 'OK dane-only',
	    '{2 0 1 ca}'),
	tlsa('usage-2-key', 'usage 2, SHA-512 of the key', 'OK dane-only',
	    '{2 1 2 ca}'),
	tlsa('whole-cert', 'usage 3, the whole certificate', 'OK dane-only',
	    '{3 0 0 ca}'),
	tlsa('whole-key', 'usage 3, the whole key', 'OK dane-only',
	    '{3 1 0 leaf}'),
	tlsa('whole-junk', 'usage 3, a whole certificate that is none',
	    'OK dane', '3 0 0 30820102'),
	tlsa('swapped', 'a key where a certificate belongs', 'OK dane',
	    '3 0 0 3059301306072a8648ce3d0201'),
	tlsa('short-hash', 'SHA-512 of 32 octets', 'OK dane',
	    '3 1 2 ' . '00' x 32),
	tlsa('type-9', 'unknown matching type', 'OK dane',
	    '3 1 9 ' . '00' x 32),
	tlsa('selector-7', 'unknown selector', 'OK dane',
	    '3 7 1 ' . '00' x 32),
	tlsa('one-usable', 'one usable record among others', 'OK dane-only',
	    '{1 1 1 leaf}', '3 1 9 00', '{3 1 1 leaf}'),
	# one host that fails among others
	signed('one-dead', 'one host with TLSA, one that fails',
	    'OK dane-only', '@ IN MX 20 mx.deadhosts.test.', "mx IN $a",
	    $mine),
	signed('one-bogus', 'one host with TLSA, one bogus', 'OK dane-only',
	    '@ IN MX 20 mx.bogushosts.test.', "mx IN $a", $mine),
	signed('plain-and-dead', 'one host without TLSA, one that fails',
	    'OK dane', '@ IN MX 20 mx.deadhosts.test.', "mx IN $a"),
	{ name => 'all-dead.test', sign => 1, about => 'every host fails',
	    reply => qr/^TEMP /, records => ['@ IN MX 10 mx.deadhosts.test.',
	    '@ IN MX 20 mx.bogushosts.test.'] },
	{ name => 'all-dead-sts.test', sign => 1, about => 'every host ' .
	    'fails: a policy does not help', reply => qr/^TEMP /,
	    records => ['@ IN MX 10 mx.deadhosts.test.'],
	    sts => ['enforce', 'mx.deadhosts.test'] },
	{ name => 'dead-mx.test', sign => 1, dns => { servfail => 1 },
	    about => 'MX SERVFAIL below a signed zone', reply => qr/^TEMP / },
	signed('some', 'one host with TLSA, one without', 'OK dane',
	    '@ IN MX 20 bare.signedhosts.test.', "mx IN $a", $mine),
	{ %{signed('some-sts', 'the same and an enforce policy',
	    'OK dane-only', '@ IN MX 20 bare.signedhosts.test.',
	    "mx IN $a", $mine)}, sts => ['enforce', 'mx.*'] },
	{ %{signed('some-require', 'the same, starttls = require',
	    'OK dane-only', '@ IN MX 20 bare.signedhosts.test.',
	    "mx IN $a", $mine)}, map => 'postfix/strict' },
	{ %{signed('dead-met', 'dane = require, one host with TLSA, one dead',
	    'OK dane-only', '@ IN MX 20 mx.deadhosts.test.', "mx IN $a",
	    $mine)}, map => 'postfix/dane' },
	{ %{signed('dead-unmet', 'dane = require, TLSA of none known',
	    qr/^TEMP /, '@ IN MX 20 mx.deadhosts.test.', "mx IN $a")},
	    map => 'postfix/dane' },
	# MX sets
	signed('no-address', 'no MX host has an address', 'NOTFOUND '),
	{ name => 'implicit-dane.test', sign => 1, about => 'implicit MX with '
	    . 'TLSA', reply => 'OK dane-only', records => ["\@ IN $a",
	    "_25._tcp IN $leaf"] },
	{ name => 'null-strict.test', sign => 1, about => 'null MX under ' .
	    'starttls = require', map => 'postfix/strict',
	    reply => 'NOTFOUND ', records => ['@ IN MX 0 .'] },
	signed('port', 'TLSA at port 587 alone, asked for 25', 'NOTFOUND ',
	    "mx IN $a", "_587._tcp.mx IN $leaf",
	    "host IN $a", "_587._tcp.host IN $leaf"),
	{ name => 'nods.test', sign => 1, dns => { ds => 'none' },
	    about => 'signed without DS: insecure', reply => 'NOTFOUND ',
	    records => ['@ IN MX 10 mx', "mx IN $a", $mine],
	    not_asked => ['_25._tcp.mx.nods.test', 'TLSA'] },
	{ name => 'nods-sts.test', sign => 1, dns => { ds => 'none' },
	    about => 'the same with a policy',
	    reply => sprintf($secure, 'nods-sts.test'),
	    records => ['@ IN MX 10 mx', "mx IN $a", $mine],
	    sts => ['enforce', 'mx.*'] },
);

1;
