/* xmem: memory that is there or the process ends - see xmem.h */
#include "config.h"

#include "share/base/xmem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc's calloc() passes by the lists that make small malloc()s cheap. */
#define SMALL_MAX 1024

static void *
must(void *p)
{
	if (p == NULL) {
		fputs("tlsherald: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
xmalloc(size_t n)
{
	return must(malloc(n > 0 ? n : 1));
}

void *
xcalloc(size_t n, size_t size)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, size, &all) || all > SMALL_MAX)
		return must(calloc(n > 0 ? n : 1, size > 0 ? size : 1));
	p = must(malloc(all > 0 ? all : 1));
	memset(p, 0, all);
	return p;
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n > 0 ? n : 1, size > 0 ? size : 1));
}

char *
xstrdup(const char *s)
{
	return s == NULL ? NULL : must(strdup(s));
}

char *
xstrndup(const char *s, size_t n)
{
	return must(strndup(s, n));
}

char *
xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return must(n < 0 ? NULL : s);
}
