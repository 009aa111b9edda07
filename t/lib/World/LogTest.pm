# World::LogTest - mail, and what reportgen counts of it by the log
package World::LogTest;
use strict;
use warnings;
use Test::More;
use World::Proc;
use World::ReportTest;

# WORLD was started, RG is its reportgen.  FAILS is a list of domains whose
# sessions all fail.
sub new {
	my ($class, $world, $rg, @fails) = @_;

	return bless { world => $world, rg => $rg, sent => {}, mails => 0,
	    since => time, fails => { map { $_ => 1 } @fails } }, $class;
}

# Sends N mails to each domain.
sub burst {
	my ($self, $n, @to) = @_;

	for my $i (1 .. $n) {
		for my $to (@to) {
			$self->{world}->sender->send('alice@sender.test',
			    ["u\@$to"]);
			$self->{sent}{$to}++;
			$self->{mails}++;
		}
	}
}

# A session of which no mail comes.
sub expect {
	my ($self, $domain) = @_;

	$self->{sent}{$domain}++;
}

sub all_arrived {
	my ($self, $about) = @_;
	my @found = $self->{world}->mx->await_mails('test', $self->{mails},
	    60);

	is(scalar(@found), $self->{mails}, "$about: all mail arrived");
}

# The process of reportgen that reads, for which WANT (pid) is true; not NOT.
sub reader {
	my ($self, $want, $not) = @_;

	return World::Proc::wait_until(20, sub {
		my $pid = $self->{rg}->pid;

		for my $child (split(' ', World::Proc::slurp(
		    "/proc/$pid/task/$pid/children"))) {
			next if $child == ($not // 0);
			return $child if $want->($child);
		}
		return;
	}) // die "nobody reads the log\n";
}

# A line per domain, "DOMAIN SUCCESS FAILURE", of what is collected.
sub counted {
	my ($built) = @_;
	my %sum;

	for my $domain (keys %$built) {
		for my $p (map { @{$_->{policies}} } @{$built->{$domain}}) {
			my $s = $p->{summary};

			$sum{$domain}[0] +=
			    $s->{'total-successful-session-count'};
			$sum{$domain}[1] += $s->{'total-failure-session-count'};
		}
	}
	return join("\n", map { "$_ @{$sum{$_}}" } sort keys %sum);
}

# Waits until each session is counted, and says whether it is once.
sub count_is {
	my ($self, $about) = @_;
	my $sent = $self->{sent};
	my $want = join("\n", map { "$_ " . ($self->{fails}{$_} ?
	    "0 $sent->{$_}" : "$sent->{$_} 0") } sort keys %$sent);
	my $got;

	World::Proc::wait_until(30, sub {
		$got = counted($self->{rg}->build(
		    World::ReportTest::days($self->{rg},
		    $self->{since})));
		$got eq $want });
	is($got, $want, "$about: each session once");
}

# How many sessions there were.
sub sessions {
	my ($self) = @_;
	my $sum = 0;

	$sum += $_ for values %{$self->{sent}};
	return $sum;
}

1;
