/*
 * program: the options -c -f -T -V -h and the sub-commands that each program
 * has.
 *
 * Exit status, of sysexits.h: 0 fine, 64 usage, 74 what -T prints found no
 * room, 78 the config is refused; the rest are the daemon's and the commands'.
 *
 * Thread safety: before any thread is made.
 * Tests: t/unit/program.c, t/system/config.t
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "share/conf/conf.h"

#include <stdbool.h>
#include <stddef.h>

/* A sub-command: one row of a program's table. */
struct program_command {
	const char *name;
	const char *who; /* may, of those that ask the daemon; "" for others */
	/* argv[0] is the name; c and conf_path are borrowed. Exit status. */
	int (*run)(const struct conf *c, const char *conf_path, int argc,
	    char **argv);
	const char *help; /* begins with the name; may have several lines */
};

struct program {
	const char *name;
	const struct program_command *commands;
	size_t ncommands;
	/* Runs without a command; takes c. NULL: the program is no daemon. */
	int (*daemon)(struct conf *c, const char *path, bool foreground);
	const char *daemon_help; /* a sentence: what it does then */
	const char *reload; /* command that puts a config in force; or NULL */
};

/* Does what argv asks for; returns the exit status. */
int program_main(const struct program *p, int argc, char **argv);

#endif
