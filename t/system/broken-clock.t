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

my $day = 86400;
my $world = World->enter(name => 'broken-clock', sender => 'bookworm');

$world->start(mail => 0, domains => [
	{ name => 'short.test', mx => [[10, 'mx.sts-good.test']],
	    sts => ['enforce'], web => { body => "version: STSv1\n" .
	    "mode: enforce\nmx: mx.sts-good.test\nmax_age: 3600\n" } }]);

# Octets of the file named in CLOCK_SHIFT are the shift in seconds.
my $lib = "$world->{run}/clock.so";
my $shift = "$world->{run}/shift";
World::Proc::write_file("$world->{run}/clock.c", <<'END');
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t
shift(void)
{
	static const volatile int64_t *at;
	const char *path = getenv("CLOCK_SHIFT");

	if (at == NULL && path != NULL) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		at = mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
		if (fd == -1 || (void *)at == MAP_FAILED)
			abort();
		close(fd);
	}
	return at != NULL ? *at : 0;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += shift();
	return rc;
}

int
gettimeofday(struct timeval *tv, void *zone)
{
	struct timespec ts;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *t)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
END
World::Proc::run('cc', '-shared', '-fPIC', '-O', '-o', $lib,
    "$world->{run}/clock.c");

# Sets the daemon's clock to what it is in truth and SECONDS.
sub set_clock {
	my ($seconds) = @_;

	# In place: the daemon has it mapped.
	open(my $fh, -e $shift ? '+<' : '+>', $shift) or die "$shift: $!\n";
	syswrite($fh, pack('q', $seconds)) == 8 or die "$shift: $!\n";
}

my $secure = sub { "OK secure match=mx.$_[0] servername=hostname" };
my %known = ('sts-good.test' => $secure->('sts-good.test'),
    'short.test' => $secure->('sts-good.test'),
    'dane-good.test' => 'OK dane-only', 'plain.test' => 'NOTFOUND ');
set_clock(0);
chmod(0644, $shift);
my $daemon = $world->daemon;
my @start = ('env', "LD_PRELOAD=$lib", "CLOCK_SHIFT=$shift");
# The sanitizer wants to be the first library, unless told not to mind.
push(@start, "ASAN_OPTIONS=$ENV{ASAN_OPTIONS}:verify_asan_link_order=0")
    if $ENV{ASAN_OPTIONS};
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
	set_clock(2 * 3600);
	same('forward');
	is($daemon->lookup('postfix', 'dane-over-sts.test'), 'OK dane-only',
	    'a domain never asked for is found');
};

subtest 'years back' => sub {
	set_clock(-2000 * $day);
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
	set_clock(0);
	$idle = World::Socketmap->new('127.0.0.1:8461');
	is($idle->lookup('postfix', 'dane-over-sts.test'), 'OK dane-only',
	    'a domain never asked for is found');
	is($idle->lookup('postfix', 'short.test'), $known{'short.test'},
	    'a policy is served');
	logs_year(0);
};

subtest 'forward past max_age' => sub {
	my $before = $world->web->requests('mta-sts.short.test');

	set_clock(2 * 3600);
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
