/* log_journal: entries as journalctl writes them, by a program in its place */
#include "config.h"

#include "reportgen/log_entry.h"
#include "reportgen/log_journal.h"
#include "t/unit/tap.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/log_journal.XXXXXX";
static char program[64], entries[64], args[64];
static struct log_input *in;
static struct log_line line;
static struct side_position at;

static void
write_file(const char *path, const char *mode, const char *text)
{
	FILE *f = fopen(path, mode);

	if (f == NULL)
		return;
	fputs(text, f);
	fclose(f);
	(void)chmod(path, 0700);
}

/*
 * Stands for journalctl: keeps what it was called with, and writes the
 * entries after the cursor that it was given; "-n 1" the last one alone.
 */
static void
write_program(void)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "#!/bin/sh\n"
	    "echo \"$*\" >> %s\n"
	    "case \" $* \" in *' -n 1 '*) tail -n 1 %s; exit;; esac\n"
	    "for a; do case $a in --after-cursor=*) c=${a#*=};; esac; done\n"
	    "awk -v c=\"$c\" 'c == \"\" || on { print; fflush() }\n"
	    "index($0, \"\\\"\" c \"\\\"\") { on = 1 }' %s\n"
	    "exec sleep 60\n",
	    args, entries, entries);
	write_file(program, "w", text);
}

static void
add_entry(int n)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "{\"__CURSOR\":\"s=ab;i=%x\",\"__REALTIME_TIMESTAMP\":"
	    "\"17953118060000%02d\",\"__MONOTONIC_TIMESTAMP\":\"1\",\"_PID\":"
	    "\"1\",\"SYSLOG_PID\":\"%d\",\"SYSLOG_IDENTIFIER\":"
	    "\"postfix/smtp\",\"MESSAGE\":\"line %d\"}\n",
	    (unsigned)n, n, n, n);
	write_file(entries, "a", text);
}

static void
begin(const struct log_mark *mark)
{
	struct err e = { 0 };

	log_journal.close(in);
	in = log_journal.open(program, mark, 100, NULL, &e);
	if (in == NULL)
		diag("%s", e.text);
}

/* The number of the next entry; waits for it. */
static int
next(void)
{
	struct pollfd p = { .events = POLLIN };
	struct err e = { 0 };
	int got;

	while ((got = log_journal.next(in, 0, &line, &at, &e)) == 0) {
		p.fd = log_journal.fd(in);
		if (poll(&p, 1, 10000) <= 0)
			return 0;
	}
	return got == 1 ? (int)line.pid : -1;
}

static bool
called_with(const char *what)
{
	char text[8192];
	FILE *f = fopen(args, "r");
	size_t n;

	if (f == NULL)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	return strstr(text, what) != NULL;
}

static void
test_first(void)
{
	struct log_mark mark;

	begin(NULL);
	ok(in != NULL, "an empty journal");
	log_journal.mark(in, &mark);
	is_str(mark.token, "-", "has no cursor");
	add_entry(1);
	begin(&mark);
	is_int(next(), 1, "its first entry");
	ok(called_with("-o json --output-fields=MESSAGE,SYSLOG_IDENTIFIER,"
		       "SYSLOG_PID,_PID -f --no-tail SYSLOG_FACILITY=2"),
	    "it is followed from the beginning");
	is_int((long long)at.offset, 0, "is number 0");
}

static void
test_after(void)
{
	struct log_mark first, mark;

	add_entry(2);
	begin(NULL);
	log_journal.mark(in, &first);
	is_str(first.token, "s=ab;i=2", "begins after the last entry");
	add_entry(3);
	add_entry(4);
	begin(&first);
	is_int(next(), 3, "what came after it");
	ok(called_with("-f --no-tail --after-cursor=s=ab;i=2 "),
	    "by its cursor");
	is_int((long long)at.generation, 100, "generation");
	is_int((long long)at.offset, 0, "its number");
	is_int(line.ms, INT64_C(1795311806000), "its time");
	is_mem(line.text, "line 3", 6, "its text");
	is_int(next(), 4, "and the next");
	is_int((long long)at.offset, LOG_JOURNAL_STEP, "its number");
	log_journal.mark(in, &mark);
	is_str(mark.token, "s=ab;i=3", "its mark is the one before");
	add_entry(5);
	begin(&mark);
	is_int(next(), 4, "from the mark: the same again");
	is_int((long long)at.offset, LOG_JOURNAL_STEP, "by the same number");
	is_int(next(), 5, "then what is new");
}

