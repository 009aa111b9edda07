# World::SendmailTest - tests that run on every Sendmail, for one of them each
package World::SendmailTest;
use strict;
use warnings;
use JSON::PP;
use Test::More;
use World;
use World::Round;

# A started world whose sender is that Sendmail (8.17, 8.18), and a daemon,
# started.  Further arguments as World::Daemon::config()'s and, as 'start',
# those of World::start().
sub world {
	my ($name, $version, %arg) = @_;
	my $start = delete $arg{start} // {};
	my $world = World->enter(name => "sendmail-$name-$version",
	    sender => "sendmail-$version");

	$world->start(%$start);
	like($world->sender->version, qr/^\Q$version\E\./,
	    "this is Sendmail $version");
	is($world->sender->does_dane, $version eq '8.17' ? 0 : 1,
	    'with or without DANE, as that version is built');
	my $daemon = $world->daemon(config($world, %arg));
	$daemon->start;
	# it serves when it answers
	$daemon->lookup('postfix', 'plain.test');
	return ($world, $daemon);
}

# The config of a daemon beside that Sendmail; it runs outside of its root.
sub config {
	my ($world, %arg) = @_;

	return $world->config($world->sender->keys, %arg);
}

# What a held recipient's reason begins with, by row.
my %why = (
	'sts-wrongname.test' => 'certificate not for this host - MTA-STS',
	'sts-selfsigned.test' => 'certificate not trusted - MTA-STS',
	'sts-expired.test' => 'certificate not trusted - MTA-STS',
	'sts-nostarttls.test' => 'no STARTTLS - MTA-STS',
	'sts-454.test' => 'no STARTTLS - MTA-STS',
	'sts-mxoutside-only.test' => 'host not in the policy - MTA-STS',
	'dane-mismatch.test' => 'certificate matches no TLSA record - DANE',
	'dane-over-sts.test' => 'certificate matches no TLSA record - DANE',
	'insec-dane.test' => 'certificate matches no TLSA record - DANE',
	'dane-mixed.test' => 'certificate not trusted - the TLS strategy',
);

# What check says of a host that is set up as the README tells, and of one
# whose ruleset lets pass.
sub check {
	my ($world, $daemon, $version) = @_;
	my ($status, $out) = $daemon->command_at_sender('check', '--json');
	my $said = eval { decode_json($out) };
	my %bad = map { ($_->{id} => $_->{severity}) }
	    grep { $_->{severity} ne 'ok' } @{$said->{findings}};

	is_deeply(\%bad, $version eq '8.17' ? { 'sendmail-dane' => 'warn' } :
	    {}, 'check: as the README says') or diag($out);
	like($said->{sendmail}{version}, qr/^\Q$version\E\./, 'its version');
	my $cf = $world->sender->view->path('/etc/mail/sendmail.cf');
	my $text = World::Proc::slurp($cf);
	$text =~ s/\d+(?=\@127\.0\.0\.1\nKtlsrep)/8499/;
	World::Proc::write_file("$World::Daemon::run/other.cf", $text);
	($status, $out) = $daemon->command_at_sender('check', '-S',
	    "$World::Daemon::run/other.cf");
	is($status, 1, 'another port: findings');
	like($out, qr/Ktlspol asks inet:127\.0\.0\.1:8499, which is none/,
	    'and which');
}

# The table of domains through one Sendmail.
sub domains {
	my ($version) = @_;
	my ($world, $daemon) = world('domains', $version);
	my @outcome = World::Round::run($world, $daemon, \&note);
	my $queue = $world->sender->queue;

	for my $outcome (@outcome) {
		my @differs = World::Round::differs($outcome);
		my $row = $outcome->{row};
		my $why = $why{$row->{name}};

		ok(!@differs, "$row->{name}: $row->{about}: $row->{end}") or
		    diag(join("\n", @differs,
		    $outcome->{result} ? $outcome->{result}{line} : ()));
		next unless defined $why && $row->{end} eq 'deferred';
		my $part = substr("TLS policy: $why", 0, 60);
		like($outcome->{result}{reason}, qr/^454 4\.7\.5 \Q$part\E/,
		    "$row->{name}: the reason is in the log");
		like($queue, qr/\Q$outcome->{id}\E.*\n\s*\(\Q$part\E/,
		    "$row->{name}: and in mailq");
		like($daemon->log_text, qr/\Q$outcome->{id}\E:.*delivery=deferred
		    \ why="\Q$why\E/x, "$row->{name}: and in ours");
	}
	check($world, $daemon, $version);
	is($daemon->stop, 0, 'the daemon ends clean');
}

1;
