/*
 * log_event_part: steps that log_event.c and log_delivery.c share.
 *
 * Each take passes over what it found and returns true, or leaves the rest
 * as it was, unless it says otherwise. Thread safety: no state.
 * Tests: those of log_event.h
 */
#ifndef LOG_EVENT_PART_H
#define LOG_EVENT_PART_H

#include "reportgen/log_event.h"

/* What is left of a line; may be empty. */
struct log_rest {
	const char *s, *end;
};

/* Passes over word. */
bool log_take(struct log_rest *r, const char *word);

/* Where what stands first, or NULL. */
const char *log_find(const struct log_rest *r, const char *what);

/* Passes over "QID: ", short or long. */
bool log_take_qid(struct log_rest *r, char qid[LOG_QID_MAX + 1]);

/* Passes over "host[address]" and ":port" where there is one. */
bool log_take_peer(struct log_rest *r, struct log_peer *peer);

/* The normal form of a name, "" where it is none. */
void log_put_host(char host[HOSTNAME_SIZE], const char *s, size_t n);

/*
 * Passes over an address as Postfix logs it (RFC 5321 section 4.1.2, the
 * local part quoted where it must be), up to the ">" after it. It is borrowed
 * from the line, empty for the null sender. The rest is undefined on false.
 */
bool log_take_address(struct log_rest *r, const char **address, size_t *n);

/* Reads what follows "QID: " of an smtp process: end of a host or delivery. */
void log_read_queued(struct log_rest *r, struct log_event *out);

#endif
