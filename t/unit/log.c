/* log: levels, the form of a line, what is escaped, where it is cut */
#include "config.h"

#include "share/base/log.h"
#include "t/unit/tap.h"

#include <err.h>
#include <sys/mman.h>
#include <unistd.h>

static int memory;

/* What was written since, NUL-terminated. */
static const char *
written(void)
{
	static char text[4 * LOG_LINE_MAX];
	ssize_t n;

	fflush(stderr);
	n = pread(memory, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	if (ftruncate(memory, 0) == -1 || lseek(memory, 0, SEEK_SET) == -1)
		err(1, "memfd");
	return text;
}

static void
test_levels(void)
{
	struct log l;

	log_open(&l, "test", false, LOG_LEVEL_INFO);
	ok(log_on(&l, LOG_LEVEL_ERROR) && log_on(&l, LOG_LEVEL_INFO), "on");
	ok(!log_on(&l, LOG_LEVEL_DEBUG), "debug is off");
	ok(!log_on(NULL, LOG_LEVEL_ERROR), "no log, nothing is on");
	log_write(NULL, LOG_LEVEL_ERROR, "x");
	log_write(&l, LOG_LEVEL_DEBUG, "x");
	is_str(written(), "", "nothing written");
	log_write(&l, LOG_LEVEL_WARN, "domain=%s", "a.test");
	has_str(written(), "Z warning: domain=a.test\n", "level and text");
	log_write(&l, LOG_LEVEL_ERROR, "one");
	log_write(&l, LOG_LEVEL_INFO, "two");
	has_str(written(), "Z info: two\n", "another level");
}

static void
test_text(void)
{
	char big[2 * LOG_LINE_MAX];
	struct log l;
	const char *line;

	log_open(&l, "test", false, LOG_LEVEL_DEBUG);
	log_write(&l, LOG_LEVEL_DEBUG, "a\nb\033[31m\t%s", "\xff");
	line = written();
	has_str(line, "debug: a\\x0ab\\x1b[31m\\x09\\xff\n", "escaped");
	is_int(strcspn(line, "\n"), strlen(line) - 1, "one line");
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_write(&l, LOG_LEVEL_INFO, "%s", big);
	line = written();
	is_int(strspn(strchr(line, 'a'), "a"), LOG_LINE_MAX - 1, "cut");
}

int
main(void)
{
	int saved = dup(STDERR_FILENO);

	memory = memfd_create("log", MFD_CLOEXEC);
	if (memory == -1 || saved == -1 || dup2(memory, STDERR_FILENO) == -1)
		err(1, "memfd");
	test_levels();
	test_text();
	dup2(saved, STDERR_FILENO);
	close(saved);
	return done_testing();
}
