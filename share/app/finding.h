/*
 * finding: what check found out about a host, one statement at a time.
 *
 * Every check leaves at least one finding, a good one too, so that the
 * output shows what was looked at. Printed for people or as JSON
 * (tlsherald-json(7)).
 *
 * Thread safety: none. Tests: t/unit/check.c
 */
#ifndef FINDING_H
#define FINDING_H

#include "share/app/term.h"
#include "share/base/err.h"

#include <jansson.h>
#include <stddef.h>

enum finding_severity {
	FINDING_OK,
	FINDING_WARN,  /* works, but not as well or as truly as it could */
	FINDING_ERROR, /* mail is held back or not protected as decided */
	FINDING_SEVERITIES
};

struct finding {
	const char *id; /* of the check; a constant */
	enum finding_severity severity;
	char *what;
	char *why; /* NULL: what says it all */
	char *fix; /* commands or lines, separated by newlines; NULL: none */
};

struct findings {
	struct finding *at;
	size_t n;
};

/*
 * Adds a finding; what is printf-like. The finding is returned for
 * finding_why() and finding_fix() and is borrowed until the next add.
 */
struct finding *findings_add(struct findings *f, const char *id,
    enum finding_severity severity, const char *what, ...) PRINTF_LIKE(4, 5);

/* Says why it matters; returns f. */
struct finding *finding_why(struct finding *f, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* Appends a line to the fix; returns f. */
struct finding *finding_fix(struct finding *f, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* How many have this severity. */
size_t findings_count(const struct findings *f, enum finding_severity severity);

/* "ok", "warn", "error". */
const char *finding_severity_name(enum finding_severity severity);

/* Prints all for people: errors first, then warnings, then what is fine. */
void findings_print(const struct findings *f, struct term *t);

/* Gives the array for JSON; the caller owns the reference. */
json_t *findings_json(const struct findings *f) MUST_CHECK;

/* Frees what the list holds. */
void findings_clear(struct findings *f);

#endif
