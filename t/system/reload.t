#!/usr/bin/perl
# 1,000 SIGHUPs with good and broken files under open connections and milter
# sessions: nothing dropped, the milter still there.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $rounds = 1000;
my $world = World->enter(name => 'reload', sender => 'bookworm');

$world->start;
my $sender = $world->sender;
my $daemon = $world->daemon;
$daemon->start;
my $pid = $daemon->pid;

# Good files differ in what a strategy demands, so that it shows which one is
# in force; broken ones must change nothing.
my %answer = (encrypt => 'OK encrypt',
    verify => 'OK verify match=hostname servername=hostname');
my %good = map { $_ => $world->config(strategies => <<END) } sort keys %answer;
[queue.tls.default]
[queue.tls.strict]
starttls = "require"
allow-invalid-certs = @{[$_ eq 'encrypt' ? 'true' : 'false']}
END
my @broken = ("[server\n", $good{encrypt} . "[polcy]\n",
    $good{verify} . "[queue.tls.other]\nstarttls = \"disable\"\n", '[a]' x 3);

# Connections that stay open all the time.
my @map = map { World::Socketmap->new('127.0.0.1:8461') } 1 .. 20;
my @session = map { World::Smtp->new('127.0.0.1', 25) } 1 .. 5;
$_->command('MAIL FROM:<alice@sender.test>') for @session;
$_->command('RCPT TO:<u@plain.test>') for @session;

my ($dropped, $wrong, $in_force) = (0, 0, 'verify');
my ($sender_session, @mailed) = (World::Smtp->new('127.0.0.1', 25));
my %handled = (good => 0, broken => 0);
my $began = time;
for my $i (1 .. $rounds) {
	my $is_good = $i % 3;
	my $mark = $daemon->log_mark;

	if ($is_good) {
		$in_force = $in_force eq 'verify' ? 'encrypt' : 'verify';
		$daemon->write($good{$in_force});
	} else {
		$daemon->write($broken[$i / 3 % @broken]);
	}
	$daemon->signal('HUP');
	my ($what) = eval { $daemon->await_log($mark,
	    qr/reload: \S+ is (in force|refused)/) };
	last unless defined $what;
	$handled{$what eq 'refused' ? 'broken' : 'good'}++;
	push(@mailed, $sender_session->message('alice@sender.test',
	    ['u@plain.test'], "Subject: $i\n\nHello.\n")) if $i % 50 == 0;
	my $map = $map[$i % @map];
	my $reply = eval { $map->lookup('postfix/strict', 'plain.test') };
	$dropped++, next unless defined $reply;
	$wrong++ if $reply ne $answer{$in_force};
}
diag($rounds . ' reloads in ' . (time - $began) . ' s');
is_deeply(\%handled, { good => $rounds - int($rounds / 3),
    broken => int($rounds / 3) }, 'every SIGHUP was heard and judged right');
is($dropped, 0, 'no connection of the map was dropped');
is($wrong, 0, 'the file in force was always the last good one');
is(scalar(grep { ($_->{id} // '') ne '' } @mailed), $rounds / 50,
    'mail was taken all the while, in one session');
is($daemon->pid, $pid, 'no restart');
ok($daemon->alive, 'the daemon lives');

# The transactions that were open all the while go on.
for my $session (@session) {
	my $reply = $session->command('DATA');

	like($reply, qr/^354/, 'an open transaction takes DATA');
	$reply = $session->command("Subject: open\r\n\r\nHello.\r\n.");
	my ($id) = $reply =~ /queued as (\S+)/;
	ok(defined $id, 'and its end') or diag($reply);
	is($sender->result($id, 'u@plain.test')->{status}, 'sent', 'sent')
	    if defined $id;
}
unlike($sender->log_text, qr/warning: milter/,
    'Postfix noticed nothing of it at the milter');
my $id = $sender->send('alice@sender.test', ['u@plain.test'])->{id};
is($sender->result($id, 'u@plain.test')->{status}, 'sent',
    'new mail goes');
is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
