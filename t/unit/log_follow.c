/* log_follow: rotation, truncation and restarts, on real files */
#include "config.h"

#include "reportgen/log_follow.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS INT64_C(1795311806000)

static char folder[] = "/tmp/log_follow.XXXXXX";
static char path[64];
static struct log_input *in;
static struct log_line line;
static struct side_position at;

/* Line number n, that goes to the file at p. */
static void
write_to(const char *p, int n)
{
	FILE *f = fopen(p, "a");

	if (f == NULL)
		return;
	fprintf(f, "Nov 22 01:43:26 mx1 postfix/smtp[%d]: line\n", n);
	fclose(f);
}

static void
wr(int n)
{
	write_to(path, n);
}

/* The number of the next line, 0 when there is none. */
static int
next(void)
{
	struct err e = { 0 };

	return log_follow.next(in, NOW_MS, &line, &at, &e) == 1 ? (int)line.pid
								: 0;
}

static const char *
beside(const char *suffix)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "%s%s", path, suffix);
	return name;
}

static void
rotate(const char *suffix)
{
	(void)rename(path, beside(suffix));
}

static void
create(void)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	if (fd != -1)
		close(fd);
}

static void
cut(void)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd != -1)
		close(fd);
}

/* What logrotate's copytruncate does. */
static void
copy_truncate(const char *suffix)
{
	char block[8192];
	FILE *from = fopen(path, "r"), *to = fopen(beside(suffix), "w");
	size_t n;

	if (from == NULL || to == NULL)
		return;
	while ((n = fread(block, 1, sizeof(block), from)) > 0)
		(void)fwrite(block, 1, n, to);
	fclose(from);
	fclose(to);
	cut();
}

static void
begin(const struct log_mark *mark)
{
	struct err e = { 0 };

	log_follow.close(in);
	in = log_follow.open(path, mark, 100, NULL, &e);
}

static void
clean(void)
{
	static const char *const names[] = { "", ".1", ".2", "-20261122",
		".1.gz", ".bak" };

	log_follow.close(in);
	in = NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(beside(names[i]));
}

static void
test_growing(void)
{
	clean();
	wr(1);
	begin(NULL);
	is_int(next(), 0, "what stood there before is not read");
	wr(2);
	wr(3);
	is_int(next(), 2, "what comes is");
	is_int((long long)at.generation, 100, "in the generation given");
	is_int((long long)at.offset, 42, "at its offset");
	is_int(next(), 3, "the next one");
	is_int((long long)at.offset, 84, "further on");
	is_int(next(), 0, "no more");
}

static void
test_partial(void)
{
	FILE *f;

	clean();
	f = fopen(path, "a");
	fputs("Nov 22 01:43:26 mx1 postfix/sm", f);
	fflush(f);
	begin(NULL);
	fputs("tp[1]: line\n", f);
	fflush(f);
	is_int(next(), 0, "half a line at the beginning is no line");
	fputs("Nov 22 01:43:26 mx1 postfix/sm", f);
	fflush(f);
	is_int(next(), 0, "half a line is waited for");
	fputs("tp[2]: line\n", f);
	fflush(f);
	is_int(next(), 2, "until it is whole");
	for (int i = 0; i < 100000; i++)
		fputc('x', f);
	fputs("\nNov 22 01:43:26 mx1 postfix/smtp[3]: line\n", f);
	fputs("something else\n", f);
	fclose(f);
	wr(4);
	is_int(next(), 3, "a line that is too long is passed over");
	is_int(next(), 4, "and what is no line of syslog");
}

static void
test_rename(void)
{
	clean();
	create();
	begin(NULL);
	wr(1);
	is_int(next(), 1, "before");
	wr(2);
	rotate(".1");
	write_to(beside(".1"), 3);
	is_int(next(), 2, "renamed: its rest");
	is_int(next(), 3, "the writer has it open still");
	create();
	is_int(next(), 0, "a new file without anything in it");
	write_to(beside(".1"), 4);
	is_int(next(), 4, "the old one goes on");
	wr(5);
	write_to(beside(".1"), 6);
	is_int(next(), 6, "all of the old one first");
	is_int(next(), 5, "then the new one");
	is_int((long long)at.generation, 101, "the next generation");
	is_int((long long)at.offset, 0, "from its beginning");
}

static void
test_truncate(void)
{
	clean();
	create();
	begin(NULL);
	wr(1);
	wr(2);
	is_int(next(), 1, "before");
	wr(3);
	copy_truncate(".1");
	is_int(next(), 2, "what was read in is there");
	is_int(next(), 3, "the rest comes out of the copy");
	wr(4);
	is_int(next(), 4, "then what was written since");
	is_int((long long)at.generation, 101, "the next generation");
	cut();
	wr(5);
	wr(6);
	wr(7);
	is_int(next(), 5, "without a copy: from the beginning");
	is_int((long long)at.generation, 102, "the next generation again");
}

