# World::Round - one mail to each domain of the table, and what became of it
#
# Used by the demo and by the tests of the domain table.
package World::Round;
use strict;
use warnings;
use JSON::PP;
use World::Domains;
use World::Mx;

# Sends one mail to every domain, all at once, and collects what became of
# them.  TELL is called with one line of text for each thing that happens.
# Returns a list of outcomes in the table's order:
#	row		World::Domains' row
#	decision	the daemon's answer to map json, decoded
#	reply		to RCPT
#	end		sent, deferred, bounced or refused
#	result		World::Postfix::result(), not for refused
#	host, tls	for sent, from the Received header at the receiver
sub run {
	my ($world, $daemon, $tell) = @_;
	my @outcome = map { { row => $world->sender->expects($_) } }
	    @World::Domains::table;

	$daemon or die "a round needs a daemon\n";
	post($world, $_, $tell) for @outcome;
	collect($world, $_, $tell) for @outcome;
	$_->{decision} = decision($daemon, $_->{row}{name}) for @outcome;
	$world->sender->refine($_) for @outcome;
	return @outcome;
}

sub decision {
	my ($daemon, $domain) = @_;
	my $reply = $daemon->lookup('json', $domain);

	$reply =~ s/^OK // or die "map json says of $domain: $reply\n";
	return decode_json($reply);
}

# A domain whose recipient is to be refused shares its mail with another
# recipient, who must get it.
sub post {
	my ($world, $outcome, $tell) = @_;
	my $row = $outcome->{row};
	my $to = "postmaster\@$row->{name}";
	my @to = ($to, $row->{end} eq 'refused' ? 'friend@sts-good.test' : ());
	my $sent = $world->sender->send('alice@sender.test', \@to,
	    subject => "to $row->{name}");

	$outcome->{to} = $to;
	$outcome->{id} = $sent->{id};
	$outcome->{reply} = $sent->{rcpt}{$to} =~ s/\n/ /gr;
	$outcome->{end} = 'refused' if $outcome->{reply} !~ /^2/;
	$tell->("$row->{name} ($row->{about}): " . ($outcome->{end} ?
	    "RCPT refused: $outcome->{reply}" :
	    'accepted as ' . ($sent->{id} // "nothing: $sent->{data}")));
	if ($row->{end} eq 'refused' && defined $sent->{id}) {
		$outcome->{friend} = $world->sender->result($sent->{id},
		    $to[1]);
		$tell->("$row->{name}: the other recipient, $to[1]: " .
		    $outcome->{friend}{status});
	}
}

sub collect {
	my ($world, $outcome, $tell) = @_;

	return if $outcome->{end} || !defined $outcome->{id};
	my $result = $world->sender->result($outcome->{id}, $outcome->{to});
	$outcome->{result} = $result;
	$outcome->{end} = $result->{status};
	$tell->("$outcome->{row}{name}: $result->{status}, " .
	    "$result->{relay}, $result->{dsn} $result->{reason}");
	return if $result->{status} ne 'sent';
	my ($mail) = $world->mx->await_mails("to $outcome->{row}{name}", 1);
	return unless $mail;
	($outcome->{host}, my $over_tls) = World::Mx::came_by($mail);
	$outcome->{tls} = $over_tls ? $result->{tls} : '';
}

# In what an outcome differs from its row, as a list of texts.
sub differs {
	my ($outcome) = @_;
	my $row = $outcome->{row};
	my $decision = $outcome->{decision};
	my $got = $decision->{decision};
	my @pair = (
		['strategy', $decision->{strategy}, $row->{strategy} //
		    'default'],
		['level', $got->{level}, $row->{level}],
		['required by', $got->{source}, $row->{by}],
		['end', $outcome->{end}, $row->{end}],
	);

	push(@pair, ['TLS', $outcome->{tls}, $row->{tls}])
	    if $row->{end} eq 'sent';
	push(@pair, ['host', $outcome->{host}, $row->{host}])
	    if defined $row->{host};
	push(@pair, ['other recipient', $outcome->{friend}{status}, 'sent'])
	    if $row->{end} eq 'refused';
	push(@pair, ['reply', $outcome->{reply} =~
	    /^(550 5\.7\.10) .*\Q$row->{name}\E/, '550 5.7.10'])
	    if $row->{end} eq 'refused';
	return map { my ($what, $is, $want) = @$_;
	    $is //= 'missing';
	    $is eq $want ? () : "$what is '$is', not '$want'" } @pair;
}

# What Postfix did, in a few words.
sub words {
	my ($outcome) = @_;
	my $result = $outcome->{result};
	my %tls = ('' => 'without TLS', Verified => 'over verified TLS',
	    Trusted => 'over TLS', Untrusted => 'over unverified TLS',
	    Anonymous => 'over anonymous TLS');

	return "refused $outcome->{reply}"
	    if $outcome->{end} eq 'refused';
	return "sent to $outcome->{host} $tls{$outcome->{tls}}"
	    if $outcome->{end} eq 'sent' && defined $outcome->{host};
	return "$outcome->{end} $result->{dsn}, $result->{reason}";
}

1;
