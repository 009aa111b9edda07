# World::SendmailCrash - Sendmail beside a daemon that is dead, slow or confused
package World::SendmailCrash;
use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use World::SendmailTest;

my ($world, $daemon, $sender, $mx);
my $alice = 'alice@sender.test';

# Those that require something, and one that does not; all can be delivered.
my @domain = qw(sts-good.test sts-sanonly.test dane-good.test plain.test);

sub post {
	my ($subject) = @_;

	return map { my $r = $sender->send($alice, ["u\@$_"],
	    subject => $subject);
	    ($_ => $r->{id} // die "$_: $r->{data}\n") } @domain;
}

sub arrived {
	my ($subject) = @_;

	return scalar(grep { $_->{header} =~ /^Subject: \Q$subject\E$/m }
	    $mx->mails);
}

# After the daemon is well again: what waited goes, and just once.
sub drains {
	my ($subject) = @_;

	$sender->flush;
	is($sender->queued, 0, 'the queue drains');
	$mx->await_mails($subject, scalar(@domain));
	is(arrived($subject), scalar(@domain), 'each arrived once');
}

sub held {
	my ($subject, $want, %id) = @_;

	for my $domain (@domain) {
		my $r = $sender->result($id{$domain}, "u\@$domain", 0, 60);

		is($r->{status}, 'deferred', "$domain: deferred");
		like($r->{line} . $r->{reason}, $want, "$domain: and why");
	}
	is(arrived($subject), 0, 'nothing has left');
}

my $unknown = qr/454 4\.7\.0 TLS policy of the recipient cannot be known now/;

sub dead {
	is($daemon->stop, 0, 'stopped');
	held('dead', $unknown, post('dead'));
	like($sender->queue, qr/\(tls(?:rep|pol) map: lookup \(/,
	    'mailq names the map');
	$daemon->start;
	drains('dead');
}

# A daemon that accepts and says nothing: the maps' own time ends that.
sub slow {
	$sender->publish(quick => 1);
	$daemon->signal('STOP');
	held('slow', qr/read timeout|cannot be known|Operating system error/,
	    post('slow'));
	$daemon->signal('CONT');
	drains('slow');
	$sender->publish;
}

# What stands in for the daemon answers every lookup with REPLY; undef closes
# the connection.
sub stand_in {
	my ($reply) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1:8461',
	    Listen => 50, ReuseAddr => 1) or die "8461: $!\n";

	my $pid = fork() // die "fork: $!\n";
	if ($pid) {
		close($listen);
		return $pid;
	}
	$SIG{CHLD} = 'IGNORE';
	while (my $c = $listen->accept) {
		next if fork();
		my $in = '';
		while (sysread($c, $in, 65536, length($in))) {
			while ($in =~ s/\A(\d+):((?:(?!\z).){0,})//s) {
				my ($n, $rest) = ($1, $2);
				if (length($rest) < $n + 1) {
					$in = "$n:$rest";
					last;
				}
				$in = substr($rest, $n + 1);
				POSIX::_exit(0) unless defined $reply;
				syswrite($c, length($reply) . ":$reply,");
			}
		}
		POSIX::_exit(0);
	}
	POSIX::_exit(0);
}

# Whole replies that no version of the daemon gives.
my @garbage = ('OK garbage', 'OK ', 'OK PASS extra', 'NOTFOUND ', 'PERM no',
    'TIMEOUT x', 'TEMP later', 'WHAT x', '', undef);

sub garbage {
	is($daemon->stop, 0, 'stopped');
	for my $reply (@garbage) {
		my $pid = stand_in($reply);
		my $id = $sender->send($alice, ['u@sts-good.test'],
		    subject => 'garbage')->{id};
		my $r = $sender->result($id, 'u@sts-good.test');
		my $what = defined $reply ? "\"$reply\"" : 'nothing';

		is($r->{status}, 'deferred', "$what: deferred");
		like($r->{reason}, qr/454 4\.7\.0 TLS policy/, "$what: why");
		kill('TERM', $pid);
		waitpid($pid, 0);
	}
	is(arrived('garbage'), 0, 'nothing has left');
	$daemon->start;
	$sender->flush;
	is($sender->queued, 0, 'the queue drains');
	$mx->await_mails('garbage', scalar(@garbage));
	is(arrived('garbage'), scalar(@garbage), 'each arrived once');
}

my @six = (@domain, 'plain-good.test', 'plain-nostarttls.test');

# What arrived, by "subject recipient"; those that came in plaintext.
sub tally {
	my (%count, @bare);

	for my $mail ($mx->mails) {
		my ($subject) = $mail->{header} =~ /^Subject: (load \d+)$/m;

		next unless defined $subject;
		$count{"$subject $mail->{to}"}++;
		my ($host, $tls) = World::Mx::came_by($mail);
		push(@bare, $mail->{to}) if !$tls &&
		    $mail->{to} !~ /plain-nostarttls/;
	}
	return (\%count, \@bare);
}

# COUNT messages with six recipients each, while the daemon is killed again
# and again: none is lost, none is doubled, none bounces.
sub load {
	my ($count) = @_;
	my @to = map { "u\@$_" } @six;
	my $kills = 0;

	$sender->publish(more => "define(`confDELIVERY_MODE', `queue')dnl\n");
	my $smtp = World::Smtp->new('127.0.0.1', 25);
	for my $i (1 .. $count) {
		my $r = $smtp->message($alice, \@to, World::Sender::message(
		    $alice, \@to, subject => "load $i"));
		$r->{data} =~ /^250/ or die "message $i: $r->{data}\n";
	}
	$smtp->quit;
	is($sender->queued, $count, "$count messages are queued");
	my ($rounds, $first) = (0, $sender->log_mark);
	while ($sender->queued && $rounds++ < 20) {
		$sender->start_flush;
		# a kill after each seventh of the copies, five in all
		World::Proc::wait_until(1800, sub {
			my $sent = () = $sender->log_text($first) =~
			    /stat=Sent/g;
			if ($kills < 5 &&
			    $sent > $count * @six / 7 * ($kills + 1)) {
				$daemon->stop('KILL');
				$daemon->start;
				$kills++;
				# a run that lost its connection to the daemon
				# defers all that it still has to do
				$sender->start_flush;
			}
			!$sender->busy }) or die "Sendmail works on and on\n";
	}
	is($sender->queued, 0, "the queue drained in $rounds rounds");
	is($kills, 5, 'the daemon was killed five times meanwhile');
	my $sent = $count * @six;
	World::Proc::wait_until(60, sub {
		my ($got) = tally();
		keys(%$got) == $sent });
	my ($got, $bare) = tally();
	is(scalar(keys %$got), $sent, "all $sent copies arrived");
	is(scalar(grep { $_ != 1 } values %$got), 0, 'each once');
	is(join(' ', @$bare), '', 'none in plaintext that must not');
	my $bounces = () = $sender->log_text =~ /dsn=5\.|: DSN: /g;
	is($bounces, 0, 'none bounced');
	$sender->publish;
}

sub run {
	my ($version, $count) = @_;

	($world, $daemon) = World::SendmailTest::world('crash', $version);
	($sender, $mx) = ($world->sender, $world->mx);
	subtest 'the daemon is dead' => \&dead;
	subtest 'the daemon is slow' => \&slow;
	subtest 'something else answers' => \&garbage;
	subtest 'killed under load' => sub { load($count) };
	is($daemon->stop, 0, 'the daemon ends clean');
}

1;
