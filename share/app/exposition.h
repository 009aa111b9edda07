/*
 * exposition: figures in Prometheus' text format, version 0.0.4.
 *
 * Names are given without the prefix "tlsherald_", which is put before each.
 * Labels are words of ours from fixed sets, never what came from outside, so
 * nothing is escaped.
 *
 * Thread safety: no state. Tests: t/system/metrics.t, t/unit/metrics.c
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include "share/base/buf.h"
#include "share/base/histogram.h"

#include <stdint.h>

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Begins a family: "counter" (its name ends in _total), "gauge", "histogram". */
void exposition_family(struct buf *b, const char *name, const char *type,
    const char *help);

/* A family of one sample. */
void exposition_single(struct buf *b, const char *name, const char *type,
    const char *help, uint64_t value);

/* A sample of the family begun last, with one label. */
void exposition_labelled(struct buf *b, const char *name, const char *label,
    const char *word, uint64_t value);

/* The samples of a histogram of seconds; labels as in name="word". */
void exposition_histogram(struct buf *b, const char *name, const char *labels,
    const struct histogram *h);

#endif
