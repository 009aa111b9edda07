# ReceiverKills - kill -9 of the process that receives outcomes, again and
# again, while others send
#
# What a killed receiver may lose is the batch under way, 64 datagrams; what
# waits in the socket stays; nothing is counted twice.
package ReceiverKills;
use strict;
use warnings;
use LocalReporter;
use POSIX ();

my $batch = 64;

# Sends datagrams of 100 domains until SIGUSR1, each until the kernel has it,
# and writes to OUT how many those were.
sub load {
	my ($r, $out) = @_;
	my @some = map { LocalReporter::datagram("d$_.example", $_ % 4 ? () :
	    (failures => qq({"c":204,"n": "mx.d$_.example"}))) } 0 .. 99;
	my ($n, $end) = (0, 0);
	local $SIG{USR1} = sub { $end = 1 };

	until ($end) {
		# a signal that comes while it waits ends the waiting
		$n += LocalReporter::post_one($r->{socket},
		    $some[$n % @some], 0);
	}
	syswrite($out, "$n\n");
	POSIX::_exit(0);
}

# Runs a daemon, kills its receiver KILLS times. Returns a hash: sent, counted,
# lost, killed, and wrong, a list of what must not be.
sub run {
	my ($kills) = @_;
	my $r = LocalReporter->new->start;
	my $child = $r->child('receiver');
	my @wrong;

	pipe(my $in, my $out) or die "pipe: $!\n";
	my $load = fork() // die "fork: $!\n";
	load($r, $out) if $load == 0;
	close($out);
	for (1 .. $kills) {
		# steady, so that the next one starts at once
		select(undef, undef, undef, 2.05 + rand(0.15));
		kill(KILL => $child);
		$child = $r->await_child('receiver', $child);
	}
	kill(USR1 => $load);
	my $sent = <$in> + 0;
	waitpid($load, 0);
	my $d = $r->stored;
	my ($good, $bad) = LocalReporter::sums($d);
	my $counted = $good + $bad;
	push @wrong, "$counted counted, $sent sent" if $counted > $sent;
	push @wrong, $sent - $counted . " lost in $kills kills"
	    if $sent - $counted > $batch * $kills;
	push @wrong, "the sum is $d->{number}{sessions}, not $counted"
	    if $d->{number}{sessions} != $counted;
	my $status = $r->stop;
	push @wrong, "it ends with status $status" if $status != 0;
	my @left = glob("$r->{state}/journal.* $r->{state}/*damaged*");
	@left = grep { -e } @left;
	push @wrong, "left: @left" if @left;
	return { sent => $sent, counted => $counted, killed => $kills,
	    lost => $sent - $counted, wrong => \@wrong };
}

1;
