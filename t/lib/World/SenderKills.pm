# World::SenderKills - kill -9 of the sending process while reports go out
#
# Each life brings some more domains with one session each, whose reports are
# made and sent at once to a slow server; in the middle of that the sender is
# killed.  At the end every domain must have its report; where it has it twice,
# it is the same mail, by its Report-ID and its Message-ID.
package World::SenderKills;
use strict;
use warnings;
use JSON::PP;
use Socket qw(AF_UNIX SOCK_DGRAM pack_sockaddr_un);
use Time::HiRes qw(time sleep);
use World;
use World::Reportgen;
use World::Reports;
use World::Sink;

my $each = 8;	# domains of a life
my $record = 'v=TLSRPTv1; rua=mailto:a@sink.test,mailto:b@sink.test';

# Makes a world with a reporter and a server in it.
sub world {
	my (%arg) = @_;
	my $world = World->enter(sender => 'bookworm', %arg);

	$world->start(mail => 0);
	$world->dns->zone('many.test',
	    records => ["* IN TXT \"$record\""]);
	$world->publish;
	return $world;
}

sub domain {
	my ($i) = @_;

	return "d$i.many.test";
}

# Tells the collector of one session to each of some domains.
sub sessions {
	my ($socket, @domains) = @_;

	socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
	for my $name (@domains) {
		send($s, JSON::PP->new->canonical->encode({ d => $name,
		    pr => $record, policies => [{ 'policy-type' => 9,
		    'policy-domain' => $name, t => 0, f => 0 }] }), 0,
		    pack_sockaddr_un($socket)) or die "send: $!\n";
	}
}

# The process id of the sender that was started last, since MARK in the log.
sub sender_pid {
	my ($rg, $mark) = @_;

	$rg->await_log($mark, qr/child=sender pid=\d+ started/);
	return ($rg->log_text($mark) =~ /child=sender pid=(\d+) started/g)[-1];
}

# One life: DOMAINS are told of and sent, the sender dies SECONDS later (undef:
# it lives until all was sent, and the time that took is returned).
sub life {
	my ($world, $rg, $socket, $seconds, @domains) = @_;
	my $mark = $rg->log_mark;

	$rg->start;
	my $pid = sender_pid($rg, $mark);
	sessions($socket, @domains);
	$rg->command('status');	# what was told is in report.db then
	my $begun = time;
	my $send = World::Proc->spawn(log => "$world->{run}/send.log",
	    command => [$rg->{program}, '-c', $rg->{file}, 'send', 'today']);
	if (defined $seconds) {
		sleep($seconds);
		kill('KILL', $pid);
		# a new one would do the rest; the next life has to
		$rg->stop('KILL');
		$send->stop('KILL', 10);
		return;
	} else {
		World::Proc::wait_until(120, sub { !$send->alive }) or
		    die "send does not end\n";
	}
	my $took = time - $begun;
	$rg->stop;
	return $took;
}

# How many reports are to be sent.
sub left {
	my ($rg) = @_;

	return scalar(map { ($rg->command('list', '--state', $_, '--json'))[1]
	    =~ /"number"/g } qw(new going));
}

# Lets the daemon live while fewer and fewer of N reports are left.
sub finish {
	my ($rg, $n) = @_;

	$rg->start;
	while ($n) {
		my $now = $n;

		World::Proc::wait_until(120, sub { ($now = left($rg)) < $n });
		last if $now == $n;
		$n = $now;
	}
	$rg->stop;
}

# Kills ROUNDS times.  Returns a hash: kills, reports, mails, cut (kills that
# left something to be sent), wrong (list of texts).
sub run {
	my ($world, $rounds) = @_;
	my $socket = "$World::Reportgen::run/tlsrpt.sock";
	my $sink = World::Sink->new($world, slow => 0.1);
	my $rg = World::Reportgen->new($world, $world->config(
	    World::Reportgen::keys_for($world,
	    'report.collect.socket' => "\"$socket\"",
	    'report.deliver.via' => '"' . $sink->via . '"')));
	my %result = (kills => 0, reports => 0, cut => 0, wrong => []);
	my $whole;

	for my $round (0 .. $rounds) {
		my @domains = map { domain($round * $each + $_) }
		    0 .. $each - 1;

		my $took = life($world, $rg, $socket,
		    $round ? rand(1.2 * $whole) : undef, @domains);
		$whole //= $took;
		$result{reports} += @domains;
		next if !$round;
		$result{kills}++;
		my $n = left($rg);
		$result{cut}++ if $n;
		# where much has gathered, kills would meet only its beginning
		finish($rg, $n) if $n > 5 * $each;
	}
	finish($rg, left($rg));
	push(@{$result{wrong}}, 'something is left at the end') if left($rg);
	push(@{$result{wrong}}, faults(\%result, $sink));
	return \%result;
}

# What is wrong with the mails that came.
sub faults {
	my ($result, $sink) = @_;
	my (%seen, @wrong);

	for my $mail ($sink->mails) {
		my $got = World::Reports::from_mail($mail);
		my $name = $got->{fields}{'tls-report-domain'};

		$result->{mails}++;
		$seen{"$name $mail->{to}"}{"$got->{report}{'report-id'} " .
		    $got->{fields}{'message-id'}}++;
	}
	for my $i (0 .. $result->{reports} - 1) {
		for my $to ('a@sink.test', 'b@sink.test') {
			my $ids = $seen{domain($i) . " $to"} // {};

			push(@wrong, domain($i) . ": nothing for $to")
			    if !%$ids;
			push(@wrong, domain($i) . " $to: " .
			    join(', ', sort keys %$ids)) if keys %$ids > 1;
		}
	}
	return @wrong;
}

1;
