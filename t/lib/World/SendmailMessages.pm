# World::SendmailMessages - each message by its own requirement, on Sendmail
package World::SendmailMessages;
use strict;
use warnings;
use Test::More;
use World::SendmailTest;

my $alice = 'alice@sender.test';
my $boss = 'boss@sender.test';		# every mail of his: strict
my $carol = 'carol@sender.test';	# strict to plain-good.test alone
my $no = "TLS-Required: No\n";

my ($world, $daemon, $sender, $mx, $strategies);

# Status of a recipient and, where it stays, the reason's beginning.
sub end_of {
	my ($r, $to) = @_;

	return "not taken: $r->{rcpt}{$to} $r->{data}" unless defined $r->{id};
	my $end = $sender->result($r->{id}, $to);
	return $end->{status} eq 'sent' ? 'sent' :
	    "$end->{status} $end->{reason}" =~ s/ - .*//r;
}

# Sends one message to one recipient; what became of it.
sub mail {
	my ($from, $to, %more) = @_;

	return end_of($sender->send($from, [$to], %more), $to);
}

my $held = 'deferred 454 4.7.5 TLS policy:';

sub four_domains {
	my @to = map { "u\@$_.test" } qw(sts-good sts-selfsigned plain
	    sts-nostarttls);
	my $r = $sender->send($alice, \@to, subject => 'four');

	is(end_of($r, $to[0]), 'sent', $to[0]);
	is(end_of($r, $to[1]), "$held certificate not trusted", $to[1]);
	is(end_of($r, $to[2]), 'sent', $to[2]);
	is(end_of($r, $to[3]), "$held no STARTTLS", $to[3]);
	is_deeply([sort map { $_->{to} } $mx->await_mails('four', 2)],
	    [@to[2, 0]], 'just these two arrived');
}

# Domains on one MX host share a transaction; each is judged for itself.
sub one_transaction {
	my @to = map { "u\@$_.test" } qw(shared-free shared-strict
	    shared-other shared-sts);
	my $r = $sender->send($alice, \@to, subject => 'shared');
	my $mark = $sender->log_mark;

	is(end_of($r, $to[0]), 'sent', 'no policy');
	is(end_of($r, $to[1]), "$held certificate not trusted", 'starttls');
	is(end_of($r, $to[2]), 'sent', 'no policy either');
	is(end_of($r, $to[3]), "$held certificate not trusted", 'MTA-STS');
	is_deeply([sort map { $_->{to} } $mx->await_mails('shared', 2)],
	    [@to[0, 2]], 'none lost, none sent that must stay');
}

sub by_sender {
	is(mail($boss, 'u@plain.test'), "$held certificate not trusted",
	    'strict by sender');
	is(mail($alice, 'u@plain.test'), 'sent', 'the same domain, another');
	is(mail($boss, 'u@plain-good.test'), 'sent', 'strict, and it fits');
	is(mail($carol, 'u@plain-good.test'), 'sent', 'by both');
	my $r = $sender->send($carol, ['u@plain-good.test', 'u@plain.test']);
	is(end_of($r, 'u@plain-good.test'), 'sent',
	    'two strategies in one message are no trouble here');
	is(end_of($r, 'u@plain.test'), 'sent', 'each by its own');
	unlike($sender->log_text, qr/X-TLS-Strategy/, 'no steering header');
}

sub tls_required_no {
	is(mail($alice, 'u@sts-selfsigned.test', header => $no), 'sent',
	    'honor: what the domain published is set aside');
	is(mail($alice, 'u@sts-selfsigned.test'),
	    "$held certificate not trusted", 'for that message alone');
	is(mail($boss, 'u@plain.test', header => $no),
	    "$held certificate not trusted", "but no strategy's require");
	is(mail($alice, 'u@dane-mismatch.test', header => $no), 'sent',
	    "nor does Sendmail's own DANE stand in the way");
	is(mail('reports@sender.test', 'u@sts-nostarttls.test'), 'sent',
	    'our own reports leave');
	my $r = $sender->send('reports@sender.test', ['u@sts-454.test']);
	is(end_of($r, 'u@sts-454.test'), 'sent', 'whatever TLS there is');
}

sub rejected {
	$daemon->write(World::SendmailTest::config($world,
	    'milter.tls-required-no' => '"reject"',
	    strategies => $strategies));
	my $mark = $daemon->log_mark;
	$daemon->signal('HUP');
	$daemon->await_log($mark, qr/is in force/);
	my $r = $sender->send($alice, ['u@sts-selfsigned.test'],
	    header => $no);
	like($r->{data}, qr/^550 5\.7\.10 /, 'reject: refused');
	$r = $sender->send($alice, ['u@need-dane.test', 'u@sts-good.test']);
	like($r->{rcpt}{'u@need-dane.test'}, qr/^550 5\.7\.10 /,
	    'dane = require that cannot be met is refused');
	is(end_of($r, 'u@sts-good.test'), 'sent', 'the other one goes');
	$r = $sender->send($alice, ['u@dane-required.test']);
	if ($sender->does_dane) {
		is(end_of($r, 'u@dane-required.test'), 'sent',
		    'dane = require that is met');
	} else {
		like($r->{rcpt}{'u@dane-required.test'},
		    qr/^550 5\.7\.10 .*this Sendmail does no DANE/,
		    'dane = require, and no DANE: refused when it comes in');
	}
}

