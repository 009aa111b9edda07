#!/usr/bin/perl
# Postfix with libtlsrpt (trixie's) tells a collector of each TLS handshake:
# one mail to each domain of the world's table, and what stands in the raw
# datagrams, octet by octet where it is fixed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;
use World::Datagrams;
use World::Round;

my $rua = 'mailto:tls@reports.test';
my ($tlsa, $sts, $none) = (1, 2, 9);

# Domain, its policy type, the code of its failure or 0, and the reason.  Only
# one of a domain's own name is not the policy domain: the TLSA base domain.
my @want = (
	['sts-good.test', $sts, 0],
	['sts-wrongname.test', $sts, 202],
	['sts-selfsigned.test', $sts, 205, 'self-signed_certificate'],
	['sts-expired.test', $sts, 204],
	['sts-nostarttls.test', $sts, 201],
	['sts-454.test', $sts, 201],
	['sts-sanonly.test', $sts, 0],
	['sts-webpki.test', $none, 0],
	['insec-dane-sts.test', $sts, 0],
	['dane-good.test', $tlsa, 0],
	['dane-mismatch.test', $tlsa, 203],
	['dane-over-sts.test', $tlsa, 203],
	['dane-mixed.test', $tlsa, 0],
	['insec-dane.test', $tlsa, 203],
	['dane-unusable.test', $none, 0],
	['plain.test', $none, 0],
	['plain-good.test', $none, 0],
	['implicit.test', $none, 0],
	# its certificate is self-signed: Postfix does not check at "may", so
	# its datagrams of testing policies are not to be believed
	['sts-testing.test', $sts, 0],
	# MX 10 is outside the policy: skipped, and nothing told of it
	['sts-mxoutside.test', $sts, 0],
);

# Of these comes nothing: skipped for good, held back, or no TLS to tell of.
my @silent = qw(sts-mxoutside-only.test plain-nostarttls.test bogus.test
    need-dane.test need-sts.test nullmx.test);

my %base = ('dane-mixed.test' => 'mx2.dane-mixed.test',
    'insec-dane.test' => 'mx.danehost.test');

my $world = World->enter(name => 'datagrams', sender => 'trixie');
$world->start(more => $World::Datagrams::main, rua => $rua);
my $sender = $world->sender;
my $collector = World::Datagrams->new($sender);
my $daemon = $world->daemon;
$daemon->start;

# trixie's libtlsrpt is older than the version field; a blank stands before
# texts alone
my $head = qr/\A\{"d":[ ]"[^"]+","pr":[ ]"v=TLSRPTv1;[ ]rua=\Q$rua\E",
    "policies":\[\{"policy-type":[129],"policy-domain":[ ]"/x;
my $success = qr/,"t":0,"f":0\}\]\}\z/;
my $failure = qr/,"failure-details":\[\{"c":\d{3},"s":[ ]"127\.0\.0\.1",
    "n":[ ]"[^"]+","h":[ ]"250-(?:[^"\\]|\\[rn])*",
    "r":[ ]"127\.1\.0\.\d+"(?:,"f":[ ]"[a-z_-]+")?\}\],"t":1,"f":1\}\]\}\z/x;

World::Round::run($world, $daemon, \&note);

for (@want) {
	my ($domain, $type, $code, $reason) = @$_;
	my $is = ($collector->await($domain, 1))[0]{policies}[0];
	my $detail = $is->{'failure-details'}[0];

	is($is->{'policy-type'}, $type, "$domain: type of its policy");
	is($is->{f}, $code ? 1 : 0, "$domain: result");
	is($detail->{c}, $code || undef, "$domain: what failed");
	is($detail->{f}, $reason, "$domain: the reason");
	my $own = $type == $tlsa ? $base{$domain} // "mx.$domain" : $domain;
	is($is->{'policy-domain'}, $own, "$domain: policy domain");
	is($detail->{n}, $own =~ /^mx/ ? $own : "mx.$domain", "$domain: MX")
	    if $code;
	my $strings = join("\n", @{$is->{'policy-string'} // []});
	like($strings, $type == $none ? qr/\A\z/ : $type == $tlsa ?
	    qr/\A3 1 1 [0-9A-F]{64}\z/ :
	    qr/\Aversion: STSv1\nmode: \w+\nmx: mx\..*\nmax_age: 604800\z/,
	    "$domain: text of its policy");
	is_deeply($is->{'mx-host'}, $type == $sts ? [$strings =~ /^mx: (.*)/m] :
	    undef, "$domain: MX patterns");
}
for my $domain (@silent) {
	ok(!$collector->of($domain), "$domain: nothing is told");
}

# One for each that Postfix says it told of, and none else; the two mails that
# were refused a recipient went to sts-good.test besides.
my @raw = $collector->raw;
my @log = $sender->log_text =~
    /TLSRPT: status=(\w+), domain=([\w.-]+), receiving_mx=/g;
is(scalar(@raw), @log / 2, 'as many as the log has');
is(scalar($collector->of('sts-good.test')), 3, 'one for each connection');
my %failed = map { $_->[0] => $_->[2] } @want;
while (my ($status, $domain) = splice(@log, 0, 2)) {
	next unless defined $failed{$domain};
	is($status, $failed{$domain} ? 'failure' : 'success',
	    "$domain: the log says so too");
}
for (@raw) {
	like($_, $head, 'begins as libtlsrpt writes it');
	like($_, /"f":0\}\]\}\z/ ? $success : $failure, 'and ends so');
}

# A collector that is away costs Postfix one line, not the mail.
my $mark = $sender->log_mark;
close(delete $collector->{socket});
my $sent = $sender->send('alice@sender.test', ['u@sts-good.test']);
is($sender->result($sent->{id}, 'u@sts-good.test')->{status}, 'sent',
    'no collector: sent');
$sender->await_log($mark,
    qr/warning: Could not report TLS handshake result to tlsrpt library: /);
is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
