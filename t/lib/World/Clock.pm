# World::Clock - a wall clock of its own for a program and its children
#
# A library in front of the C library shifts what they take for the time of day;
# the monotonic clock and everybody else's stay as they are.
package World::Clock;
use strict;
use warnings;
use World::Proc;

# Octets of the file named in CLOCK_SHIFT are the shift in seconds.
my $source = <<'END';
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

# Makes the library and the file in the folder DIR; no shift yet.
sub new {
	my ($class, $dir) = @_;
	my $self = bless { lib => "$dir/clock.so", file => "$dir/shift" },
	    $class;

	World::Proc::write_file("$dir/clock.c", $source);
	World::Proc::run('cc', '-shared', '-fPIC', '-O', '-o', $self->{lib},
	    "$dir/clock.c");
	$self->set(0);
	chmod(0644, $self->{file});
	return $self;
}

# Sets the clock to what it is in truth and SECONDS.
sub set {
	my ($self, $seconds) = @_;
	my $file = $self->{file};

	# In place: programs have it mapped.
	open(my $fh, -e $file ? '+<' : '+>', $file) or die "$file: $!\n";
	syswrite($fh, pack('q', $seconds)) == 8 or die "$file: $!\n";
	$self->{seconds} = $seconds;
}

# What the clock says.
sub now {
	return time + $_[0]{seconds};
}

# Words that go before a command's.
sub wrap {
	my ($self) = @_;
	my @words = ('env', "LD_PRELOAD=$self->{lib}",
	    "CLOCK_SHIFT=$self->{file}");

	# The sanitizer wants to be the first library, unless told not to mind.
	push(@words, "ASAN_OPTIONS=$ENV{ASAN_OPTIONS}:verify_asan_link_order=0")
	    if $ENV{ASAN_OPTIONS};
	return @words;
}

1;