/* Beyond the limit; the entries behind it are not. */
static void
test_long(void)
{
	struct log_mark mark;
	FILE *f = fopen(entries, "a");

	log_journal.mark(in, &mark);
	if (f == NULL)
		return;
	fputs("{\"__CURSOR\":\"long\",\"MESSAGE\":\"", f);
	for (unsigned i = 0; i < LOG_JOURNAL_ENTRY_MAX + 1000; i++)
		fputc('x', f);
	fputs("\"}\n", f);
	fclose(f);
	add_entry(6);
	add_entry(7);
	begin(&mark);
	is_int(next(), 5, "before a long entry");
	is_int(next(), 6, "the one behind it");
	is_int(next(), 7, "and the next");
}

static void
test_end(void)
{
	struct err e = { 0 };
	int got;

	write_file(program, "w", "#!/bin/sh\nexit 1\n");
	log_journal.close(in);
	in = log_journal.open(program, NULL, 1, NULL, &e);
	ok(in == NULL, "where it ends must be known, or all is read");
	write_file(program, "w", "#!/bin/sh\nexit 0\n");
	begin(NULL);
	ok(in != NULL, "a journal that says nothing");
	is_int(next(), -1, "its end is told");
	write_file(program, "w", "#!/bin/sh\nexec echo '{}'\n");
	begin(NULL);
	while ((got = log_journal.next(in, 0, &line, &at, &e)) == 0)
		continue;
	is_int(got, -1, "what is no entry is passed over");
	log_journal.close(in);
	in = log_journal.open("/nowhere/journalctl", NULL, 1, NULL, &e);
	ok(in == NULL, "no such program");
}

static void
test_entry(void)
{
	static struct log_entry en;
	static const char octets[] =
	    "{\"__CURSOR\":\"c\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\","
	    "\"_PID\":\"7\",\"MESSAGE\":[104,255,105]}";
	static const char twice[] =
	    "{\"__CURSOR\":\"c\",\"SYSLOG_IDENTIFIER\":[\"postfix/smtp\","
	    "\"x\"],\"SYSLOG_PID\":\"8\",\"_PID\":\"7\",\"MESSAGE\":[\"a\","
	    "\"b\"]}";
	static const char none[] =
	    "{\"__CURSOR\":\"c\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\","
	    "\"_PID\":\"7\",\"MESSAGE\":null,\"OTHER\":{\"a\":[1]}}";
	static const char kernel[] =
	    "{\"__CURSOR\":\"c\",\"MESSAGE\":\"hello\"}";

	log_entry_init(&en);
	ok(log_entry_read(&en, octets, sizeof(octets) - 1) && en.line.len == 3,
	    "a text as octets");
	is_mem(en.line.text, "h\xffi", 3, "is what they are");
	is_int(en.line.pid, 7, "by _PID");
	ok(log_entry_read(&en, twice, sizeof(twice) - 1), "values twice");
	is_mem(en.line.text, "a", 2, "the first text");
	is_str(en.line.program, "postfix/smtp", "the first program");
	is_int(en.line.pid, 8, "by SYSLOG_PID");
	ok(log_entry_read(&en, none, sizeof(none) - 1) && en.line.len == 0,
	    "no text");
	ok(log_entry_read(&en, kernel, sizeof(kernel) - 1) && en.line.len == 0,
	    "no program");
	ok(!log_entry_read(&en, "{\"MESSAGE\":\"x\"}", 15), "no cursor");
	ok(!log_entry_read(&en, "-- No entries --", 16), "no JSON");
	log_entry_clear(&en);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(program, sizeof(program), "%s/journalctl", folder);
	(void)snprintf(entries, sizeof(entries), "%s/entries", folder);
	(void)snprintf(args, sizeof(args), "%s/args", folder);
	write_program();
	write_file(entries, "w", "");
	test_entry();
	test_first();
	test_after();
	test_long();
	test_end();
	(void)unlink(program);
	(void)unlink(entries);
	(void)unlink(args);
	(void)rmdir(folder);
	return done_testing();
}
