# World::ReportShow - the reports of a round, made, sent and received, in view
package World::ReportShow;
use strict;
use warnings;
use World::Proc;
use World::Reports;
use World::ReportTest;

# Lets a day go by for reportgen, whose reports on what it collected since a time
# go out then, and waits until they lie in the mailbox.  TELL is called with a
# line of text for each thing that happens.  Returns a hash of lists by domain of
# what arrived (World::Reports), and the domains whose report did not.
sub run {
	my ($world, $rg, $since, $tell) = @_;
	my $built = $rg->build(World::ReportTest::days($rg, $since));
	my %seen;

	$tell->(keys(%$built) . ' domains ask for TLS reports and had ' .
	    "sessions; reportgen's clock goes on to tomorrow");
	World::ReportTest::tomorrow($rg);
	World::Proc::wait_until(60, sub {
		for my $r (World::Reports::all($world->mx->mails)) {
			my $field = $r->{fields};

			$tell->("arrived: $field->{subject}")
			    if !$seen{$field->{'message-id'}}++;
		}
		keys(%seen) >= keys(%$built) });
	my $arrived = World::Reports::by_domain($world->mx->mails);
	return ($arrived, grep { !$arrived->{$_} } sort keys %$built);
}

# What a policy's sessions failed of most, in a few words.
sub worst {
	my ($policy) = @_;
	my ($worst) = sort { $b->{'failed-session-count'} <=>
	    $a->{'failed-session-count'} } @{$policy->{'failure-details'}};

	return '' unless $worst;
	my $mx = $worst->{'receiving-mx-hostname'};
	return $worst->{'result-type'} . (defined $mx ? " at $mx" : '');
}

# The domains whose reports are not those of World::ReportTest's table of what
# libtlsrpt tells, with MORE in the place of its rows.
sub differing {
	my ($arrived, %more) = @_;
	my %want = (%World::ReportTest::told, %more);

	return grep { join("\n", map { World::Reports::lines($_->{report}) }
	    @{$arrived->{$_}}) ne ($want{$_} // '') } sort keys %$arrived;
}

# Lines of a table, a list of cells each, for what run() returned.
sub cells {
	my ($arrived) = @_;
	my @line = (['report to', 'policy', 'good', 'failed',
	    'what failed most']);

	for my $domain (sort keys %$arrived) {
		push(@line, map { my $policy = $_;
		    my $sum = $policy->{summary};
		    [$domain, $policy->{policy}{'policy-type'},
		    $sum->{'total-successful-session-count'},
		    $sum->{'total-failure-session-count'}, worst($policy)] }
		    map { @{$_->{report}{policies}} } @{$arrived->{$domain}});
	}
	return @line;
}

1;
