/*
 * banned: functions that this project does not use, and what to use instead.
 *
 * Included by force into every C file (see configure.ac), so that a use is a
 * compile error. strcpy, strcat, strncpy: text_copy() or buf. sprintf:
 * snprintf or buf_printf. strtok: strcspn. gmtime, localtime: gmtime_r,
 * text_rfc3339. atoi: strtol with its checks.
 *
 * Thread safety: none needed. Tests: t/lint/banned.t
 */
#ifndef BANNED_H
#define BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy sprintf vsprintf strtok gmtime localtime atoi

#endif