/* Longer than before when we look again: only its beginning tells. */
static void
test_truncate_grown(void)
{
	clean();
	create();
	begin(NULL);
	wr(1);
	is_int(next(), 1, "before");
	copy_truncate(".1");
	wr(21);
	wr(22);
	wr(23);
	is_int(next(), 21, "a truncated file that has grown beyond");
	is_int(next(), 22, "is read whole");
}

static void
test_resume(void)
{
	struct log_mark mark;

	clean();
	create();
	begin(NULL);
	log_follow.mark(in, &mark);
	wr(1);
	begin(&mark);
	is_int(next(), 1, "begun before anything was there");
	wr(2);
	is_int(next(), 2, "second");
	log_follow.mark(in, &mark);
	wr(3);
	begin(&mark);
	is_int(next(), 2, "the marked line again");
	is_int((long long)at.offset, 42, "at the same place");
	is_int(next(), 3, "and on");
	log_follow.close(in);
	in = NULL;
	rotate(".1");
	create();
	begin(&mark);
	is_int(next(), 2, "rotated meanwhile: the old file");
	is_int(next(), 3, "its rest");
	is_int(next(), 0, "the new one is empty");
	wr(4);
	is_int(next(), 4, "the new one");
	is_int((long long)at.generation, 101, "a generation on");
}

static void
set_time(const char *suffix, time_t s)
{
	struct timespec t[2] = { { s, 0 }, { s, 0 } };

	(void)utimensat(AT_FDCWD, beside(suffix), t, 0);
}

/* Down for two rotations, and a file beside that only looks like one. */
static void
test_resume_chain(void)
{
	struct log_mark mark;

	clean();
	create();
	begin(NULL);
	wr(1);
	is_int(next(), 1, "before");
	log_follow.mark(in, &mark);
	wr(2);
	log_follow.close(in);
	in = NULL;
	rotate(".2");
	wr(3);
	rotate(".1");
	wr(4);
	write_to(beside(".bak"), 9);
	set_time(".2", 1000);
	set_time(".1", 2000);
	begin(&mark);
	is_int(next(), 1, "two rotations: the first file");
	is_int(next(), 2, "its rest");
	is_int(next(), 3, "the second file");
	is_int((long long)at.generation, 101, "its generation");
	is_int(next(), 4, "the third");
	is_int((long long)at.generation, 102, "its generation");
	is_int(next(), 0, "no other");
}

static void
test_resume_copy(void)
{
	struct log_mark mark;

	clean();
	create();
	begin(NULL);
	wr(1);
	is_int(next(), 1, "before");
	log_follow.mark(in, &mark);
	wr(2);
	log_follow.close(in);
	in = NULL;
	copy_truncate("-20261122");
	wr(33);
	begin(&mark);
	is_int(next(), 1, "copied and truncated meanwhile: the copy");
	is_int(next(), 2, "its rest");
	is_int(next(), 33, "then the file");
}

static void
test_resume_lost(void)
{
	struct log_mark mark;
	struct err e = { 0 };

	clean();
	create();
	begin(NULL);
	wr(1);
	wr(2);
	is_int(next(), 1, "before");
	is_int(next(), 2, "before, two");
	log_follow.mark(in, &mark);
	log_follow.close(in);
	in = NULL;
	rotate(".1.gz");
	wr(3);
	in = log_follow.open(path, &mark, 1, NULL, &e);
	ok(in == NULL && e.code == ERR_NOENT, "what was packed is gone");
	mark.token[0] = '\0';
	begin(&mark);
	is_int(next(), 3, "the new file, from its beginning");
	is_int((long long)at.generation, 101, "a generation on");
}

static void
test_none(void)
{
	struct log_mark mark;

	clean();
	begin(NULL);
	is_int(next(), 0, "there is no file yet");
	log_follow.mark(in, &mark);
	wr(1);
	is_int(next(), 1, "there it is");
	begin(&mark);
	is_int(next(), 1, "a mark from before it was there");
	ok(log_follow.fd(in) != -1, "its folder is watched");
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/mail.log", folder);
	test_growing();
	test_partial();
	test_rename();
	test_truncate();
	test_truncate_grown();
	test_resume();
	test_resume_chain();
	test_resume_copy();
	test_resume_lost();
	test_none();
	clean();
	(void)rmdir(folder);
	return done_testing();
}
