/*
 * log_follow: a file of syslog, through rotation and truncation.
 *
 * A file that was renamed is read to its end, then the next one: rotated ones
 * in the order of their last change, then the one that has the name now, once
 * something stands in it. A file that was copied and truncated is known by its
 * first octets; what was not read of it is looked for in its copy. After a
 * restart likewise, so that nothing is lost while a copy lies beside it
 * uncompressed ("NAME.1", "NAME-20261122").
 *
 * A position is (generation, offset of the line); each file has a generation.
 *
 * Thread safety: one thread per file. Limits: lines of LOG_LINE_OCTETS,
 * longer ones are passed over. Tests: t/unit/log_follow.c
 */
#ifndef LOG_FOLLOW_H
#define LOG_FOLLOW_H

#include "reportgen/log_input.h"

extern const struct log_input_kind log_follow;

#endif
