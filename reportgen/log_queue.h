/*
 * log_queue: sessions that wait, in order, until all is known of their
 * domains, and then go to the receiver.
 *
 * Thread safety: that of log_domain.h. Limits: as many as are put in.
 * Tests: t/unit/log_reader.c
 */
#ifndef LOG_QUEUE_H
#define LOG_QUEUE_H

#include "reportgen/log_domain.h"
#include "reportgen/log_session.h"
#include "reportgen/shared.h"

#define LOG_QUEUE_MAX 256 /* no more lines are read beyond half of it */

/* Takes a datagram of a session; 0, or -1 and e: it has to wait. */
typedef int log_queue_send(void *arg, const struct log_session *s,
    const char *json, size_t len, struct err *e);

struct log_queue;

/* Makes a queue; domains is borrowed. shared counts what is dropped. */
struct log_queue *log_queue_new(struct log_domains *domains,
    struct shared *shared, log_queue_send *send, void *arg);

/* Frees what is in it too; NULL is fine. */
void log_queue_free(struct log_queue *q);

/* Adds a session (copied) of the line at position. */
void log_queue_add(struct log_queue *q, const struct log_session *s,
    const struct side_position *line);

/*
 * Sends from the front what can be sent. LOG_KNOWN: nothing is left;
 * LOG_WAITING, LOG_SILENT (e says why): as log_domain_look() of the first.
 */
enum log_known log_queue_drain(struct log_queue *q, struct err *e);

/* How many wait. */
size_t log_queue_count(const struct log_queue *q);

/* The line of the first that waits, and the first line any of them needs. */
bool log_queue_oldest(const struct log_queue *q, struct side_position *line,
    struct side_position *needed);

#endif
