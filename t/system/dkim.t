#!/usr/bin/perl
# Our reports before others' eyes: opendkim, dkimpy, Mail::DKIM and rspamd verify
# what we sign, we verify what they sign, and Python's parser finds the parts.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::Rspamd;

my $world = World->enter(name => 'dkim', sender => 'verifiers',
    roots => ['rspamd']);
my $root = World::Root->new($world->view_args('verifiers', 'verifiers'));
my $rspamd = World::Rspamd->new(
    World::Root->new($world->view_args('rspamd', 'rspamd')));
my $sample = World::builddir() . '/t/system/dkim_sample';
my $dir = $root->path('/run');
my $now = time;
my @canons = map { my $h = $_; map { "$h/$_" } qw(simple relaxed) }
    qw(simple relaxed);

World::Proc::run('cp', glob("$FindBin::Bin/verifiers/*"), $dir);
$root->sh(<<'END');
cd /run; umask 077
for bits in 1024 2048 4096; do
	openssl genrsa -traditional -out rsa$bits.pkcs1 $bits
	openssl pkcs8 -topk8 -nocrypt -in rsa$bits.pkcs1 -out rsa$bits.pkcs8
done
openssl genpkey -algorithm ed25519 -out ed25519.pkcs8
END

# Runs our program in a shell, its files in the run directory; its output.
sub sample {
	my ($arguments) = @_;
	my ($status, $out) = World::Proc::try_run('sh', '-ec',
	    "cd '$dir'; '$sample' $arguments");

	is($status, 0, "dkim_sample $arguments") or diag($out);
	return $out;
}

