# World::ReportTest - what the reports must say of one mail to each domain
#
# %told has what comes of Postfix's datagrams and the milter's, %beside what the
# log of the same Postfix adds, %logged what differs for a Postfix that has only
# its log.  Lines are those of World::Reports::lines(); a domain without a row
# gets no report.
package World::ReportTest;
use strict;
use warnings;
use POSIX qw(strftime);
use Test::More;
use World;
use World::Reportgen;
use World::Reports;
use World::Round;

# A policy that failed once at the MX host of the domain.
sub failed {
	my ($type, $domain, $result, $mx) = @_;

	$mx //= "mx.$domain";
	return "$type " . ($type eq 'tlsa' ? $mx : $domain) .
	    " 0 1 $result $mx 1";
}

sub passed {
	my ($type, $domain) = @_;

	return "$type $domain 1 0";
}

our %told = (
	# the two refused recipients had a friend there
	'sts-good.test' => 'sts sts-good.test 3 0',
	'sts-wrongname.test' => failed('sts', 'sts-wrongname.test',
	    'certificate-host-mismatch'),
	'sts-selfsigned.test' => failed('sts', 'sts-selfsigned.test',
	    'validation-failure/self-signed_certificate'),
	'sts-expired.test' => failed('sts', 'sts-expired.test',
	    'certificate-expired'),
	'sts-nostarttls.test' => failed('sts', 'sts-nostarttls.test',
	    'starttls-not-supported'),
	'sts-454.test' => failed('sts', 'sts-454.test',
	    'starttls-not-supported'),
	'sts-sanonly.test' => passed('sts', 'sts-sanonly.test'),
	'sts-mxoutside.test' => passed('sts', 'sts-mxoutside.test'),
	# the milter's: its policy could not be fetched
	'sts-webpki.test' => passed('no-policy-found', 'sts-webpki.test') .
	    "\nsts sts-webpki.test 0 1 sts-webpki-invalid - 1",
	'dane-good.test' => passed('tlsa', 'mx.dane-good.test'),
	'dane-mismatch.test' => failed('tlsa', 'dane-mismatch.test',
	    'certificate-not-trusted'),
	'dane-over-sts.test' => failed('tlsa', 'dane-over-sts.test',
	    'certificate-not-trusted'),
	'dane-mixed.test' => passed('tlsa', 'mx2.dane-mixed.test'),
	'dane-unusable.test' => passed('no-policy-found',
	    'dane-unusable.test'),
	'danehost.test' => failed('tlsa', 'danehost.test',
	    'certificate-not-trusted'),
	'insec-dane.test' => failed('tlsa', 'insec-dane.test',
	    'certificate-not-trusted', 'mx.danehost.test'),
	'insec-dane-sts.test' => passed('sts', 'insec-dane-sts.test'),
	map { ($_ => passed('no-policy-found', $_)) } qw(plain.test
	    plain-good.test implicit.test),
);

# What a log tells and a datagram does not: sessions under a testing policy, of
# which a datagram says success at any rate, and MX hosts that are passed over.
our %beside = (
	'sts-testing.test' => failed('sts', 'sts-testing.test',
	    'certificate-not-trusted'),
	'test-good.test' => passed('sts', 'test-good.test'),
	# by a known authority: the log has nothing of the name
	'test-wrongname.test' => passed('sts', 'test-wrongname.test'),
	'test-nostarttls.test' => failed('sts', 'test-nostarttls.test',
	    'starttls-not-supported'),
	'test-454.test' => failed('sts', 'test-454.test',
	    'starttls-not-supported'),
	'test-mxoutside.test' => failed('sts', 'test-mxoutside.test',
	    'validation-failure/mx-mismatch', 'mx.test-good.test'),
	'sts-mxoutside.test' => 'sts sts-mxoutside.test 1 1 ' .
	    'validation-failure/mx-mismatch mx.elsewhere.test 1',
	'sts-mxoutside-only.test' => failed('sts', 'sts-mxoutside-only.test',
	    'validation-failure/mx-mismatch', 'mx2.elsewhere.test'),
	map { ($_ => "tlsa mx1.$_ 0 1 dane-required mx1.$_ 1\n" .
	    "tlsa mx2.$_ 1 0") } qw(dane-mixed.test dane-one.test),
);