# What was bound when the daemon died binds when it is back.
sub restart {
	$sender->publish(more => "define(`confDELIVERY_MODE', `queue')dnl\n");
	my $mark = $sender->log_mark;
	my %id = map { ($_->[0] => $sender->send($_->[0], [$_->[1]],
	    header => $_->[2] // '')->{id}) } [$boss, 'late@plain.test'],
	    [$alice, 'late@plain.test'],
	    ['dave@sender.test', 'late@sts-selfsigned.test', $no];
	is($daemon->stop('KILL'), 9, 'killed, right after they were accepted');
	$daemon->start;
	$mark = $sender->log_mark;
	$sender->flush;
	my $boss_end = $sender->result($id{$boss}, 'late@plain.test', $mark);
	like($boss_end->{reason}, qr/^454 4\.7\.5 TLS policy: certificate not/,
	    'by sender: still bound');
	is($sender->result($id{$alice}, 'late@plain.test', $mark)->{status},
	    'sent', 'the same domain, not bound');
	is($sender->result($id{'dave@sender.test'},
	    'late@sts-selfsigned.test', $mark)->{status}, 'sent',
	    'TLS-Required: No: still honoured');
	$sender->publish;
}

# An alias that leads elsewhere, and a bounce: nothing was bound for them.
sub unbound {
	$sender->alias('lists: u@sts-good.test, u@sts-selfsigned.test');
	my $mark = $sender->log_mark;
	my $r = $sender->send($alice, ['lists@sender.test']);
	my ($id) = $sender->await_log($mark,
	    qr/ (\w+): to=(?:<u\@sts-good\.test>|u\@sts-good\.test)/);
	is($sender->result($id, 'u@sts-good.test')->{status}, 'sent',
	    'an expanded alias: judged by its domain');
	like($sender->result($id, 'u@sts-selfsigned.test')->{reason},
	    qr/^454 4\.7\.5 TLS policy/, 'and held by it');
}

# A session that another message has opened: Sendmail then has the names of
# another host's certificate, so none are believed.
sub kept_sessions {
	my $queue = "define(`confDELIVERY_MODE', `queue')dnl\n";
	my $mark = $daemon->log_mark;

	$sender->publish(more => $queue, cache => 4);
	my @id = map { $sender->send($alice, ['u@sts-good.test'],
	    subject => 'kept')->{id} } 1 .. 6;
	$sender->flush;
	$daemon->await_log($mark,
	    qr/why="session opened for another message - MTA-STS/);
	my $sent = grep { $_->{header} =~ /^Subject: kept$/m } $mx->mails;
	ok($sent >= 1 && $sent < @id, 'whoever opened one has used it');
	$sender->publish;
	$sender->flush;
	is(scalar($mx->await_mails('kept', scalar(@id))), scalar(@id),
	    'each by its own: all go');
}

# FEATURE(`sts') alone, as users of postfix-mta-sts-resolver have it.
sub feature_sts {
	$sender->publish(tlsherald => 0, dane => 0, more =>
	    "FEATURE(`sts', `socket -d5 -T<TMPF> inet:8461\@127.0.0.1')dnl\n");
	is(mail($alice, 'u@sts-good.test'), 'sent', 'a good MX host');
	like(mail($alice, 'u@sts-selfsigned.test'), qr/^deferred /,
	    'a self-signed certificate');
	like(mail($alice, 'u@sts-wrongname.test'), qr/^deferred /,
	    'another name');
	is(mail($alice, 'u@sts-mxoutside.test'), 'sent',
	    'an MX host outside the policy: the next');
	is(mail($alice, 'u@plain.test'), 'sent', 'no policy');
	$sender->publish;
}

sub observed {
	$daemon->write(World::SendmailTest::config($world,
	    'policy.mode' => '"observe"'));
	my $mark = $daemon->log_mark;
	$daemon->signal('HUP');
	$daemon->await_log($mark, qr/is in force/);
	is(mail($alice, 'u@sts-selfsigned.test'), 'sent',
	    'what would be held goes');
	is(mail($boss, 'u@plain.test'), 'sent', 'by sender too');
}

sub run {
	my ($version) = @_;
	my @shared = (records => ['@ IN MX 10 mx.shared-free.test.'], mx => []);
	$strategies = $World::Daemon::strategies =~ s/(tls = \[\n)/$1
	{ if = "rcpt_domain == 'shared-strict.test'", then = "'starttls'" },
	{ if = "rcpt_domain == 'dane-required.test'", then = "'dane'" },
	/r;

	($world, $daemon) = World::SendmailTest::world('messages', $version,
	    strategies => $strategies,
	    'report.tls.aggregate.from-address' => '"reports@sender.test"',
	    start => { domains => [
		{ name => 'shared-free.test', about => 'shares its MX',
		    mx => [[10, 'mx', 'self']] },
		{ name => 'shared-strict.test', @shared },
		{ name => 'shared-other.test', @shared },
		{ name => 'shared-sts.test', @shared,
		    sts => ['enforce', 'mx.shared-free.test'] },
		{ name => 'dane-required.test', sign => 1,
		    mx => [[10, 'mx', 'self', 'match']] },
	    ] });
	($sender, $mx) = ($world->sender, $world->mx);
	subtest 'one message to four domains' => \&four_domains;
	subtest 'four domains on one MX host' => \&one_transaction;
	subtest 'strategies by sender' => \&by_sender;
	subtest 'TLS-Required: No' => \&tls_required_no;
	subtest 'what nothing was bound for' => \&unbound;
	subtest 'bindings survive kill -9' => \&restart;
	subtest "another message's session" => \&kept_sessions;
	subtest "FEATURE(`sts')" => \&feature_sts;
	subtest 'refusals' => \&rejected;
	subtest 'observe mode' => \&observed;
	is($daemon->stop, 0, 'the daemon ends clean');
}

1;
