#!/usr/bin/perl
# keygen and check of tlsherald-reportgen, against a real DNS and the Postfix of
# Debian 13 in its jail: keys that keygen made and records as it printed them
# are content with each other; what is wrong is found, and what check prints
# mends it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use World;
use World::Reportgen;

my $world = World->enter(name => 'reportgen-check', sender => 'trixie');
my $run = $World::Reportgen::run;
my $program = World::builddir() . '/reportgen/tlsherald-reportgen';
my $jail = '/var/spool/postfix';
my $socket = "$jail/run/tlsrpt/tlsrpt.sock";

# Makes a key; returns the records's line for a zone.
sub keygen {
	my ($selector, @more) = @_;
	my ($status, $out) = World::Proc::try_run($program, '-c',
	    "$run/keygen.toml", 'keygen', $selector, '--domain',
	    'reporter.test', '--file', "$run/$selector.pem", @more);

	is($status, 0, "keygen $selector @more") or diag($out);
	is((stat("$run/$selector.pem"))[2] & 07777, 0600,
	    "the key $selector is its owner's alone");
	return $out =~ /^(\Q$selector\E\._domainkey.*)$/m ? $1 : die $out;
}

World::Proc::run('mkdir', '-p', $run);
World::Proc::write_file("$run/keygen.toml", '');
my @records = (keygen('mail'), keygen('tlsrpt', '--service', 'tlsrpt'),
    keygen('ed', '--algorithm', 'ed25519'), keygen('lost'));
$world->start(domains => [{ name => 'reporter.test', about => 'reports',
    mx => [[10, 'mx', 'good']], records => [@records[0 .. 2]] }],
    more => $World::Reportgen::main);
my $sender = $world->sender;

my %signature = map {
	my $algorithm = $_ eq 'ed' ? 'ed25519-sha256' : 'rsa-sha256';
	("signature.$_.algorithm" => "\"$algorithm\"",
	    "signature.$_.domain" => '"reporter.test"',
	    "signature.$_.selector" => "\"$_\"",
	    "signature.$_.private-key" => "\"file:$run/$_.pem\"");
} qw(mail tlsrpt ed lost);

# The config as the host's own; the daemon outside of the sender's root has the
# same with the longer path.
sub config {
	my ($path, %more) = @_;

	return $world->config(World::Reportgen::keys_for($world,
	    'report.tls.aggregate.from-address' => '"tls@reporter.test"',
	    'report.tls.aggregate.contact-info' => '"tls@reporter.test"',
	    'report.tls.aggregate.sign' => '["mail", "tlsrpt"]',
	    'report.collect.socket' => "\"$path\"", %signature, %more));
}

my $rg = World::Reportgen->new($world, config($sender->view->path($socket)));
$rg->start;
my $inside = $world->daemon(config($socket));
$inside->{program} = $program;

# check's exit status and its findings that are not fine, "severity id".
sub check {
	my (%more) = @_;

	$inside->write(config($socket, %more));
	my ($status, $out) = $inside->command_at_sender('check', '--json');
	my $json = eval { decode_json($out) } or die "check: $out";
	my @bad = grep { $_->{severity} ne 'ok' } @{$json->{findings}};

	return ($status, [map { "$_->{severity} $_->{id}" } @bad], \@bad);
}

my ($status, $ids, $bad) = check();
is($status, 0, 'a host set up as said: no findings') or diag(explain($bad));

# --- The DNS
for (['["tlsrpt", "mail"]', 'warn signature-services', 'the wrong order'],
    ['["mail"]', 'warn signature-services', 'no key for reports'],
    ['["tlsrpt"]', 'warn signature-services', 'no general key'],
    ['["ed", "tlsrpt"]', 'warn signature-services', 'Ed25519 alone'],
    ['["mail", "tlsrpt", "lost"]', 'error signature', 'no record']) {
	my ($sign, $want, $name) = @$_;
	my (undef, $got, $said) = check('report.tls.aggregate.sign' => $sign);

	is_deeply($got, [$want], $name) or diag(explain($said));
}
(undef, $ids, $bad) = check('signature.mail.private-key' =>
    "\"file:$run/lost.pem\"");
is_deeply($ids, ['error signature', 'warn signature-services'],
    'another key than the record\'s') or diag(explain($bad));
like($bad->[0]{what}, qr/another public key/, 'as such');
chmod(0644, "$run/mail.pem");
(undef, $ids, $bad) = check();
is($ids->[0], 'error signature', 'a key that others may read');
chmod(0600, "$run/mail.pem");

# --- The way out
(undef, $ids) = check('report.deliver.via' => '"smtp://127.0.0.1:9"');
is_deeply($ids, ['error way'], 'no mail server');
(undef, $ids) = check('report.deliver.via' => '"sendmail:/usr/sbin/sendmail"');
is_deeply($ids, [], 'sendmail');

# --- Postfix, and what mends it
$sender->publish(more => "smtp_tlsrpt_enable = no\ntls_required_enable = no\n");
(undef, $ids, $bad) = check();
is_deeply($ids, ['warn own-reports', 'error tlsrpt'],
    'Postfix that tells nothing, and enforces all') or diag(explain($bad));
$sender->view->sh($_) for grep { /^postconf / } map { @{$_->{fix}} } @$bad;
$sender->reload;
($status, $ids, $bad) = check();
is($status, 0, 'with the printed commands run, nothing is left') or
    diag(explain($bad));
like($sender->view->sh('postconf -M tlsrpt-plain/unix'),
    qr/^tlsrpt-plain\s+unix.* smtp\s+-o smtp_tls_policy_maps=static:may/s,
    'own reports have a transport');
my $outer = $sender->view->path($socket);
chmod(0600, $outer);
(undef, $ids, $bad) = check();
is_deeply($ids, ['error socket'], 'a socket that Postfix may not write to') or
    diag(explain($bad));
like($bad->[0]{what}, qr/denied/i, 'tried as Postfix');
chmod(0666, $outer);

# --- The daemon and its queue
sub queue {
	World::Proc::run('sh', '-c',
	    "echo $_[0] >/proc/sys/net/unix/max_dgram_qlen");
}

queue(10);
(undef, $ids, $bad) = check();
is_deeply($ids, ['warn queue'], 'a short queue') or diag(explain($bad));
queue(512);
is($rg->stop, 0, 'reportgen ends');
(undef, $ids) = check();
is_deeply($ids, ['error daemon', 'error socket'], 'no daemon') or
    diag(explain($ids));

done_testing();
