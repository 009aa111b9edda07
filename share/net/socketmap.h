/*
 * socketmap: the server side of Postfix's and Sendmail's table protocol.
 *
 * Request netstring "MAP SP KEY", reply netstring "OK data", "NOTFOUND ",
 * "TEMP why". Requests of one connection are answered in their order, also
 * when a later one is ready first. A reply leaves in one write; when the
 * kernel takes a part of it only, the rest follows before anything else
 * (Sendmail bounces on broken framing). (socketmap_table(5);
 * share/etc/postfix)
 *
 * Limits: request SOCKETMAP_REQUEST_MAX octets, SOCKETMAP_PIPELINE_MAX
 * requests under way per connection (reading pauses then, and while replies
 * are not taken); oversize or malformed requests close the connection at
 * once; a request that is not whole after SOCKETMAP_REQUEST_MS, counted from
 * its first octet, and replies of which nothing is taken for
 * SOCKETMAP_WRITE_MS, too; at the connection limit, or when the process has
 * no descriptor left, the one idle longest goes. An idle connection costs
 * about 400 octets with libevent's own share.
 *
 * Thread safety: belongs to the thread of its event_base.
 * Tests: t/unit/socketmap.c
 */
#ifndef SOCKETMAP_H
#define SOCKETMAP_H

#include "share/base/clock.h"
#include "share/base/err.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SOCKETMAP_REQUEST_MAX 10000 /* Postfix's own limit of a query */
#define SOCKETMAP_REPLY_MAX 100000  /* Postfix's own limit of a reply */
#define SOCKETMAP_PIPELINE_MAX 64
#define SOCKETMAP_REQUEST_MS 30000
#define SOCKETMAP_WRITE_MS 100000 /* Postfix's own patience */

struct socketmap_server;
struct socketmap_request; /* one that was not answered yet */

/*
 * Asked for each request. map and key are borrowed during the call, NUL-
 * terminated, map holds no blank, key may be empty (never an embedded NUL:
 * those are malformed). The handler answers at once or later, from the same
 * thread, with socketmap_answer(), exactly once per request.
 */
typedef void socketmap_handler(void *arg, struct socketmap_request *req,
    const char *map, const char *key);

/* Counters since start. */
struct socketmap_stats {
	uint64_t connections, requests, malformed, oversize, evicted, timeouts;
	size_t open, waiting;
};

/* Makes a server; max_connections at least 16 (less is raised). Never NULL. */
struct socketmap_server *socketmap_server_new(struct event_base *base,
    size_t max_connections, socketmap_handler *handler, void *arg);

/* Other time limits than SOCKETMAP_REQUEST_MS and SOCKETMAP_WRITE_MS. */
void socketmap_server_set_timeouts(struct socketmap_server *s,
    int64_t request_ms, int64_t write_ms);

/* Serves fd (listening, non-blocking; taken over) too. */
void socketmap_server_add(struct socketmap_server *s, int fd);

/* Closes the listening sockets; connections go on. */
void socketmap_server_stop(struct socketmap_server *s);

/*
 * Frees everything; not from within a handler. Unanswered requests get
 * nothing: their connections are closed without half a reply, and
 * socketmap_answer() must not be called for them any more. Replies that the
 * kernel had not taken whole are finished, for a second at most.
 */
void socketmap_server_free(struct socketmap_server *s);

/*
 * Answers with the len octets of reply ("OK ...", "NOTFOUND ", ...), copied;
 * more than SOCKETMAP_REPLY_MAX becomes a TEMP. The connection may be gone:
 * then nothing happens. req is not valid any more afterwards.
 */
void socketmap_answer(struct socketmap_request *req, const char *reply,
    size_t len);

/*
 * The user that connected, as the kernel knows it (SO_PEERCRED); -1 over TCP
 * and when the connection is gone.
 */
int socketmap_request_peer(const struct socketmap_request *req,
    uid_t *uid) MUST_CHECK;

/* What happened so far; from every thread. */
void socketmap_server_stats(const struct socketmap_server *s,
    struct socketmap_stats *out);

#endif
