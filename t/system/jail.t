#!/usr/bin/perl
# Postfix 3.7 in its jail: what check says of the jail's resolv.conf and of
# sockets in it, and that Postfix agrees.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;
use World;

my $world = World->enter(name => 'jail', sender => 'bookworm');

$world->start(steer => ['strict']);
my $sender = $world->sender;
my $strategies = <<'END';
[queue.strategy]
tls = [ { if = "sender_domain == 'bank.test'", then = "'strict'" },
	{ else = "'default'" } ]
[queue.tls.strict]
mta-sts = "require"
END
my $config = $world->config('milter.steered' => '["strict"]',
    strategies => $strategies);
my $daemon = $world->daemon($config);

# Runs "check --json"; returns the exit status and the findings that are no
# "ok", as "severity id", sorted.
sub check {
	my ($status, $out) = $daemon->command_at_sender('check', '--json');
	my $o = eval { decode_json($out) };

	return ($status, $out) if !$o;
	is($o->{schema}, 1, 'schema 1');
	return ($status, join(', ', sort map { "$_->{severity} $_->{id}" }
	    grep { $_->{severity} ne 'ok' } @{$o->{findings}}));
}

# What check says once lines of main.cf were added.
sub broken {
	my ($more, $want, $name) = @_;

	$sender->publish(more => $more);
	my ($status, $got) = check();
	is($got, $want, $name);
	is($status, $want eq '' ? 0 : 1, "$name: exit status");
}

$daemon->start;
broken('', '', 'as shipped, all is well');

# The README's command, typed on a host that knows nothing of us.
my $readme = World::Proc::slurp("$FindBin::Bin/../../README");
my ($command) = $readme =~ /^(    postconf -e 'smtp_tls_security_level.*?)
    postfix reload$/ms;
$sender->publish(tlsherald => 0);
is((check())[0], 1, 'a host without us');
$sender->view->sh($command);
is((check())[1], 'error steering',
    "with the README's command all is well but the strategy by sender");

# A resolver without AD, in the jail's copy only, then everywhere.
my $copy = $sender->view->path('/var/spool/postfix/etc/resolv.conf');
World::Proc::write_file($copy, "nameserver 127.0.0.3\n");
broken('', 'error resolver-ad, warn resolver-jail', 'no AD in the jail');
unlink($copy) or die "$copy: $!\n";
broken('', 'error resolver-jail', 'no resolv.conf in the jail');

World::Proc::write_file($copy, "nameserver 127.0.0.1\n");
is($daemon->stop, 0, 'the daemon ends clean');

# --- Unix sockets in the jail, with the lines that we ship for them. The daemon
# runs outside of the sender's root, so its paths are longer than check's.
my $jail = '/var/spool/postfix';
mkdir($sender->view->path("$jail/tlsherald"), 0755) or die "mkdir: $!\n";

sub unix_config {
	my ($path, $mode) = @_;

	return $world->config('milter.steered' => '["strict"]',
	    strategies => $strategies,
	    'milter.listen' => "\"unix:$path/tlsherald/milter\"",
	    'policy.listen' => "[\"inet:127.0.0.1:8461\", " .
	    "\"unix:$path/tlsherald/policy,mode=$mode\"]");
}

for my $mode ('0600', '0666') {
	my $outside = $sender->view->path($jail);

	$daemon->write(unix_config($outside, $mode));
	$daemon->start("$outside/tlsherald/milter");
	# libmilter's words for a socket name no mode: [server] group decides,
	# and that is another one in the sender's root
	chmod(0666, "$outside/tlsherald/milter") if $mode eq '0666';
	$daemon->write(unix_config($jail, $mode));
	broken($sender->shipped('main.cf-unix'), $mode eq '0666' ? '' :
	    'error map-reachable, warn milters, warn milters',
	    "sockets in the jail, mode $mode");
	my $id = $sender->send('alice@sender.test', ['u@dane-good.test'])->{id};
	my $r = $sender->result($id, 'u@dane-good.test');
	is("$r->{status} $r->{tls}", $mode eq '0666' ? 'sent Verified' :
	    'deferred ', 'and Postfix agrees') or diag($r->{line});
	is($daemon->stats->{milter}{messages}, $mode eq '0666' ? 1 : 0,
	    'so it does about the milter');
	is($daemon->stop, 0, 'the daemon ends clean');
}
done_testing();
