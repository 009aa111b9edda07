/*
 * report_read_part: what the files of the report reader share; nobody else
 * includes it.
 *
 * Thread safety: none. Limits: those of report_read.h. Tests:
 * t/unit/report_read.c
 */
#ifndef REPORT_READ_PART_H
#define REPORT_READ_PART_H

#include "share/rpt/gz.h"
#include "share/rpt/report_read.h"

struct report_reader {
	struct jscan js;
	struct gz *gz;
	struct report *r;
	struct defects *d;
	struct report_policy *p;  /* the entry that is being read */
	struct report_failure *f; /* likewise */
	bool saw_policies, saw_policy, saw_summary, saw_success, saw_failure;
};

/* A key of an object, and what reads its value from its first event on. */
struct read_field {
	const char *name;
	size_t len;
	void (*read)(struct report_reader *rr, enum jscan_event ev);
	unsigned id; /* the same for all names of a field */
	bool old;    /* a name from before RFC 8460, or beside it */
};

#define READ_FIELD(name, read, id)                      \
	{                                               \
		name, sizeof(name) - 1, read, id, false \
	}
#define READ_OLD_FIELD(name, read, id)                 \
	{                                              \
		name, sizeof(name) - 1, read, id, true \
	}

/* Reads an object from its first event on; what is none is noted. */
bool read_object(struct report_reader *rr, enum jscan_event ev,
    const struct read_field *fields, size_t n);

/* Calls read for each element of an array, or for the one value there is. */
void read_array(struct report_reader *rr, enum jscan_event ev,
    void (*read)(struct report_reader *rr, enum jscan_event ev));

/* Notes a value of a wrong type, null as such, and passes over it. */
void read_wrong(struct report_reader *rr, enum jscan_event ev);

/* Reads a text to *dst, which stays NULL where there is none. */
void read_text(struct report_reader *rr, enum jscan_event ev, const char **dst);

/* The same for a host name: lower case, no final dot. */
void read_host(struct report_reader *rr, enum jscan_event ev, const char **dst);

/* The same for an IP address. */
void read_ip(struct report_reader *rr, enum jscan_event ev, const char **dst);

/* Reads a session count; false where none is there. */
bool read_count(struct report_reader *rr, enum jscan_event ev, int64_t *dst);

/* Adds a text to the pool, noting when it is full. */
const char *read_keep(struct report_reader *rr, const char *s, size_t n);

/* Reads the list of policies. */
void read_policies(struct report_reader *rr, enum jscan_event ev);

#endif