# Postfix before 3.10.5 does not pass a host over, it finds another name in the
# certificate than the policy wants.
our %logged = (
	'sts-mxoutside.test' => 'sts sts-mxoutside.test 1 1 ' .
	    'certificate-host-mismatch mx.elsewhere.test 1',
	'sts-mxoutside-only.test' => failed('sts', 'sts-mxoutside-only.test',
	    'certificate-host-mismatch', 'mx2.elsewhere.test'),
);

# Further domains, for testing policies and those who only log.
our @rows = (
	{ name => 'test-good.test', about => 'testing, good certificate',
	    mx => [[10, 'mx', 'good']], sts => ['testing', 'mx.*'] },
	{ name => 'test-wrongname.test', about => 'testing, another name',
	    mx => [[10, 'mx', 'wrong']], sts => ['testing', 'mx.*'] },
	{ name => 'test-nostarttls.test', about => 'testing, no STARTTLS',
	    mx => [[10, 'mx', 'none']], sts => ['testing', 'mx.*'] },
	{ name => 'test-454.test', about => 'testing, 454 to STARTTLS',
	    mx => [[10, 'mx', 'broken']], sts => ['testing', 'mx.*'] },
	{ name => 'test-mxoutside.test', about => 'testing, MX outside',
	    mx => [[10, 'mx.test-good.test']], sts => ['testing', 'mx.*'] },
	{ name => 'dane-one.test', sign => 1, about => 'DANE at one of two MX',
	    mx => [[10, 'mx1', 'good'], [20, 'mx2', 'self', 'match']],
	    sts => ['enforce', 'mx1.*', 'mx2.*'] },
);

# Those rows with a TLSRPT record that names RUA.
sub rows {
	my ($rua) = @_;

	return map { World::Domains::ask_for_reports($_, $rua) } @rows;
}

# Sends one mail to each of those domains and waits for what becomes of it.
sub post_rows {
	my ($world) = @_;
	my $sender = $world->sender;
	my %id = map { my $to = "u\@$_->{name}";
	    ($to => $sender->send('alice@sender.test', [$to])->{id}) } @rows;

	return map { $_ => $sender->result($id{$_}, $_) } sort keys %id;
}

# The domain that all reports go to.  It asks for reports itself: no mail of
# ours may cause one.
our $box = 'reports.test';
our $rua = "mailto:tls\@$box";

