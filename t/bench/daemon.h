/*
 * daemon: the built tlsherald-milter, started for a measurement.
 *
 * It runs in a directory of its own, with logging on (info, to a file), as
 * nobody where the measurement is started by root.
 *
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <sys/types.h>

#define DAEMON_POLICY_PORT 18472

struct daemon {
	pid_t pid;
	char *dir; /* holds bench.toml, log, state/, policy.sock, milter.sock */
};

/* What a server is given to start with; each may be NULL. */
struct daemon_options {
	const char *config; /* more lines of tables not used by the bench */
	const char *dns;    /* inside [dns] */
};

/* Makes the directory and the config, starts nothing. */
void daemon_prepare(struct daemon *d, const struct daemon_options *options);

/* Starts the program; returns as soon as it was executed. */
void daemon_start(struct daemon *d);

/* Waits until it answers. */
void daemon_await(const struct daemon *d);

/* Ends it with a signal and waits for its end. */
void daemon_stop(struct daemon *d, int sig);

/* Removes the directory. */
void daemon_clear(struct daemon *d);

#endif
