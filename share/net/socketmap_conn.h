/*
 * socketmap_conn: one connection of a socketmap server, and what it shares
 * with the server. Only share/net/socketmap*.c includes this.
 *
 * Memory: an idle connection is one struct socketmap_conn and nothing else.
 * Octets are read into and parsed in the server's one input block; only what
 * is left of an incomplete request is kept with the connection. Replies made
 * while a block is being parsed are collected in the server's one output
 * block and leave in one write; other replies in one write each. What the
 * kernel does not take is kept in a struct socketmap_blocked until it does,
 * and nothing is read meanwhile.
 *
 * Ownership of requests: the server's list holds every unanswered one, also
 * those whose connection is gone (conn NULL).
 *
 * Thread safety: belongs to the thread of the event_base.
 * Tests: t/unit/socketmap.c
 */
#ifndef SOCKETMAP_CONN_H
#define SOCKETMAP_CONN_H

#include "share/base/buf.h"
#include "share/net/netstring.h"
#include "share/net/socketmap.h"

#include <event2/event_struct.h>
#include <sys/queue.h>

/* Holds more than one request of the largest size with its framing. */
#define SOCKETMAP_IN_SIZE 32768
#define SOCKETMAP_OUT_SIZE 32768
/* Requests kept for the next use, so that hot lookups allocate nothing. */
#define SOCKETMAP_SPARE_MAX 256

struct socketmap_request {
	struct socketmap_server *srv;
	struct socketmap_conn *conn; /* NULL: gone */
	char *reply;                 /* framed, waits for its turn */
	size_t reply_len;
	STAILQ_ENTRY(socketmap_request) next; /* of the connection */
	LIST_ENTRY(socketmap_request) all;    /* of the server */
};

STAILQ_HEAD(socketmap_request_queue, socketmap_request);
LIST_HEAD(socketmap_request_list, socketmap_request);

/* What could not be written yet. */
struct socketmap_blocked {
	struct event event;
	struct buf out;
	size_t done;      /* octets of out that are written */
	int64_t since_ms; /* monotonic, of the last progress */
	TAILQ_ENTRY(socketmap_blocked) all;
	struct socketmap_conn *conn;
};

TAILQ_HEAD(socketmap_blocked_list, socketmap_blocked);

struct socketmap_conn {
	struct event event; /* for reading; knows the descriptor */
	struct socketmap_server *srv;
	struct socketmap_request_queue requests; /* in their order */
	struct socketmap_blocked *blocked;       /* NULL mostly */
	char *in; /* what is left of reading; NULL when nothing */
	size_t in_len;
	int64_t half_ms; /* monotonic, when a request was begun */
	uint8_t pending; /* requests in the queue */
	bool half;       /* in the server's list of half-open ones */
	bool busy;       /* in the server's busy list, not the idle one */
	bool paused;     /* not reading: too many requests, or blocked */
	bool eof;        /* the peer sends no more */
	bool dead;       /* to be closed as soon as nobody looks at it */
	TAILQ_ENTRY(socketmap_conn) place; /* in idle or busy */
	TAILQ_ENTRY(socketmap_conn) half_place;
};

TAILQ_HEAD(socketmap_conn_list, socketmap_conn);

struct socketmap_listener {
	struct event *event;
	SLIST_ENTRY(socketmap_listener) next;
};

SLIST_HEAD(socketmap_listener_list, socketmap_listener);

struct socketmap_server {
	struct event_base *base;
	socketmap_handler *handler;
	void *arg;
	size_t max_connections;
	int64_t request_ms, write_ms; /* limits */
	struct socketmap_listener_list listeners;
	struct socketmap_conn_list idle; /* oldest activity first */
	struct socketmap_conn_list busy;
	struct socketmap_conn_list half_open; /* oldest first */
	struct socketmap_blocked_list blocked;
	struct socketmap_request_list unanswered;
	struct socketmap_request_queue spare;
	size_t nspare;
	struct event *sweep;        /* while half_open or blocked has one */
	struct event *accept_again; /* while accepting is paused */
	/* Of struct socketmap_stats; written here, read by every thread. */
	struct {
		_Atomic uint64_t connections, requests, malformed, oversize,
		    evicted, timeouts;
		_Atomic size_t open, waiting;
	} stats;
	struct socketmap_conn *batch; /* whose block is being parsed */
	size_t out_len;
	char in[SOCKETMAP_IN_SIZE];
	char out[SOCKETMAP_OUT_SIZE];
};

/* Makes a connection of fd (taken over) and begins to read. */
void socketmap_conn_open(struct socketmap_server *s, int fd);

/* Closes at once; its unanswered requests stay with the server. */
void socketmap_conn_close(struct socketmap_conn *c);

/* Brings the lists and events up to date after anything; may close c. */
void socketmap_conn_settle(struct socketmap_conn *c);

/* Passes on len octets that are framed already. */
void socketmap_conn_framed(struct socketmap_conn *c, const char *data,
    size_t len);

/* Sends what the output block holds for the connection being parsed. */
void socketmap_conn_flush(struct socketmap_server *s);

/* Makes a request of c, as the last of its queue. */
struct socketmap_request *socketmap_request_new(struct socketmap_conn *c);

/* Gives a request back; it is in no queue of a connection any more. */
void socketmap_request_release(struct socketmap_request *req);

/* Makes sure that time limits are looked after. */
void socketmap_server_watch(struct socketmap_server *s);

#endif