# Signs a report into a file with signers "SELECTOR ALGORITHM KEY SERVICE", and
# writes the key records.
sub make {
	my ($mail, $canon, @signers) = @_;
	my ($keys, @argument) = ('');

	for (@signers) {
		my ($selector, $algorithm, $key, $service) = @$_;

		push(@argument, "$selector,$algorithm,$canon,file:$key");
		$keys .= "$selector._domainkey.example.org " . sample(
		    "record $algorithm '" . ($service // '') . "' file:$key");
	}
	World::Proc::write_file("$dir/keys", $keys);
	$rspamd->add_key($keys);
	sample("mail example.org $now @argument >$mail");
}

# Every verifier gives one word or more per signature, from the top.
sub opendkim {
	my ($mail) = @_;

	World::Proc::write_file("$dir/conf",
	    "Mode v\nTestPublicKeys /run/keys\n");
	my ($status, $out) = World::Proc::try_run('chroot', $root->path(''),
	    'opendkim', '-x', '/run/conf', '-vv', '-t', "/run/$mail");

	return [$out =~ /^\tdkim=(\w+)/mg];
}

sub dkimpy {
	my ($mail, $tlsrpt) = @_;
	my $out = $root->run('python3', '/run/dkimpy.py', 'verify', '/run/keys',
	    "/run/$mail", $tlsrpt // 'no');

	return [split(/\n/, $out)];
}

sub mail_dkim {
	my ($mail) = @_;

	return [$root->run('perl', '/run/mail_dkim.pl', 'verify', '/run/keys',
	    "/run/$mail") =~ /^\S+ (\w+)/mg];
}

# By selector, the order of a hash.
sub rspamd {
	my ($mail) = @_;

	return $rspamd->verify("$dir/$mail");
}

sub ours {
	my ($mail) = @_;

	return [sample("verify keys $now <$mail") =~ /^(\w+)/mg];
}

# A change of the mail that each canonical form must notice.
sub damage {
	my ($from, $to, $change) = @_;
	my $text = World::Proc::slurp("$dir/$from");

	$change->($text);
	World::Proc::write_file("$dir/$to", $text);
}

my $out;

# --- Every key in every form, each verifier.
my @keys = ((map { my $b = $_; map { [ "r$b$_", 'rsa-sha256', "rsa$b.$_" ] }
    qw(pkcs1 pkcs8) } 1024, 2048, 4096),
    [ 'ed25519', 'ed25519-sha256', 'ed25519.pkcs8' ]);
for my $key (@keys) {
	my $ed = $key->[1] =~ /^ed/;

	for my $canon ($key->[2] =~ /1024|pkcs1/ ? $canons[3] : @canons) {
		my $name = "$key->[2] $canon";

		make('mail', $canon, $key);
		is_deeply(opendkim('mail'), ['pass'], "opendkim: $name");
		is_deeply(dkimpy('mail'), ['pass'], "dkimpy: $name");
		is_deeply(mail_dkim('mail'), ['pass'], "Mail::DKIM: $name")
		    if !$ed;
		is_deeply(rspamd('mail'), { $key->[0] => 'allow' },
		    "rspamd: $name");
		is_deeply(ours('mail'), ['pass'], "ours: $name");
	}
}

# --- None of them passes what was changed.
make('mail', 'relaxed/relaxed', $keys[2]);
for ([ 'body', sub { $_[0] =~ s/303 not/304 not/ or die } ],
    [ 'subject', sub { $_[0] =~ s/Submitter: ex/Submitter: fx/ or die } ],
    [ 'second from', sub { $_[0] =~ s/^To:/From: x\@y.test\r\nTo:/m or die } ],
    [ 'report domain', sub {
	$_[0] =~ s/^(TLS-Report-Domain: r)/TLS-Report-Domain: a\r\n$1/m or
	    die } ]) {
	my ($name, $change) = @$_;

	damage('mail', 'changed', $change);
	is_deeply(opendkim('changed'), ['fail'], "opendkim: $name");
	is_deeply(dkimpy('changed'), ['fail'], "dkimpy: $name");
	is_deeply(mail_dkim('changed'), ['fail'], "Mail::DKIM: $name");
	is_deeply(rspamd('changed'), { $keys[2][0] => 'reject' },
	    "rspamd: $name");
	is_deeply(ours('changed'), ['fail'], "ours: $name");
}

# --- The advice for reports: a general key on top, then one with s=tlsrpt, then
# Ed25519. Each verifier finds one that it takes.
make('mail', 'relaxed/simple', [ 'mail', 'rsa-sha256', 'rsa2048.pkcs8' ],
    [ 'tlsrpt', 'rsa-sha256', 'rsa2048.pkcs1', 'tlsrpt' ],
    [ 'ed', 'ed25519-sha256', 'ed25519.pkcs8' ]);
is(opendkim('mail')->[0], 'pass', 'opendkim: the report, general key');
is(mail_dkim('mail')->[0], 'pass', 'Mail::DKIM: the report, general key');
is(dkimpy('mail')->[0], 'pass', 'dkimpy: the report, general key');
is(dkimpy('mail', 'yes')->[1], 'pass', 'dkimpy for reports: s=tlsrpt');
is(dkimpy('mail', 'strict')->[1], 'pass', 'dkimpy, strictly: s=tlsrpt');
is_deeply(rspamd('mail'), { mail => 'allow', tlsrpt => 'allow', ed => 'allow' },
    'rspamd, which does not look at s=: all three');
is_deeply(ours('mail'), [qw(pass permerror pass)], 'ours: as mail');

# --- Whole mails of reports, as the program builds them of collected sessions.
# Signers "SELECTOR ALGORITHM KEY SERVICE"; the mail about d0.example.
sub build {
	my ($mail, @signers) = @_;
	my ($keys, $sections, @ids) = ('', '');

	for (@signers) {
		my ($selector, $algorithm, $key, $service) = @$_;

		push(@ids, $selector);
		$sections .= <<"END";
[signature.$selector]
algorithm = "$algorithm"
domain = "example.org"
selector = "$selector"
private-key = "file:$dir/$key"
END
		$keys .= "$selector._domainkey.example.org " . sample(
		    "record $algorithm '" . ($service // '') . "' file:$key");
	}
	World::Proc::write_file("$dir/keys", $keys);
	World::Proc::run('rm', '-rf', "$dir/site", "$dir/built");
	mkdir("$dir/site");
	World::Proc::write_file("$dir/site.toml", <<"END");
[server]
hostname = "mx.example.org"
state-dir = "$dir/site"
user = "root"
group = "root"
[report.tls.aggregate]
from-name = "B\xc3\xbccher, Report"
from-address = "noreply-tls\@example.org"
org-name = "B\xc3\xbccher"
contact-info = "jane\@example.org"
sign = [@{[join(', ', map { qq("$_") } @ids)]}]
$sections
END
	my $build = World::builddir();
	my $day = 1795132800;

	World::Proc::run("$build/t/system/report_sample",
	    "$dir/site/report.db", $day, 1);
	World::Proc::run("$build/reportgen/tlsherald-reportgen", '-c',
	    "$dir/site.toml", 'build', '--day', '2026-11-20', '--dir',
	    "$dir/built");
	World::Proc::run('cp', glob("$dir/built/*.eml"), "$dir/$mail");
	return World::Proc::slurp("$dir/$mail");
}

for my $key (@keys) {
	my $ed = $key->[1] =~ /^ed/;
	my $text = build('report', $key);

	like($text, qr/^TLS-Required: No\r$/m, "a report, $key->[2]");
	is_deeply(opendkim('report'), ['pass'], "opendkim: report, $key->[2]");
	is_deeply(dkimpy('report'), ['pass'], "dkimpy: report, $key->[2]");
	is_deeply(mail_dkim('report'), ['pass'],
	    "Mail::DKIM: report, $key->[2]") if !$ed;
	is_deeply(rspamd('report'), { $key->[0] => 'allow' },
	    "rspamd: report, $key->[2]");
}
build('report', [ 'mail', 'rsa-sha256', 'rsa2048.pkcs8' ],
    [ 'tlsrpt', 'rsa-sha256', 'rsa2048.pkcs1', 'tlsrpt' ],
    [ 'ed', 'ed25519-sha256', 'ed25519.pkcs8' ]);
is(opendkim('report')->[0], 'pass', 'opendkim: a whole report, general key');
is(mail_dkim('report')->[0], 'pass', 'Mail::DKIM: a whole report, general key');
is(dkimpy('report')->[0], 'pass', 'dkimpy: a whole report, general key');
is(dkimpy('report', 'yes')->[1], 'pass', 'dkimpy for reports: s=tlsrpt');
is(dkimpy('report', 'strict')->[1], 'pass', 'dkimpy, strictly: s=tlsrpt');
is_deeply(rspamd('report'), { mail => 'allow', tlsrpt => 'allow',
    ed => 'allow' }, 'rspamd: a whole report, all three');
for ([ 'TLS-Required', sub { $_[0] =~ s/^TLS-Required: No/TLS-Required: X/m
    or die } ], [ 'TLS-Report-Submitter', sub {
	$_[0] =~ s/^(TLS-Report-Submitter: )/${1}x./m or die } ],
    [ 'the report itself', sub {
	$_[0] =~ s/^(H4s\S+\r\n)(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/me or
	    die } ]) {
	my ($name, $change) = @$_;

	damage('report', 'changed', $change);
	is(opendkim('changed')->[0], 'fail', "opendkim: changed $name");
	is(dkimpy('changed')->[0], 'fail', "dkimpy: changed $name");
	is(mail_dkim('changed')->[0], 'fail', "Mail::DKIM: changed $name");
}
$out = $root->run('python3', '/run/parts.py', '/run/report');
like($out, qr/^From '"B\\xfccher, Report" <noreply-tls\@example\.org>'$/m,
    'a whole report: From');
like($out, qr/^part application\/tlsrpt\+gzip example\.org!d0\.example!\S+gz /m,
    'the attachment');
like($out, qr/^defects \[\] \[\[\], \[\], \[\]\]$/m, 'no defects')
    or diag($out);

# --- What others sign passes with us.
World::Proc::write_file("$dir/plain", join("\r\n",
    'From: Jane <jane@example.org>', 'To: joe@example.net',
    "Subject:  a  folded\r\n\t subject ",
    'Date: Sat, 21 Nov 2026 22:20:33 +0000', 'Message-ID: <1@example.org>', '',
    "  two  blanks \t", '', 'end  ', '', '', ''));

# Signs with a command and asks us; the record is of that key.
sub theirs {
	my ($name, $algorithm, $key, @command) = @_;
	my $field = $root->run(@command);

	World::Proc::write_file("$dir/signed",
	    $field . World::Proc::slurp("$dir/plain"));
	World::Proc::write_file("$dir/keys", 'other._domainkey.example.org ' .
	    sample("record $algorithm '' file:$key"));
	is_deeply(ours('signed'), ['pass'], "$name passes with us")
	    or diag($field);
}

for my $canon (@canons) {
	theirs("dkimpy, RSA, $canon", 'rsa-sha256', 'rsa2048.pkcs1', 'python3',
	    '/run/dkimpy.py', 'sign', '/run/plain', 'rsa-sha256', $canon,
	    '/run/rsa2048.pkcs1');
	theirs("dkimpy, Ed25519, $canon", 'ed25519-sha256', 'ed25519.pkcs8',
	    'python3', '/run/dkimpy.py', 'sign', '/run/plain', 'ed25519-sha256',
	    $canon, '/run/ed25519.pkcs8');
	theirs("Mail::DKIM, $canon", 'rsa-sha256', 'rsa2048.pkcs1', 'perl',
	    '/run/mail_dkim.pl', 'sign', '/run/plain', $canon,
	    '/run/rsa2048.pkcs1');
}

# --- Key files: who may read them.
chmod(0640, "$dir/rsa1024.pkcs1") or die "chmod: $!\n";
(my $status, $out) = World::Proc::try_run($sample, 'record', 'rsa-sha256', '',
    "file:$dir/rsa1024.pkcs1");
isnt($status, 0, 'a key that the group may read is refused');
like($out, qr/rsa1024\.pkcs1 has mode 0640/, 'and why');

# --- The mail itself, through another parser.
my $parts = $root->run('python3', '/run/parts.py', '/run/mail');
like($parts, qr/^From '"B\\xfccher, Report" <noreply-tls\@example\.org>'$/m,
    'From');
like($parts, qr/^Subject 'Report Domain: recipient\.example Submitter: ex/m,
    'Subject');
like($parts, qr/^Subject .* Report-ID: <2026-11-21\.1\@example\.org>'$/m,
    'its end');
like($parts, qr/^Message-ID '<2026-11-21\.1\@example\.org>'$/m, 'Message-ID');
like($parts, qr/^type multipart\/report tlsrpt$/m, 'type');
like($parts, qr/^text '.* Gr\\xfc\\xdfe, a blank \\n\.\\nFrom Jane\\n'$/m,
    'the text comes back');
my $data = join('', map { chr(($_ * $_ >> 3) & 255) } 0 .. 2999);
like($parts, qr/^part application\/tlsrpt\+gzip \S+!001\.json\.gz 3000 /m,
    'the attachment and its name');
like($parts, qr/ ${\sha256_hex($data)}$/m, 'its octets come back');
like($parts, qr/^defects \[\] \[\[\], \[\], \[\]\]$/m, 'no defects')
    or diag($parts);
done_testing();
