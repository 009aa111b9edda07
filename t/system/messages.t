#!/usr/bin/perl
# Messages: recipients of one message judged each by its own domain, local
# ones untouched, headers that tell nothing of Bcc, strategies by sender.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $world = World->enter(name => 'messages', sender => 'bookworm');

$world->start(steer => ['strict']);
my ($sender, $mx) = ($world->sender, $world->mx);
my $daemon = $world->daemon($world->config('milter.steered' => '["strict"]',
    'milter.tag-header' => '"full"'));
$daemon->start;

my $alice = 'alice@sender.test';
my $boss = 'boss@sender.test';		# every mail of his: strict
my $carol = 'carol@sender.test';	# strict to plain-good.test alone
my $unsteerable = qr/^550 5\.7\.10 /;
my $strict = 'postfix/tls-strict/smtp';

# Header lines of ours in a text.
sub ours {
	my ($text) = @_;

	return join('', $text =~ /^(X-TLS-.*\n(?:[ \t].*\n)*)/mgi);
}

# Sends to recipients; returns the reply hash.
sub mail {
	my ($from, $to, %more) = @_;

	return $sender->send($from, $to, %more);
}

# Status, transport and TLS of a recipient.
sub end_of {
	my ($id, $to) = @_;

	return 'no queue id' unless defined $id;
	my $r = $sender->result($id, $to);
	return "$r->{status} $r->{transport} $r->{tls}" =~ s/ \z//r;
}

subtest 'three recipients in three domains' => sub {
	my @to = ('u@sts-good.test', 'u@sts-selfsigned.test', 'u@plain.test');
	my $r = mail($alice, \@to, subject => 'three');

	is(end_of($r->{id}, $to[0]), 'sent postfix/smtp Verified', $to[0]);
	like(end_of($r->{id}, $to[1]), qr/^deferred /, $to[1]);
	is(end_of($r->{id}, $to[2]), 'sent postfix/smtp Untrusted', $to[2]);
	is_deeply([sort map { $_->{to} } $mx->await_mails('three', 2)],
	    [@to[2, 0]], 'just these two arrived');
};

subtest 'a local and a remote recipient' => sub {
	my @to = ('bob@sender.test', 'u@sts-selfsigned.test');
	my $r = mail($alice, \@to, subject => 'local and remote');

	like(end_of($r->{id}, $to[0]), qr/^sent /, 'the local one has it');
	like(end_of($r->{id}, $to[1]), qr/^deferred /, 'the remote one waits');
	my ($mail) = $sender->await_mails('local and remote', 1);
	is($mail->{to}, $to[0], 'delivered locally');
};

subtest 'a local colleague, Bcc to another domain' => sub {
	my @to = ('bob@sender.test', 'secret@sts-good.test');
	my $r = mail($alice, \@to, to => $to[0], subject => 'bcc');

	like(end_of($r->{id}, $to[1]), qr/^sent /, 'the hidden one has it');
	my ($mail) = $sender->await_mails('bcc', 1);
	unlike($mail->{header}, qr/sts-good/i, 'no header names that domain');
	like(ours($mail->{header}), qr/^X-TLS-Requirement: /,
	    'though there is a header');
};

subtest 'a strategy chosen by domain is not told either' => sub {
	my $r = mail($carol, ['bob@sender.test', 'u@plain.test',
	    'hidden@dane-mixed.test'], to => 'bob@sender.test',
	    subject => 'bcc by domain');

	like(end_of($r->{id}, 'hidden@dane-mixed.test'), qr/^sent /,
	    'the hidden one has it');
	my ($mail) = $sender->await_mails('bcc by domain', 1);
	unlike($mail->{header}, qr/dane-mixed|starttls/i,
	    'neither domain nor strategy');
};

subtest 'headers of these names that came with the message' => sub {
	my $r = mail($alice, ['bob@sender.test'], subject => 'forged',
	    header => "X-TLS-Requirement: level=none\n" .
	    "x-tls-strategy: strict\nX-TLS-Requirement: again\n");

	is(end_of($r->{id}, 'bob@sender.test') =~ /^sent / ? 1 : 0, 1, 'sent');
	my ($mail) = $sender->await_mails('forged', 1);
	unlike($mail->{header}, qr/level=none|again|x-tls-strategy/i,
	    'are gone');
	$r = mail($alice, ['u@plain-good.test'], subject => 'forged out',
	    header => "X-TLS-Strategy: strict\n");
	is(end_of($r->{id}, 'u@plain-good.test'), 'sent postfix/smtp Trusted',
	    'and steer nothing');
	($mail) = $mx->await_mails('forged out', 1);
	is(ours($mail->{header}), '', 'none of ours leaves the host');
};

