# World::CasesSts - domains that are only asked for: MTA-STS in all its forms
#
# Rows as World::CasesDane's, and
#	fails	what the daemon's log must say of the fetch
package World::CasesSts;
use strict;
use warnings;

my $none = 'NOTFOUND ';

# An unsigned domain with one MX host and an enforce policy; MORE changes it.
# No reply given: the policy holds.
sub sts {
	my ($name, $about, %more) = @_;

	return { name => "$name.test", about => $about, reply => 'OK secure ' .
	    "match=mx.$name.test servername=hostname",
	    sts => ['enforce', 'mx.*'],
	    records => ['@ IN MX 10 mx', 'mx IN A 127.1.9.9'], %more };
}

# One that differs in its TXT record.
sub txt {
	my ($name, $about, @data) = @_;
	my @reply = @data && ref($data[0]) ? %{shift(@data)} : ();

	return sts("txt-$name", $about, txt => [map { "TXT $_" } @data],
	    @reply);
}

# One whose policy host does something wrong.
sub web {
	my ($name, $about, $fails, %more) = @_;

	return sts("web-$name", $about, reply => $none, fails => $fails,
	    %more);
}

# One that differs in its policy's text; %s is the domain.
sub body {
	my ($name, $about, $body, %more) = @_;
	my $domain = "body-$name.test";

	return sts("body-$name", $about,
	    web => { body => $body =~ s/%s/$domain/gr }, %more);
}

sub invalid {
	my ($name, $about, $body) = @_;

	return body($name, $about, $body, reply => $none,
	    fails => 'sts-policy-invalid');
}

my $fetch = 'sts-policy-fetch-error';
my $webpki = 'sts-webpki-invalid';
my $v = "version: STSv1\n";
my $rest = "mode: enforce\nmx: mx.%s\nmax_age: 604800\n";
my $long = 'x' x 60000;