# Its row, with a certificate of the kind given (good).
sub box_row {
	return World::Domains::ask_for_reports({ name => $box,
	    about => 'takes reports', mx => [[10, 'mx', $_[0] // 'good']],
	    sts => ['enforce', 'mx.*'] }, $rua);
}

# How reports get past the policy of a domain whose certificate ran out, at the
# Postfix of a root: lines for main.cf and master.cf as they are shipped.  Where
# the header TLS-Required: No does it, there are none; the backports' Postfix
# gets them as a site that has switched the header off.
sub way {
	my ($root) = @_;
	my $lines = World::Sender->shipped('main.cf-reports');

	return ('', '') if $root =~ /^sendmail/;
	return ($World::Reportgen::main, '') if $root eq 'trixie';
	$lines =~ s/noreply-tls\@example\.org/$World::Reportgen::from/ or
	    die "main.cf-reports has no report address\n";
	$lines .= "tls_required_enable = no\n" if $root eq 'backports';
	return ($lines, World::Sender->shipped('master.cf-reports'));
}

# Starts the Postfix of a root, a milter that refuses TLS-Required: No, and
# reportgen, with LOG reading Postfix's log, and sends one mail to each domain, with MORE to the further ones
# too.  Returns world, milter, reportgen and the time before.
sub round {
	my ($name, $root, %arg) = @_;
	my $world = World->enter(name => $name, sender => $root);
	my ($more, $master) = way($root);

	$world->start(rua => $rua, domains => [box_row('expired'),
	    $arg{more} ? rows($rua) : ()], more => $more, master => $master);
	my $toml = $world->config('milter.tls-required-no' => '"reject"',
	    World::Reportgen::keys_for($world, $arg{log} ?
	    ('report.collect.log' => '"' . $world->sender->log_path . '"') :
	    ()));
	my $rg = World::Reportgen->new($world, $toml);
	my $daemon = $world->daemon($toml);
	$rg->start;
	$daemon->start;
	my $since = time;
	World::Round::run($world, $daemon, \&note);
	post_rows($world) if $arg{more};
	return ($world, $daemon, $rg, $since);
}

# Lets a day and the hours go by over which reports are spread, as far as
# reportgen can see.  Returns the wait status of its end today.
sub tomorrow {
	my ($rg) = @_;
	my $status = $rg->stop;

	$rg->clock->set(29 * 3600);
	$rg->start;
	return $status;
}

# Holds what arrives in the mailbox tomorrow against the rows WANT.  Returns the
# reports by domain.
sub delivered {
	my ($world, $rg, $want) = @_;
	my $got;

	is(tomorrow($rg), 0, 'reportgen ends clean');
	World::Proc::wait_until(60, sub {
		$got = World::Reports::by_domain($world->mx->mails);
		keys(%$got) >= keys(%$want) });
	for my $domain (sort keys %$want) {
		is(join("\n", map { World::Reports::lines($_->{report}) }
		    @{$got->{$domain} // []}), $want->{$domain},
		    "arrived: $domain");
	}
	is(join(' ', grep { !$want->{$_} } sort keys %$got), '',
	    'arrived: no other');
	return $got;
}

# What the reports themselves caused is in no report: after one more mail there
# is nothing but that to report.
sub no_loop {
	my ($world, $rg) = @_;
	my ($sender, $to) = ($world->sender, 'u@sts-good.test');
	my $new;

	my $sent = $sender->send('alice@sender.test', [$to]);
	is($sender->result($sent->{id}, $to)->{status}, 'sent',
	    'one more mail');
	World::Proc::wait_until(20, sub {
		$new = join(', ', map {
		    "$_->{domain} $_->{success} $_->{failure}" }
		    grep { $_->{state} eq 'collected' }
		    @{$rg->json('list')->{reports}}) });
	is($new, 'sts-good.test 1 0', 'only that is new');
}

# The reports came through where nobody else's mail does.
sub box_is_closed {
	my ($world) = @_;
	my $sender = $world->sender;
	my $sent = $sender->send('alice@sender.test', ["tls\@$box"]);
	my $end = $sender->result($sent->{id}, "tls\@$box");

	is("$end->{status} $end->{reason}", 'deferred Server certificate not ' .
	    'verified', "other mail to $box is held");
}

# A round with reportgen reading the log of Postfix, also beside its datagrams
# where it has them, and the delivery of its reports.  WANT is what differs from
# the tables.
sub with_log {
	my ($root, %want) = @_;
	my ($world, $daemon, $rg, $since) = World::ReportTest::round(
	    "reports-log-$root", $root, log => 1, more => 1);

	%want = (%told, %beside, %want);
	collected($rg, $since, \%want, 'Postfix ' . $world->sender->version);
	delivered($world, $rg, \%want);
	no_loop($world, $rg);
	box_is_closed($world);
	is($rg->stop, 0, 'reportgen ends clean');
	is($daemon->stop, 0, 'the milter ends clean');
}

# The day of a time (now) as commands take it.
sub day {
	return strftime('%Y-%m-%d', gmtime($_[0] // time));
}

# The days from a time to now, by the true clock and that of reportgen RG: one,
# or more around midnight and after its clock was set.
sub days {
	my ($rg, $since) = @_;
	my %day = map { day($_) => 1 } $since, time, $rg->clock->now;

	return sort keys %day;
}

# Holds what reportgen RG has collected since a time against the rows WANT, as
# soon as it has it.
sub collected {
	my ($rg, $since, $want, $about) = @_;
	my ($got, %is);

	World::Proc::wait_until(20, sub {
		$got = $rg->build(days($rg, $since));
		%is = map { $_ => join("\n", map { World::Reports::lines($_) }
		    @{$got->{$_} // []}) } keys %$want;
		!grep { $is{$_} ne $want->{$_} } keys %$want });
	is($is{$_}, $want->{$_}, "$about: $_") for sort keys %$want;
	is(join("\n", map { World::Reports::policy_faults($_) }
	    map { @$_ } values %$got), '', "$about: texts of the policies");
	is(join(' ', grep { !$want->{$_} } sort keys %$got), '',
	    "$about: of no other");
}

1;
