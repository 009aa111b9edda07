/*
 * tap: print the results of a test as TAP (Test Anything Protocol, version 12).
 *
 *	int
 *	main(void)
 *	{
 *		ok(1 + 1 == 2, "one and one");
 *		is_int(sum(1, 2), 3, "sum of %d and %d", 1, 2);
 *		return done_testing();
 *	}
 *
 * The checks are macros only to note file and line; each evaluates its
 * arguments once and yields whether it passed, so that a test may stop where
 * going on makes no sense. Every check needs a name.
 *
 * Thread safety: one thread prints. Limits: a value is shown up to 200 bytes,
 * control characters escaped. Tests: every program of t/unit.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TAP_SHOW_MAX 200

#define ok(cond, ...) \
	tap_ok(__FILE__, __LINE__, (cond) ? true : false, #cond, __VA_ARGS__)
#define is_int(got, want, ...)                                              \
	tap_is_int(__FILE__, __LINE__, (long long)(got), (long long)(want), \
	    __VA_ARGS__)
#define is_str(got, want, ...) \
	tap_is_str(__FILE__, __LINE__, (got), (want), __VA_ARGS__)
#define is_mem(got, want, len, ...) \
	tap_is_mem(__FILE__, __LINE__, (got), (want), (len), __VA_ARGS__)
#define has_str(got, part, ...) \
	tap_has_str(__FILE__, __LINE__, (got), (part), __VA_ARGS__)
#define pass(...) tap_ok(__FILE__, __LINE__, true, "", __VA_ARGS__)
#define fail(...) tap_ok(__FILE__, __LINE__, false, "fail", __VA_ARGS__)
#define diag(...) tap_diag(__VA_ARGS__)
#define skip(why, ...) tap_skip((why), __VA_ARGS__)
#define done_testing() tap_done()

/*
 * The counters of this program. A test has one translation unit with main;
 * helpers of the same test see the same object through this function.
 */
struct tap_state {
	int run;
	int failed;
};

/* Return the state of this program's run; never NULL. */
struct tap_state *tap_state(void) __attribute__((weak));

struct tap_state *
tap_state(void)
{
	static struct tap_state state;

	return &state;
}

/* Print s as a quoted string with control characters escaped, NULL as such. */
static inline void
tap_show(const char *label, const char *s, size_t len)
{
	size_t i;

	printf("#   %s: ", label);
	if (s == NULL) {
		puts("NULL");
		return;
	}
	putchar('"');
	for (i = 0; i < len && i < TAP_SHOW_MAX; i++) {
		if ((unsigned char)s[i] < ' ' || (unsigned char)s[i] >= 127)
			printf("\\x%02x", (unsigned char)s[i]);
		else
			putchar(s[i]);
	}
	printf("\"%s\n", i < len ? "..." : "");
}

/* Print one result line with the name fmt gives, and where it failed. */
__attribute__((format(printf, 5, 0))) static inline bool
tap_result(const char *file, int line, bool good, const char *what,
    const char *fmt, va_list ap)
{
	struct tap_state *t = tap_state();

	if (t->run == 0)
		setvbuf(stdout, NULL, _IOLBF, 0);
	printf("%sok %d - ", good ? "" : "not ", ++t->run);
	vprintf(fmt, ap);
	putchar('\n');
	if (!good) {
		t->failed++;
		printf("# failed at %s:%d: %s\n", file, line, what);
	}
	return good;
}

/* Check that good holds; what is its source text. */
__attribute__((format(printf, 5, 6))) static inline bool
tap_ok(const char *file, int line, bool good, const char *what, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_result(file, line, good, what, fmt, ap);
	va_end(ap);
	return good;
}

/* Check that two integers are equal. */
__attribute__((format(printf, 5, 6))) static inline bool
tap_is_int(const char *file, int line, long long got, long long want,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_result(file, line, got == want, "integers differ", fmt, ap);
	va_end(ap);
	if (got != want)
		printf("#   got: %lld\n#   want: %lld\n", got, want);
	return got == want;
}

/* Check that two strings are equal; NULL equals only NULL. */
__attribute__((format(printf, 5, 6))) static inline bool
tap_is_str(const char *file, int line, const char *got, const char *want,
    const char *fmt, ...)
{
	bool good;
	va_list ap;

	good = got == want ||
	    (got != NULL && want != NULL && strcmp(got, want) == 0);
	va_start(ap, fmt);
	tap_result(file, line, good, "strings differ", fmt, ap);
	va_end(ap);
	if (!good) {
		tap_show("got", got, got == NULL ? 0 : strlen(got));
		tap_show("want", want, want == NULL ? 0 : strlen(want));
	}
	return good;
}

/* Check that len bytes are equal. */
__attribute__((format(printf, 6, 7))) static inline bool
tap_is_mem(const char *file, int line, const void *got, const void *want,
    size_t len, const char *fmt, ...)
{
	bool good;
	va_list ap;

	good = len == 0 ||
	    (got != NULL && want != NULL && memcmp(got, want, len) == 0);
	va_start(ap, fmt);
	tap_result(file, line, good, "bytes differ", fmt, ap);
	va_end(ap);
	if (!good) {
		tap_show("got", got, len);
		tap_show("want", want, len);
	}
	return good;
}

/* Check that got contains part. */
__attribute__((format(printf, 5, 6))) static inline bool
tap_has_str(const char *file, int line, const char *got, const char *part,
    const char *fmt, ...)
{
	bool good;
	va_list ap;

	good = got != NULL && part != NULL && strstr(got, part) != NULL;
	va_start(ap, fmt);
	tap_result(file, line, good, "text is missing", fmt, ap);
	va_end(ap);
	if (!good) {
		tap_show("got", got, got == NULL ? 0 : strlen(got));
		tap_show("want in it", part, part == NULL ? 0 : strlen(part));
	}
	return good;
}

/* Print a comment line. */
__attribute__((format(printf, 1, 2))) static inline void
tap_diag(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
}

/* Count a check that can't be made here, and say why. */
__attribute__((format(printf, 2, 3))) static inline void
tap_skip(const char *why, const char *fmt, ...)
{
	struct tap_state *t = tap_state();
	va_list ap;

	va_start(ap, fmt);
	printf("ok %d - ", ++t->run);
	vprintf(fmt, ap);
	printf(" # SKIP %s\n", why);
	va_end(ap);
}

/*
 * Print the plan. Returns the exit status of the program: 0 if at least one
 * check ran and none failed, else 1.
 */
static inline int
tap_done(void)
{
	struct tap_state *t = tap_state();

	printf("1..%d\n", t->run);
	if (t->run == 0)
		printf("# no check ran\n");
	fflush(stdout);
	return t->run == 0 || t->failed > 0 ? 1 : 0;
}

#endif /* TAP_H */
