/*
 * postconf: what a host's Postfix is configured to do, as postconf(1) tells.
 *
 * A snapshot of "postconf -x" (main.cf with $name expanded), "postconf -M"
 * (services) and "postconf -P -x" (parameters that a service overrides), so
 * that every check works on text and can be tested on text.
 *
 * Thread safety: a filled snapshot is only read. Limits: capture.h's.
 * Tests: t/unit/postconf.c
 */
#ifndef POSTCONF_H
#define POSTCONF_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct postconf;

/* One line of master.cf. */
struct postconf_service {
	char *name;    /* "smtp/unix", as -P writes it */
	bool chroot;   /* runs in the queue directory's jail */
	char *command; /* "smtp" */
};

/* Gives an empty snapshot. */
struct postconf *postconf_new(void) MUST_CHECK;

/* Frees; NULL is fine. */
void postconf_free(struct postconf *p);

/*
 * Runs postconf(1); dir is the configuration directory, NULL for the default
 * one. NULL and e: ERR_NOENT when there is no postconf.
 */
struct postconf *postconf_read(const char *dir, struct err *e) MUST_CHECK;

/* Adds the output of "postconf -x": lines "name = value". */
void postconf_add_main(struct postconf *p, const char *text);

/* Adds the output of "postconf -M". */
void postconf_add_services(struct postconf *p, const char *text);

/* Adds the output of "postconf -P": lines "service/type/name = value". */
void postconf_add_overrides(struct postconf *p, const char *text);

/*
 * A parameter's value ("" when empty), or NULL when this Postfix does not
 * know it. Borrowed.
 */
const char *postconf_get(const struct postconf *p, const char *name);

/* The same as service ("smtp/unix") sees it: its own override first. */
const char *postconf_get_for(const struct postconf *p, const char *service,
    const char *name);

/* The i-th service, or NULL beyond the last. Borrowed. */
const struct postconf_service *postconf_service_at(const struct postconf *p,
    size_t i);

/* The service called name ("tls-a/unix"), or NULL. Borrowed. */
const struct postconf_service *postconf_service(const struct postconf *p,
    const char *name);

/*
 * mail_version as major * 10000 + minor * 100 + patch (3.7.11 is 30711, a
 * snapshot has patch 0); 0 when it is not known.
 */
long postconf_version(const struct postconf *p);

/*
 * Takes the next element of a list value at *cursor: elements are separated
 * by blanks or commas, braces keep one together ("regexp:{{...}}", "{ inet:
 * ..., default_action=accept }"). Gives it (free it), or NULL at the end.
 */
char *postconf_list_next(const char **cursor) MUST_CHECK;

#endif