subtest 'a strategy by sender: its own transport and map' => sub {
	my $r = mail($boss, ['u@plain-good.test'], subject => 'steered');

	is(end_of($r->{id}, 'u@plain-good.test'), "sent $strict Verified",
	    'sent over verified TLS');
	my ($mail) = $mx->await_mails('steered', 1);
	is(ours($mail->{header}), '', 'the header stays here');
	$r = mail($boss, ['u@plain.test']);
	is(end_of($r->{id}, 'u@plain.test'), "deferred $strict Untrusted",
	    'a self-signed certificate does not do');
	$r = mail($alice, ['u@plain.test']);
	is(end_of($r->{id}, 'u@plain.test'), 'sent postfix/smtp Untrusted',
	    'for others it does');
	$r = mail($boss, ['u@plain-good.test', 'u@sts-good.test']);
	is(end_of($r->{id}, 'u@sts-good.test'), "sent $strict Verified",
	    'two domains under one strategy');
};

subtest 'what cannot be steered is refused, not sent weaker' => sub {
	my $mark = $sender->log_mark;

	like(mail($carol, ['u@plain-good.test', 'u@plain.test'])->{data},
	    $unsteerable, 'recipients of different strategies');
	is(end_of(mail($carol, ['u@plain-good.test'])->{id},
	    'u@plain-good.test'), "sent $strict Verified", 'alone it goes');
	like(mail($boss, ['u@plain-good.test', 'bob@sender.test'])->{data},
	    $unsteerable, 'a local recipient beside it');
	my $id = $sender->sendmail($boss, ['u@plain-good.test'],
	    subject => 'by command');
	is($sender->result($id, 'u@plain-good.test')->{status}, 'bounced',
	    'from the sendmail command: bounced');
	unlike($sender->log_text($mark), qr/to=<u\@plain\.test>.*status=sent/,
	    'nothing of it was sent');
};

subtest 'a null sender is never lost' => sub {
	$daemon->write($world->config('milter.steered' => '[]',
	    strategies => <<'END'));
[queue.strategy]
tls = [
	{ if = "sender == ''", then = "'strict'" },
	{ else = "'default'" },
]
[queue.tls.default]
[queue.tls.strict]
starttls = "require"
END
	$daemon->stop;
	$daemon->start;
	my $id = $sender->sendmail('', ['u@plain-good.test']);

	is($sender->result($id, 'u@plain-good.test')->{status}, 'sent',
	    'unsteerable, by the sendmail command: sent');
};

# The same senders where Postfix would take another way than the header says.
my %way = (
	'an own relay domain' => 'relay_domains = plain-good.test',
	'a relayhost' => 'relayhost = [mx.plain-good.test]',
);
$daemon->write($world->config('milter.steered' => '["strict"]'));
$daemon->stop;
$daemon->start;
for my $what (sort keys %way) {
	$sender->publish(more => "$way{$what}\n");
	like(mail($boss, ['u@plain-good.test'])->{data}, $unsteerable,
	    "$what: refused");
	is(end_of(mail($alice, ['u@plain-good.test'])->{id},
	    'u@plain-good.test') =~ /^sent / ? 'sent' : '', 'sent',
	    "$what: other mail goes");
}
$sender->publish;

# Unix sockets in the jail instead of TCP, as share/etc/postfix has them.
subtest 'sockets in the jail' => sub {
	my $dir = $sender->view->path('/var/spool/postfix/tlsherald');

	mkdir($dir) && chmod(0777, $dir) or die "$dir: $!\n";
	$daemon->stop;
	$daemon->write($world->config(
	    'policy.listen' => "[\"unix:$dir/policy,mode=0666\", " .
	    '"inet:127.0.0.1:8461"]',
	    'milter.listen' => "\"unix:$dir/milter\""));
	$daemon->start("$dir/milter");
	chmod(0666, "$dir/milter");
	$sender->publish(more => $sender->shipped('main.cf-unix'));
	my $r = mail($alice, ['u@sts-good.test', 'u@need-dane.test']);
	like($r->{rcpt}{'u@need-dane.test'}, qr/^550 5\.7\.10/,
	    'the milter is asked');
	is(end_of($r->{id}, 'u@sts-good.test'), 'sent postfix/smtp Verified',
	    'and the map');
	$r = mail($alice, ['u@sts-selfsigned.test']);
	like(end_of($r->{id}, 'u@sts-selfsigned.test'), qr/^deferred /,
	    'which is obeyed');
	$sender->publish;
};

# What an administrator may choose instead.
for (['tempfail', qr/^45\d 4\.7\.10 /], ['accept', qr/^250 /]) {
	my ($choice, $want) = @$_;

	$daemon->write($world->config('milter.steered' => '[]',
	    'milter.on-unsteerable' => "\"$choice\""));
	$daemon->stop;
	$daemon->start;
	like(mail($boss, ['u@plain-good.test'])->{data}, $want,
	    "on-unsteerable = $choice");
}
is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
