#!/usr/bin/perl
# RFC 8689 on Postfix 3.10: with "TLS-Required: No" a sender passes the policy
# map by, unless the site takes one of the ways that are shipped. How our own
# reports leave nevertheless: report-path.t.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $world = World->enter(name => 'tls-required', sender => 'backports');

$world->start;
my $sender = $world->sender;
my $daemon = $world->daemon;
my $to = 'u@sts-selfsigned.test';
my $alice = 'alice@sender.test';
my $no = "TLS-Required: No\n";
$daemon->start;

# What becomes of a mail by SMTP.
sub by_smtp {
	my ($from, $header) = @_;
	my $r = $sender->send($from, [$to], header => $header);

	return $r->{data} unless defined $r->{id};
	return $sender->result($r->{id}, $to)->{status};
}

# The same by the sendmail command.
sub by_command {
	my ($header) = @_;
	my $id = $sender->sendmail($alice, [$to], header => $header);

	return $sender->result($id, $to)->{status};
}

is(by_smtp($alice, ''), 'deferred', 'the policy holds');
is(by_smtp($alice, $no), 'sent', 'honor: the sender may pass it by');

$daemon->write($world->config('milter.tls-required-no' => '"reject"'));
$daemon->stop;
$daemon->start;
like(by_smtp($alice, $no), qr/^550 5\.7\.10 /, 'reject: refused');
like(by_smtp($alice, "tls-required:   NO \n"), qr/^550 5\.7\.10 /,
    'however it is written');
is(by_smtp($alice, "TLS-Required: maybe\n"), 'deferred',
    'another value means nothing');
is(by_command($no), 'bounced', 'from the sendmail command: bounced');
$daemon->write($world->config);
$daemon->stop;
$daemon->start;

# main.cf-3.10: the switch for all mail.
my ($switch) = $sender->shipped('main.cf-3.10') =~
    /^#(tls_required_enable = no)$/m;
$sender->publish(more => "$switch\n");
is(by_smtp($alice, $no), 'deferred', "$switch: the policy holds");

# master.cf-users: the header is taken off what users submit.
$sender->publish(master => $sender->shipped('master.cf-users'));
is(by_command($no), 'deferred', 'for users only: theirs is ignored');
is(by_smtp($alice, $no), 'sent', "port 25 keeps it");
my $smtp = World::Smtp->new('127.0.0.1', 587);
my $r = $smtp->message($alice, [$to], "From: <$alice>\n${no}\nHello.\n");
is($sender->result($r->{id}, $to)->{status}, 'deferred',
    'submission: ignored');
is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
