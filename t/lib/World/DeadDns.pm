# World::DeadDns - the table of what is answered while no name server answers,
# as a test, for one way of not answering
package World::DeadDns;
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);

my $secure = 'OK secure match=mx.%s servername=hostname';
# What is known before the servers go.
my %known = (
	'dane-good.test' => 'OK dane-only',
	'insec-dane.test' => 'OK dane',
	'sts-good.test' => sprintf($secure, 'sts-good.test'),
	'plain.test' => 'NOTFOUND ',
);
my $ttl = 30;	# the least that a decision has
my $again = 30;	# between the questions of a domain that fails

# One lookup; (reply, seconds).
sub timed {
	my ($daemon, @what) = @_;
	my $began = time;
	my $reply = $daemon->lookup(@what);

	return ($reply, time - $began);
}

sub longest {
	my ($about, $goal, $most, @seconds) = @_;
	my @sorted = sort { $a <=> $b } @seconds;

	diag(sprintf('%s: median %.2f ms, at most %.1f ms, goal %s', $about,
	    1000 * $sorted[@sorted / 2], 1000 * $sorted[-1], $goal));
	cmp_ok($sorted[-1], '<', $most, $about);
}

# Asks for every known domain and for NAME all the while until DONE; what was
# answered wrong, and how long each took.
sub poll_until {
	my ($daemon, $name, $done) = @_;
	my (%wrong, @seconds);

	World::Proc::wait_until(120, sub {
		for my $key ($name, sort keys %known) {
			my ($reply, $took) = timed($daemon, 'postfix', $key);

			push(@seconds, $took);
			next if $key eq $name ? $reply =~ /^TEMP / :
			    $reply eq $known{$key};
			$wrong{"$key: $reply"}++;
		}
		$done->() }) or die "waited too long\n";
	return (\%wrong, @seconds);
}

# Runs the test in a world of its own.  DIE makes the validating resolver of
# the World::Dns that it is given stop to answer, LIVE undoes that.
sub run {
	my ($name, $die, $live) = @_;
	my $world = World->enter(name => "dns-$name", sender => 'bookworm');

	$World::Dns::ttl = 5;
	$world->start(mail => 0);
	my $daemon = $world->daemon($world->config('log.level' => '"debug"'));
	my $count = sub {
		my $log = $daemon->log_text;
		my $n = () = $log =~ /domain=\Q$_[0]\E strategy=/g;
		return $n;
	};
	my $stale = sub { $daemon->stats->{service}{stale} };
	$daemon->start;
	is($daemon->lookup('postfix', $_), $known{$_}, "$_ is known")
	    for sort keys %known;
	my $cached = time;
	$die->($world->dns);
	my $dead = time;

	my ($reply, $took) = timed($daemon, 'postfix', 'unknown.test');
	like($reply, qr/^TEMP /, 'an unknown domain: nothing can be known');
	longest('an unknown domain, the first time', '2500 ms', 3.5, $took);
	($reply, $took) = timed($daemon, 'postfix/strict', 'plain.test');
	is($reply, 'OK verify match=hostname servername=hostname',
	    'a zone known to be unsigned: what the strategy asks for');
	($reply, $took) = timed($daemon, 'postfix/sts', 'plain-good.test');
	like($reply, qr/^TEMP .*could not be looked up/, 'what a requirement cannot know is TEMP');
	my @client = map { World::Socketmap->new('127.0.0.1:8461') } 1 .. 300;
	my $began = time;
	$client[$_]->ask('postfix', "n$_.test") for 0 .. $#client;
	my @wrong = grep { $_ !~ /^TEMP / } map { $_->reply } @client;
	is_deeply(\@wrong, [], '300 unknown domains at once');
	longest('300 unknown domains at once', '2500 ms', 4, time - $began);
	@client = ();

	my ($wrong, @fast) = poll_until($daemon, 'unknown.test', sub {
		time - $cached > $ttl - 2 });
	is_deeply($wrong, {}, 'known domains are answered from the cache, ' .
	    'unknown ones from failure memory');
	longest('from the cache and failure memory', '5 ms', 1.5, @fast);
	is($stale->(), 0, 'nothing was past its TTL') if $name eq 'refused';
	($wrong, @fast) = poll_until($daemon, 'unknown.test', sub {
		time - $cached > $ttl + 5 && time - $dead > $again + 5 &&
		    $count->('unknown.test') >= 2 });
	is_deeply($wrong, {}, 'past its TTL what was known goes on');
	longest('past the TTL', '5 ms', 1.5, @fast);
	cmp_ok($stale->(), '>=', scalar(keys %known), 'counted as stale');
	is($count->('unknown.test'), 2, 'an unknown domain was tried again ' .
	    'once, after half a minute');
	for my $key (sort keys %known) {
		my $tried = $count->($key) - 1;

		ok($tried >= 1 && $tried <= 3, "$key was tried $tried times");
	}

	$live->($world->dns);
	ok(World::Proc::wait_until($again + 10, sub {
		$daemon->lookup('postfix', 'unknown.test') eq 'NOTFOUND ' }),
	    'servers that come back are noticed');
	is($daemon->lookup('postfix', $_), $known{$_}, "$_ is the same")
	    for sort keys %known;
	is($daemon->lookup('postfix', 'dane-over-sts.test'), 'OK dane-only',
	    'what was never asked for is found at once');
	is($daemon->stop, 0, 'the daemon ends clean');
}

1;
