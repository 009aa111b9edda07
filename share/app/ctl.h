/*
 * ctl: sub-commands that ask a running daemon over its control socket
 * (control.h).
 *
 * Prints for people, lines filled to nothing in particular, or with --json
 * one JSON value a line, as tlsherald-json(7) describes them.
 *
 * Exit status: 64 usage, 65 refused as wrong, 69 no daemon there, 75 no
 * answer, 77 not permitted.
 * Thread safety: commands of their own. Tests: t/system/control.t
 */
#ifndef CTL_H
#define CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Who asks whom; both are borrowed. */
struct ctl {
	const char *program; /* before what is said on stderr */
	const char *socket;  /* path */
};

/*
 * Asks for command with arg. Gives the object and leaves *status alone; or
 * says on stderr what is wrong, sets *status and gives NULL. With refused,
 * what the daemon refuses as wrong is said nowhere but given in *refused
 * instead, to be freed.
 */
json_t *ctl_ask(const struct ctl *ctl, const char *command, const char *arg,
    char **refused, int *status);

/* Called for each item of a list; item is borrowed. */
typedef void ctl_item(const json_t *item);

/*
 * Asks for a list page by page and shows each item: as a JSON line, or by
 * show(). Returns the exit status; *n counts (NULL: not wanted).
 */
int ctl_list(const struct ctl *ctl, const char *command, bool json,
    ctl_item *show, size_t *n);

/* A string of an object, safe to print; "" where there is none. Freed. */
char *ctl_string(const json_t *o, const char *name);

/* Whether argv from at on is nothing or "--json" alone; -1: something else. */
int ctl_json_only(int argc, char **argv, int at);

/* Prints "usage: ", program and text on stderr; gives 64. */
int ctl_usage(const char *program, const char *text);

#endif
