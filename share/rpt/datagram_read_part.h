/*
 * datagram_read_part: what the files of the datagram reader share; nobody else
 * includes it.
 *
 * Thread safety: none. Limits: those of datagram_read.h. Tests:
 * t/unit/datagram_read.c
 */
#ifndef DATAGRAM_READ_PART_H
#define DATAGRAM_READ_PART_H

#include "share/rpt/datagram_read.h"
#include "share/rpt/jscan.h"

/* A known key, and what reads its value from its first event on. */
struct datagram_field {
	const char *name;
	void (*read)(struct datagram_reader *dr, enum jscan_event ev);
};

struct datagram_reader {
	struct jscan js;
	struct defects d;
	struct report r;
	const char *domain, *record;
	enum datagram_fault fault; /* the first one */
	struct report_policy *p;
	struct report_failure *f;
	int result; /* of the policy: -1 none yet, 0, 1 */
	bool exact;
};

/* Notes the first fault. */
void datagram_set_fault(struct datagram_reader *dr, enum datagram_fault f);

/* Reads an object; what is none is a fault. */
void datagram_read_object(struct datagram_reader *dr, enum jscan_event ev,
    const struct datagram_field *fields, size_t n);

/* Reads an array by its elements; what is none is a fault. */
void datagram_read_array(struct datagram_reader *dr, enum jscan_event ev,
    void (*read)(struct datagram_reader *dr, enum jscan_event ev));

/* Whether ev is a string; else a fault, and the value is passed over. */
bool datagram_is_text(struct datagram_reader *dr, enum jscan_event ev);

/* A whole number; -1 and a fault when it is none. */
int64_t datagram_read_int(struct datagram_reader *dr, enum jscan_event ev);

/* A copy of a text as it is. */
const char *datagram_keep(struct datagram_reader *dr, const char *s, size_t n);

/* The text that was read as a host name; NULL when it is none. */
const char *datagram_keep_host(struct datagram_reader *dr);

/* The same as an address. */
const char *datagram_keep_ip(struct datagram_reader *dr);

/* The same as the name in an EHLO reply, with or without its codes. */
const char *datagram_keep_helo(struct datagram_reader *dr);

/* The same as a short text without control characters; NULL when empty. */
const char *datagram_keep_note(struct datagram_reader *dr);

/* Adds a pattern of MX hosts to the policy. */
void datagram_add_mx(struct datagram_reader *dr);

/* Adds a line of the policy. */
void datagram_add_string(struct datagram_reader *dr);

/* Puts the lines of the policy that was read into their normal form. */
void datagram_finish_strings(struct datagram_reader *dr);

#endif
