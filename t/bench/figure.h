/*
 * figure: what every measurement needs: time, memory, and its line.
 *
 * A line is `name value unit goal verdict`. Nothing here judges a test: a
 * missed goal is printed, not failed.
 *
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef FIGURE_H
#define FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Prints the line of a figure that should be at most goal. */
void figure_at_most(const char *name, double value, const char *unit,
    double goal);

/* Prints the line of a figure that should be at least goal. */
void figure_at_least(const char *name, double value, const char *unit,
    double goal);

/* The middle one of n values, which are sorted. */
double figure_median(double *v, size_t n);

/* Seconds of a clock that never jumps. */
double figure_now(void);

/* Seconds of CPU that a process (not yet waited for) has used. */
double figure_cpu(pid_t pid);

/* Octets of anonymous memory that are resident in a process. */
double figure_rss_anon(pid_t pid);

#endif
