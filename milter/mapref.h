/*
 * mapref: a socketmap as Postfix's configuration names it.
 *
 *   [proxy:]socketmap:inet:HOST:PORT:NAME
 *   [proxy:]socketmap:unix:PATH:NAME
 *
 * PATH is seen from inside the jail where the service has one, and from the
 * queue directory where it is relative. (socketmap_table(5))
 *
 * Thread safety: no state. Tests: t/unit/check.c
 */
#ifndef MAPREF_H
#define MAPREF_H

#include "share/conf/conf.h"

#include <stdbool.h>

struct mapref {
	char *listen; /* as seen from outside, listener.h's words */
	char *inside; /* as the service itself sees it */
	char *name;   /* of the map: "postfix" */
	bool jailed;  /* inside is below the queue directory */
};

/*
 * Parses one element of smtp_tls_policy_maps as a service sees it. False
 * when it is no socketmap; else the caller clears r.
 */
bool mapref_parse(struct mapref *r, const char *element,
    const char *queue_directory, bool jailed);

/* Frees what r holds. */
void mapref_clear(struct mapref *r);

/* Whether one of [policy] listen is what r asks. */
bool mapref_is_ours(const struct mapref *r, const struct conf *c);

/*
 * Writes how Postfix would name our first [policy] listen it can reach, up
 * to the map's name ("socketmap:inet:127.0.0.1:8461"); gives it, or NULL
 * when a jailed service can reach none.
 */
char *mapref_propose(const struct conf *c, const char *queue_directory,
    bool jailed) MUST_CHECK;

#endif
