/*
 * conf_write: values as TOML, such that reading gives them back.
 *
 * Part of conf. Thread safety: no state. Tests: t/unit/conf.c
 */
#ifndef CONF_WRITE_H
#define CONF_WRITE_H

#include "share/base/buf.h"
#include "share/conf/conf_table.h"

/* Appends the value of a row's field. Not for RULES, SEND and NTAS. */
void conf_write_value(const struct conf_key *k, const void *base,
    struct buf *out);

/* Appends s as a TOML string with its quotes. */
void conf_write_quoted(const char *s, struct buf *out);

/* Appends a duration in its largest whole unit. */
void conf_write_duration(int64_t ms, struct buf *out);

/* Appends a number. */
void conf_write_count(int64_t n, struct buf *out);

/* Appends a size, with a unit where it is a whole number of them. */
void conf_write_size(int64_t octets, struct buf *out);

#endif
