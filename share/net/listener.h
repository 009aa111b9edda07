/*
 * listener: bound sockets from their text in the config.
 *
 *   inet:HOST:PORT       IPv4, or [IPv6] in brackets; HOST "*" is every one
 *   unix:PATH[,mode=0660][,owner=NAME][,group=NAME]
 *
 * A Unix socket is made under a temporary name with its final mode and owner
 * and then renamed to PATH, so that a client never meets one that it may not
 * use and a restart replaces it without a gap.
 *
 * Thread safety: no state (umask is not touched). Tests: t/unit/listener.c
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "share/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct listener_spec {
	char path[104]; /* of a Unix socket; "" for inet */
	char host[64];  /* of an inet one */
	uint16_t port;
	mode_t mode;    /* default 0660 */
	bool datagram;  /* a Unix socket of datagrams: nothing listens */
	char owner[64]; /* "": as the process */
	char group[64];
};

/* Parses text; -1 and e when it is of neither form. */
int listener_parse(const char *text, struct listener_spec *spec,
    struct err *e) MUST_CHECK;

/*
 * Binds and listens (not for datagrams), non-blocking and close-on-exec. Gives the descriptor,
 * or -1 and e ("... is in use", "no such group", ...).
 */
int listener_bind(const struct listener_spec *spec, struct err *e) MUST_CHECK;

/* Whether fd, of the same kind, is bound to where spec says ("*": to every address). */
bool listener_is_bound(const struct listener_spec *spec, int fd);

/*
 * Connects to what listens there ("*" is 127.0.0.1), waiting at most
 * timeout_ms. Gives a non-blocking, close-on-exec descriptor; -1 and e
 * (ERR_NOENT) when nobody accepted. For commands, not for loops.
 */
int listener_connect(const struct listener_spec *spec, int64_t timeout_ms,
    struct err *e) MUST_CHECK;

#endif
