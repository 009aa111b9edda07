#!/usr/bin/perl
# What tlsherald-reportgen makes of collected sessions: files and mails as
# strict readers of others' want them, and the commands that show them. Nothing
# is sent, no MTA takes part.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../lib";
use IJson qw(read_ijson);
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
use JSON::PP;
use MIME::Base64;
use MIME::QuotedPrint;
use Test::More;
use World::Proc;

my $build = $ENV{BUILDDIR} // '.';
my $program = "$build/reportgen/tlsherald-reportgen";
my $sample = "$build/t/system/report_sample";
my $dir = tempdir('tlsherald-reports-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $day = '2026-11-20';
my $begin = 1795132800;
my ($label, $atext) = (qr/[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/,
    qr/[A-Za-z0-9!#\$%&'*+\/=?^_`{|}~-]+/);
my $domain = qr/$label(?:\.$label)*/;
my $dot_atom = qr/$atext(?:\.$atext)*/;

for ($program, $sample) {
	BAIL_OUT("$_ is missing") if !-x $_;
}

# A config with these lines of [report.tls.aggregate]; its path.
sub conf {
	my ($name, $lines) = @_;

	mkdir("$dir/$name");
	World::Proc::write_file("$dir/$name.toml", <<"END");
[server]
hostname = "mx.example.org"
state-dir = "$dir/$name"
user = "root"
group = "root"
[report.tls.aggregate]
$lines
[signature.a]
domain = "example.org"
selector = "mail"
private-key = "file:$dir/rsa.pem"
[signature.b]
algorithm = "ed25519-sha256"
domain = "example.org"
selector = "ed"
private-key = "file:$dir/ed.pem"
END
	return "$dir/$name.toml";
}

# Runs the program; its status, output and errors.
sub run {
	my ($conf, @args) = @_;
	my $pid = fork() // die "fork: $!";

	if ($pid == 0) {
		open(STDOUT, '>', "$dir/out") or die;
		open(STDERR, '>', "$dir/err") or die;
		exec('timeout', '-k', '5', '120', $program, '-c', $conf, @args)
		    or die;
	}
	waitpid($pid, 0);
	return (World::Proc::exit_status($?), map {
		World::Proc::slurp("$dir/$_") } qw(out err));
}

# What a command prints with --json, strictly.
sub json {
	my ($conf, @args) = @_;
	my ($status, $out, $err) = run($conf, @args, '--json');

	is($status, 0, "@args: status") or diag($err);
	my $o = eval { read_ijson($out) };
	is($@, '', "@args: I-JSON") or return {};
	is($o->{schema}, 1, "@args: its schema");
	return $o;
}

World::Proc::run('openssl', 'genrsa', '-out', "$dir/rsa.pem", '2048');
World::Proc::run('openssl', 'genpkey', '-algorithm', 'ed25519', '-out',
    "$dir/ed.pem");
chmod(0600, "$dir/rsa.pem", "$dir/ed.pem");
my $conf = conf('site', <<'END');
from-address = "tls@example.org"
org-name = "Bücher \"&\" Söhne"
contact-info = "jane@example.org"
sign = ["a", "b"]
END

# --- The reader itself: it takes what is right and nothing else.
is_deeply(eval { read_ijson("{\"a\":[1,-2,\"\xc3\xbc\\n\",true,null]}") },
    { a => [ 1, -2, "\x{fc}\n", 1, undef ] }, 'the strict reader reads');
for ('{"a":1,"a":2}', '[1.5]', '[9007199254740992]', '"\ud800"', "[\"\xff\"]",
    '[1]x', '[01]', '[1,]', '{"a" 1}', "\"\x01\"", '[NaN]', '', '["\ufffe"]',
    "\xef\xbb\xbf[]") {
	eval { read_ijson($_) };
	isnt($@, '', "the strict reader refuses $_");
}

# --- Before anything was collected.
my ($status, $out, $err) = run($conf, 'list');
is($status, 0, 'list without anything');
is($out, "no reports\n", 'says so');

# --- A day of 25 domains.
World::Proc::run($sample, "$dir/site/report.db", $begin, 25);
my $list = json($conf, 'list', '--from', $day);
is(scalar @{$list->{reports}}, 25, 'list: what is to come');
is_deeply([ @{$list->{reports}[0]}{qw(domain state begin end)} ],
    [ 'd0.example', 'collected', "${day}T00:00:00Z", '2026-11-21T00:00:00Z' ],
    'list: a day');
like($list->{reports}[0]{due}, qr/^2026-11-21T0[0-4]:/, 'list: due in hours');
is(scalar @{json($conf, 'list', '--from', $day, '--domain', 'D5.example')
    ->{reports}}, 1, 'list of a domain');
is(scalar @{json($conf, 'list', '--from', $day, '--state', 'sent')->{reports}},
    0, 'list of a state');
($status, $out) = run($conf, 'list', '--from', $day);
like($out, qr/^PERIOD +GOOD +FAILED +STATE +DOMAIN$/m, 'list for people');
like($out, qr/^$day +111 +9 collected d5\.example, due 2026-11-21T/m,
    'a line of it');

# --- One domain.
my $preview = json($conf, 'preview', $day, 'd5.example');
is(scalar @{$preview->{reports}}, 1, 'preview: a report');
is($preview->{reports}[0]{report}{policies}[0]{policy}{'policy-domain'},
    'd5.example', 'preview: the report itself');
($status, $out) = run($conf, 'preview', $day, 'd5.example');
like($out, qr/^Sessions: 111 good, 9 failed \(7\.5 %\)$/m,
    'preview for people: totals');
like($out, qr/^  6 x validation-failure at mx1\.d5\.example \[192\.0\.2\.1\]/m,
    'preview for people: what failed most');
($status, $out) = run($conf, 'preview', $day, 'other.example');
is($out, "other.example: no session on $day\n", 'preview of nothing');

# --- All of a day, twice.
for my $to ('one', 'two') {
	my $o = json($conf, 'build', '--day', $day, '--dir', "$dir/$to");

	is_deeply([ @$o{qw(reports mails success failure failed)} ],
	    [ 25, 25, 6450, 45, 0 ], "build $to: how many");
}
is(scalar @{json($conf, 'list', '--from', $day, '--state', 'collected')
    ->{reports}}, 25, 'nothing was changed');

# The mail's header as [name, unfolded value], and its parts as [type, octets,
# file name].
sub mail_parts {
	my ($text) = @_;
	my ($header, $body) = split(/\r\n\r\n/, $text, 2);
	my @fields = map { /^([^:]+): *(.*)/s ? [ $1, $2 ] : die }
	    map { s/\r\n(?=[ \t])//gr } split(/\r\n(?![ \t])/, $header);
	my ($boundary) = $header =~ /boundary="([^"]+)"/;
	my @parts;

	for (split(/\r\n--\Q$boundary\E(?:--)?\r\n/, "\r\n$body")) {
		my ($head, $content) = split(/\r\n\r\n/, $_, 2);

		next if !defined $content;
		$content = decode_base64($content)
		    if $head =~ /^Content-Transfer-Encoding: base64/mi;
		$content = decode_qp($content)
		    if $head =~ /^Content-Transfer-Encoding: quoted/mi;
		push(@parts, [ $head =~ /^Content-Type: ([^;\r]+)/mi, $content,
		    $head =~ /filename="?([^"\r;]+)/i ]);
	}
	return (\@fields, \@parts);
}

sub field {
	my ($fields, $name) = @_;
	my @found = map { $_->[1] } grep { lc $_->[0] eq lc $name } @$fields;

	return @found == 1 ? $found[0] : scalar(@found) . " of $name";
}

# What RFC 8460 section 4.4 wants to be there, and of which kind.
sub check_report {
	my ($r, $name) = @_;
	my $bad = '';

	for (qw(organization-name contact-info report-id)) {
		$bad .= " $_" if ref $r->{$_} || ($r->{$_} // '') eq '';
	}
	for (qw(start-datetime end-datetime)) {
		$bad .= " $_" if ($r->{'date-range'}{$_} // '') !~
		    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
	}
	$bad .= ' policies' if ref $r->{policies} ne 'ARRAY';
	for my $p (@{$r->{policies}}) {
		$bad .= ' policy-type' if $p->{policy}{'policy-type'} !~
		    /^(tlsa|sts|no-policy-found)$/;
		for (qw(policy-string mx-host)) {
			$bad .= " $_" if exists $p->{policy}{$_} &&
			    ref $p->{policy}{$_} ne 'ARRAY';
		}
		my $sum = 0;
		$sum += $_->{'failed-session-count'}
		    for @{$p->{'failure-details'} // []};
		$bad .= ' sum'
		    if $sum != $p->{summary}{'total-failure-session-count'};
	}
	is($bad, '', "$name: as RFC 8460 section 4.4 wants it");
}

opendir(my $d, "$dir/one") or die;
my @names = sort grep { /\.json\.gz$/ } readdir($d);
closedir($d);
is(scalar @names, 25, 'a file each');
for my $name (@names[0, 1, 12]) {
	my $packed = World::Proc::slurp("$dir/one/$name");
	my $mail = World::Proc::slurp("$dir/one/$name.1.eml");
	my ($fields, $parts) = mail_parts($mail);
	my $subject = field($fields, 'Subject');
	my ($json, $r);

	like($name, qr/^$domain!$domain!\d+!\d+(?:![A-Za-z0-9]+)?\.json\.gz$/,
	    "$name: ABNF of RFC 8460 section 5.1");
	ok(gunzip(\$packed, \$json), "$name: gzip") or diag($GunzipError);
	$r = eval { read_ijson($json) };
	is($@, '', "$name: I-JSON") or next;
	check_report($r, $name);
	is_deeply($r, JSON::PP->new->utf8->decode($json),
	    "$name: JSON::PP reads the same");
	like($subject, qr/^Report\ Domain:\ $domain\ Submitter:\ $domain
	    \ Report-ID:\ <$dot_atom\@$dot_atom>$/x,
	    "$name: Subject by section 5.3");
	my ($id) = $subject =~ /<(.*)>/;
	is($id, $r->{'report-id'}, "$name: its report-id is the JSON's");
	unlike($id, qr/:/, "$name: and has no colon");
	is(field($fields, 'TLS-Report-Domain'),
	    $r->{policies}[0]{policy}{'policy-domain'},
	    "$name: TLS-Report-Domain");
	is(field($fields, 'TLS-Report-Submitter'), 'example.org',
	    "$name: the submitter is contact-info's domain");
	is(field($fields, 'TLS-Required'), 'No', "$name: TLS-Required");
	is(field($fields, 'Auto-Submitted'), 'auto-generated',
	    "$name: Auto-Submitted");
	like(field($fields, 'Content-Type'),
	    qr/^multipart\/report;\s*report-type="tlsrpt"/,
	    "$name: Content-Type");
	is_deeply([ map { $_->[0] } @$parts ],
	    [ 'text/plain', 'application/tlsrpt+gzip' ], "$name: two parts");
	is($parts->[1][1], $packed, "$name: the attachment is the file");
	is($parts->[1][2], $name, "$name: and has its name");
	like($parts->[0][1], qr/^From: B\xc3\xbccher "&" S\xc3\xb6hne\r?$/m,
	    "$name: the text is UTF-8");
	is(scalar(grep { $_->[0] eq 'DKIM-Signature' } @$fields), 2,
	    "$name: two signatures");
	like($fields->[0][1], qr/ s=mail;/, "$name: the first of sign on top");
	unlike($mail, qr/[;\s]l=\d/, "$name: without l=");
	unlike($mail, qr/(?<!\r)\n/, "$name: lines end with CRLF");
	ok((sort { $b <=> $a } map { length } split(/\r\n/, $mail))[0] <= 998,
	    "$name: no line is too long");

	# a repeat is the same mail, but for its signatures and its date
	my $again = World::Proc::slurp("$dir/two/$name.1.eml");
	is((mail_parts($again))[1][1][1], $packed,
	    "$name: built again it is the same");
	is(field((mail_parts($again))[0], 'Message-ID'),
	    field($fields, 'Message-ID'), "$name: with the same Message-ID");
}

# --- Files without mails, where mails cannot be made; and why.
for (
	[ 'nokey', 'contact-info = "jane@example.org"' . "\n" .
	    'from-address = "tls@example.org"' . "\n" . 'org-name = "E"',
	    qr/sign names no signature/ ],
	[ 'nocontact', 'from-address = "tls@example.org"' . "\n" .
	    'org-name = "E"' . "\n" . 'sign = ["a"]',
	    qr/contact-info is not set/ ]) {
	my ($name, $lines, $why) = @$_;
	my $file = conf($name, $lines);

	World::Proc::run($sample, "$dir/$name/report.db", $begin, 3);
	($status, $out, $err) = run($file, 'build', '--day', $day, '--dir',
	    "$dir/$name/out");
	is($status, 0, "$name: build");
	like($out, qr/^$day: 3 reports .* and 0 mails/, "$name: files alone");
	like($err, $why, "$name: says why");
	($status, $out, $err) = run($file, 'preview', $day, 'd0.example');
	is($status, 0, "$name: preview");
	like($err, $why, "$name: says why");
}

# --- What was typed wrong.
for ([ 64, 'preview', $day ], [ 64, 'build', '--day', $day ],
    [ 64, 'list', 'x' ], [ 65, 'preview', '2026-02-30', 'a.example' ],
    [ 65, 'preview', $day, 'a b' ], [ 65, 'list', '--state', 'lost' ],
    [ 65, 'list', '--domain', '..' ],
    [ 73, 'build', '--day', $day, '--dir', "$conf/x" ]) {
	my ($want, @args) = @$_;

	($status, $out, $err) = run($conf, @args);
	is($status, $want, "@args: refused");
	is($out, '', "@args: nothing on stdout");
	like($err, qr/\S/, "@args: a word on stderr");
}
($status, $out, $err) = run($conf, 'preview', 'yesterdy', 'a.example');
like($err, qr/"yesterdy" is no day: write /, 'a word that is no day is named');
for my $bad ([ 's', '--bits', '12' ], [ 's', '--algorithm', 'dsa' ],
    [ 's', '--service', 'x' ], ['a b'], []) {
	($status, $out, $err) = run($conf, 'keygen', @$bad);
	is($status, 64, "keygen @$bad: refused");
	like($err, qr/^tlsherald-reportgen: keygen: .*\nusage: /,
	    "keygen @$bad: says why");
}
done_testing();
