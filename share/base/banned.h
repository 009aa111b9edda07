/*
 * banned: functions that this project does not use, and what to use instead.
 *
 * Included by force into every C file after config.h (see Makefile.am), so that
 * a use is a compile error. An attribute, not a poisoned name: wolfSSL's headers
 * mention these names in macros that we never expand. strcpy, strcat, strncpy: text_copy() or buf. sprintf:
 * snprintf or buf_printf. strtok: strcspn. gmtime, localtime: gmtime_r,
 * text_rfc3339. atoi: strtol with its checks.
 *
 * Thread safety: none needed. Tests: t/lint/banned.t
 */
#ifndef BANNED_H
#define BANNED_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* glibc's fortified versions are macros under clang */
#undef sprintf
#undef vsprintf
#undef strncpy

#ifdef __clang__
/* where glibc defines one inline, clang drops the attribute and says so */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wignored-attributes"
#endif

#define BANNED(instead) __attribute__((unavailable(instead)))

/* Unavailable: the attribute names what to use. */
char *strcpy(char *, const char *) BANNED("use text_copy()");

/* Unavailable, as are all that follow. */
char *strcat(char *, const char *) BANNED("use buf");

/* Unavailable: leaves strings without their NUL. */
char *strncpy(char *, const char *, size_t) BANNED("use text_copy()");

/* Unavailable: knows no size. */
int sprintf(char *, const char *, ...) BANNED("use snprintf() or buf");

/* Unavailable: knows no size. */
int vsprintf(char *, const char *, va_list) BANNED("use vsnprintf() or buf");

/* Unavailable: writes into its argument and keeps state. */
char *strtok(char *, const char *) BANNED("use strcspn()");

/* Unavailable: not safe with threads. */
struct tm *gmtime(const time_t *) BANNED("use gmtime_r() or text_rfc3339()");

/* Unavailable: not safe with threads. */
struct tm *localtime(const time_t *) BANNED("use localtime_r()");

/* Unavailable: says nothing about errors. */
int atoi(const char *) BANNED("use strtol() and its checks");

#undef BANNED

#ifdef __clang__
#pragma clang diagnostic pop
#endif

#endif