our @table = (
	# RFC 8461 section 3.1: the record
	txt('bare', 'no final semicolon', '"v=STSv1; id=1"'),
	txt('tight', 'no blanks', '"v=STSv1;id=1;"'),
	txt('blanks', 'blanks and tabs around semicolons',
	    '"v=STSv1 ;  id=1 ; "'),
	txt('more', 'unknown fields', '"v=STSv1; a=b; id=1; c=d;"'),
	txt('strings', 'the record in two strings', '"v=STSv1; i" "d=1;"'),
	txt('beside', 'another TXT record beside it', '"hello"',
	    '"v=STSv1; id=1;"'),
	txt('id32', 'an id of 32', '"v=STSv1; id=' . 'a1' x 16 . ';"'),
	sts('txt-alias', 'CNAME on the record',
	    txt => ['CNAME record.there'], records => ['@ IN MX 10 mx',
	    'mx IN A 127.1.9.9', 'record.there IN TXT "v=STSv1; id=7;"']),
	txt('two', 'two records', { reply => $none }, '"v=STSv1; id=1;"',
	    '"v=STSv1; id=2;"'),
	txt('noid', 'no id', { reply => $none }, '"v=STSv1;"'),
	txt('badid', 'an id with a dash', { reply => $none },
	    '"v=STSv1; id=1-2;"'),
	txt('id33', 'an id of 33', { reply => $none },
	    '"v=STSv1; id=' . 'a' x 33 . ';"'),
	txt('v2', 'another version', { reply => $none }, '"v=STSv2; id=1;"'),
	txt('case', 'the version in lower case', { reply => $none },
	    '"v=stsv1; id=1;"'),
	txt('v11', 'a version that goes on', { reply => $none },
	    '"v=STSv11; id=1;"'),
	txt('late', 'the version not first', { reply => $none },
	    '"id=1; v=STSv1;"'),
	# section 3.3: the policy host
	web('301', 'a redirect to a good policy', "301, not 200.*$fetch",
	    web => { status => 301, to =>
	    'https://mta-sts.sts-good.test/.well-known/mta-sts.txt' }),
	web('404', 'no such file', "404, not 200.*$fetch",
	    web => { status => 404 }),
	web('500', 'a broken server', "500, not 200.*$fetch",
	    web => { status => 500 }),
	web('204', 'a good status, not 200', "204, not 200.*$fetch",
	    web => { status => 204 }),
	web('html', 'a policy as text/html', "media type.*$fetch",
	    web => { type => 'text/html' }),
	web('plainer', 'text/plainer', "media type.*$fetch",
	    web => { type => 'text/plainer' }),
	sts('web-charset', 'a media type with a parameter, in capitals',
	    web => { type => '"TEXT/Plain; charset=utf-8"' }),
	web('cn', 'a certificate that has a common name alone',
	    "no DNS name.*$webpki", webcert => { san => [] }),
	web('expired', 'an expired certificate', $webpki,
	    webcert => { expired => 1 }),
	web('self', 'a self-signed certificate', $webpki,
	    webcert => { self => 1 }),
	web('name', 'a certificate for the domain, not for its policy host',
	    $webpki, webcert => { cn => 'web-name.test',
	    san => ['web-name.test', '*.other.test'] }),
	sts('web-wild', 'a wildcard certificate', webcert => {
	    cn => 'web-wild.test', san => ['*.web-wild.test'] }),
	web('deep', 'a wildcard that covers two labels less', $webpki,
	    webcert => { san => ['*.test'] }),
	web('big', 'more than 64 KiB', "($fetch|sts-policy-invalid)",
	    web => { body => "$v$rest" . "a: $long\n" x 2 }),
	web('nohost', 'a policy host without address', "no address.*$fetch",
	    sts => undef, records => ['@ IN MX 10 mx', 'mx IN A 127.1.9.9',
	    '_mta-sts IN TXT "v=STSv1; id=1;"']),
	# section 3.2: the text
	body('lf', 'lines that end by LF', "$v$rest"),
	body('cut', 'no end of the last line', $v . $rest =~ s/\n\z//r),
	body('empty', 'empty lines', "\n$v\n\n$rest\n\n"),
	body('keys', 'unknown keys', "${v}hello: world\n$rest"),
	body('twice', 'a mode twice: the first counts',
	    "$v${rest}mode: none\nmax_age: 5\n"),
	body('age', 'a max_age beyond a year', "${v}mode: enforce\n" .
	    "mx: mx.%s\nmax_age: 9999999999\n"),
	body('wild', 'a wildcard', "${v}mode: enforce\nmx: *.%s\n" .
	    "mx: mx.%s\nmx: MX.%s.\nmax_age: 99\n", reply => 'OK secure ' .
	    'match=.body-wild.test:mx.body-wild.test servername=hostname'),
	body('junk', 'patterns that are none beside one that is',
	    "${v}mode: enforce\nmx: hostname\nmx: 192.0.2.1\nmx: *.*.%s\n" .
	    "mx: b\xc3\xbccher.test\nmx: a:b.test\nmx: mx.%s\nmax_age: 99\n"),
	body('none', 'mode none', "${v}mode: none\nmax_age: 604800\n",
	    reply => $none),
	body('none-require', 'mode none, mta-sts = require',
	    "${v}mode: none\nmax_age: 604800\n", reply => qr/^TEMP .*none/,
	    map => 'postfix/sts'),
	body('testing', 'mode testing, mta-sts = require',
	    "${v}mode: testing\nmx: mx.%s\nmax_age: 604800\n",
	    reply => qr/^TEMP .*testing/, map => 'postfix/sts'),
	body('required', 'mode enforce, mta-sts = require', "$v$rest",
	    map => 'postfix/sts'),
	invalid('words', 'no usable pattern', "${v}mode: enforce\n" .
	    "mx: hostname\nmx: 192.0.2.1\nmax_age: 99\n"),
	invalid('version', 'no version', $rest),
	invalid('v2', 'another version', "version: STSv2\n$rest"),
	invalid('mode', 'no mode', $v . $rest =~ s/^mode.*\n//mr),
	invalid('modes', 'an unknown mode', $v . $rest =~ s/enforce/strict/r),
	invalid('noage', 'no max_age', $v . $rest =~ s/^max_age.*\n//mr),
	invalid('longage', 'a max_age of 11 digits', "$v${rest}" =~
	    s/604800/00000604800/r),
	invalid('nomx', 'no mx', $v . $rest =~ s/^mx.*\n//mr),
	invalid('line', 'a line without colon', "${v}hello\n$rest"),
	# RFC 8461 section 3.4 and names
	{ name => 'sub.parent.test', key => 'sub.parent.test', about =>
	    'a policy is not inherited', reply => $none,
	    records => ['@ IN MX 10 mx', 'mx IN A 127.1.9.9'] },
	sts('parent', 'the parent that has one'),
	{ %{sts('xn--bcher-kva', 'a name with an umlaut')},
	    key => "b\xc3\xbccher.test" },
);

1;
