/*
 * reporter: the built tlsherald-reportgen, started for a measurement.
 *
 * It runs in a directory of its own, with logging on (info, to a file), as
 * nobody where the measurement is started by root. It collects at
 * DIR/run/tlsrpt.sock and sends nothing.
 *
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef REPORTER_H
#define REPORTER_H

#include <stdint.h>
#include <sys/types.h>

struct reporter {
	pid_t pid;
	char *dir;    /* holds bench.toml, log, state/, run/ */
	char *socket; /* datagrams go there */
};

/* Starts it with lines for [report.collect]; returns when it has started. */
void reporter_start(struct reporter *r, const char *collect);

/* The process id of the child that receives. */
pid_t reporter_receiver(const struct reporter *r);

/* Anonymous memory of all its processes, in octets. */
double reporter_memory(const struct reporter *r);

/* Ends it, with all that it received in report.db. */
void reporter_stop(struct reporter *r);

/* What report.db has under a name, of a reporter that has ended. */
int64_t reporter_number(const struct reporter *r, const char *name);

/* Octets of all files of its state, of one that has ended. */
double reporter_store(const struct reporter *r);

/* Removes the directory. */
void reporter_clear(struct reporter *r);

#endif
