#!/usr/bin/perl
# Somebody sets the wall clock while the daemon runs. No process but the daemon
# sees it: a library in front of the C library shifts its clock.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use World;
use World::Clock;

my $day = 86400;
my $world = World->enter(name => 'broken-clock', sender => 'bookworm');

$world->start(mail => 0, domains => [
	{ name => 'short.test', mx => [[10, 'mx.sts-good.test']],
	    sts => ['enforce'], web => { body => "version: STSv1\n" .
	    "mode: enforce\nmx: mx.sts-good.test\nmax_age: 3600\n" } }]);

my $clock = World::Clock->new($world->{run});
my $secure = sub { "OK secure match=mx.$_[0] servername=hostname" };
my %known = ('sts-good.test' => $secure->('sts-good.test'),
    'short.test' => $secure->('sts-good.test'),
    'dane-good.test' => 'OK dane-only', 'plain.test' => 'NOTFOUND ');
my $daemon = $world->daemon;
my @start = $clock->wrap;
$daemon->start(@start);
my $idle = World::Socketmap->new('127.0.0.1:8461');

# What is known is answered as before, at once, and nobody is asked.
sub same {
	my ($about, %but) = @_;
	my $before = $daemon->stats->{service};

	for my $domain (sort keys %known) {
		my $began = time;

		is($idle->lookup('postfix', $domain), $known{$domain},
		    "$about: $domain");
		cmp_ok(time - $began, '<', 1, "$about: $domain: at once");
	}
	my $after = $daemon->stats->{service};
	is($after->{$_} - $before->{$_}, 0, "$about: no new $_")
	    for qw(resolutions fetches);
}

# The daemon's idea of the time, from its log.
sub logs_year {
	my ($seconds) = @_;
	my $mark = $daemon->log_mark;
	my $want = (gmtime(time + $seconds))[5] + 1900;

	$daemon->signal('HUP');
	is(($daemon->await_log($mark, qr/^(\d{4})-.* reload: /m))[0], $want,
	    "the daemon takes it for $want");
}

is($daemon->lookup('postfix', $_), $known{$_}, "$_ is known")
    for sort keys %known;

subtest 'two hours forward' => sub {
	$clock->set(2 * 3600);
	same('forward');
	is($daemon->lookup('postfix', 'dane-over-sts.test'), 'OK dane-only',
	    'a domain never asked for is found');
};

subtest 'years back' => sub {
	$clock->set(-2000 * $day);
	same('back');
	logs_year(-2000 * $day);
	like($daemon->lookup('postfix', 'dane-mismatch.test'), qr/^TEMP /,
	    'signatures of the future prove nothing');
	is($daemon->stop('KILL'), 9, 'killed');
	$daemon->start(@start);
	like($daemon->lookup('postfix', 'sts-good.test'), qr/^TEMP .*bogus/,
	    'what was cached is gone: mail waits');
	my ($status, $out) = $daemon->command('explain', 'sts-good.test',
	    '--json');
	like($out, qr/"mode": "enforce"/, 'its stored policy is not lost') or
	    diag($out);
};

subtest 'right again' => sub {
	$clock->set(0);
	$idle = World::Socketmap->new('127.0.0.1:8461');
	is($idle->lookup('postfix', 'dane-over-sts.test'), 'OK dane-only',
	    'a domain never asked for is found');
	is($idle->lookup('postfix', 'short.test'), $known{'short.test'},
	    'a policy is served');
	logs_year(0);
};

subtest 'forward past max_age' => sub {
	my $before = $world->web->requests('mta-sts.short.test');

	$clock->set(2 * 3600);
	is($daemon->stop('KILL'), 9, 'killed');
	$daemon->start(@start);
	is($daemon->lookup('postfix', 'short.test'), $known{'short.test'},
	    'a policy that is over is fetched anew');
	is($world->web->requests('mta-sts.short.test') - $before, 1,
	    'from its host');
	is($daemon->lookup('postfix', 'sts-good.test'),
	    $known{'sts-good.test'}, 'one that is not is served');
};

is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
