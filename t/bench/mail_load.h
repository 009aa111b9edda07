/*
 * mail_load: the MTA's side of the milter protocol, for load.
 *
 * Sends a step only where it was negotiated, waits for a reply only where
 * one comes, and sends the macros that were asked for, like Postfix or, with
 * a queue id of its own for each message, like Sendmail.
 *
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef MAIL_LOAD_H
#define MAIL_LOAD_H

#include "share/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

#define MAIL_LOAD_STAGES 7

struct mail_load {
	int fd;
	uint32_t actions, steps;        /* negotiated */
	char *macros[MAIL_LOAD_STAGES]; /* asked for, by stage, or NULL */
	struct buf out;                 /* not sent yet */
	bool sendmail;                  /* which MTA; set after opening */
	unsigned messages;              /* begun so far */
};

/* Connects to the Unix socket and negotiates. */
void mail_load_open(struct mail_load *m, const char *path);

/* Says goodbye and frees. */
void mail_load_close(struct mail_load *m);

/* All of a message to one recipient but its end. */
void mail_load_begin(struct mail_load *m, const char *rcpt);

/* Asks for the end of the message. */
void mail_load_end(struct mail_load *m);

/* Waits for the answer to the end. */
void mail_load_await(struct mail_load *m);

#endif
