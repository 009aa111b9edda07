/*
 * jscan: a pull scanner for JSON (RFC 8259) that strangers sent.
 *
 * It is strict in what it knows and lenient in what it does: every departure
 * from RFC 8259 and I-JSON (RFC 7493) is noted as a defect with its place, and
 * the scan goes on with what was meant. Ill-formed UTF-8 and NUL become
 * U+FFFD, numbers are clamped to 64 bits, what is cut is closed. It ends for
 * good only at a limit. The text may come in pieces: nothing but one long
 * string is ever copied.
 *
 * Containers are always well nested in what it yields: each BEGIN has its END,
 * also after a limit, and JSCAN_END comes for ever once all is said.
 *
 * Thread safety: none. No recursion. Limits: below; beyond DEEP, LONG or
 * HOPELESS the scan is over (jscan_failed()). Tests: t/unit/jscan.c,
 * t/fuzz/fuzz_jscan.c
 */
#ifndef JSCAN_H
#define JSCAN_H

#include "share/base/buf.h"
#include "share/rpt/defect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSCAN_DEPTH_MAX 24
#define JSCAN_TEXT_MAX (16 * 1024) /* octets of one text; the rest is cut */
#define JSCAN_KEY_MAX 32           /* octets of a key in a path */
#define JSCAN_KEYS_MAX 32          /* keys of an object looked at for twins */
#define JSCAN_FAULTS_MAX 1000      /* syntax faults until it is hopeless */
#define JSCAN_OCTETS_MAX (16u << 20)

enum jscan_event {
	JSCAN_BEGIN_OBJECT,
	JSCAN_END_OBJECT,
	JSCAN_BEGIN_ARRAY,
	JSCAN_END_ARRAY,
	JSCAN_KEY,    /* text, len */
	JSCAN_STRING, /* text, len */
	JSCAN_NUMBER, /* number */
	JSCAN_TRUE,
	JSCAN_FALSE,
	JSCAN_NULL,
	JSCAN_END
};

/* Where more of the text comes from. */
struct jscan_source {
	/*
	 * Points *data at the next octets (valid until the next call) and
	 * returns their number; 0 at the end, and again ever after.
	 */
	size_t (*more)(void *ctx, const char **data);
	void *ctx;
};

struct jscan_number {
	int64_t value; /* toward zero, clamped */
	bool fraction; /* there was more than a whole number */
	bool clamped;  /* it was beyond +-(2^53 - 1), I-JSON's limit */
};

struct jscan_level {
	bool object;
	bool wants_value; /* a key stands before us */
	bool wants_comma; /* a value stands before us */
	bool after_comma;
	size_t index; /* of the value, in an array */
	size_t nkeys;
	size_t key_len;
	char key[JSCAN_KEY_MAX];
	uint64_t keys[JSCAN_KEYS_MAX]; /* hashes */
};

struct jscan {
	const char *start, *p, *end; /* the window on the text */
	uint64_t before;             /* octets before the window */
	uint64_t max;                /* octets in all */
	struct jscan_source source;
	struct defects *defects;
	uint32_t faults;
	bool begun, done, failed;
	bool duplicate; /* the key just read stood there before */
	size_t depth;
	const char *text; /* of KEY and STRING; not NUL-terminated */
	size_t len;
	struct jscan_number number;
	struct buf store; /* where a text that is no run of the window goes */
	struct jscan_level level[JSCAN_DEPTH_MAX];
};

/* Makes a scanner with nothing to scan yet. */
void jscan_init(struct jscan *js);

/*
 * Begins on n octets, which are borrowed until the end. Defects go to d. A
 * scanner may begin as often as it likes.
 */
void jscan_begin(struct jscan *js, const char *text, size_t n,
    struct defects *d);

/* Begins on a source; no more than max octets are taken from it. */
void jscan_begin_source(struct jscan *js, struct jscan_source source,
    uint64_t max, struct defects *d);

/* Frees what the scanner holds. */
void jscan_clear(struct jscan *js);

/* The next event; text, len and number are valid until the next call. */
enum jscan_event jscan_next(struct jscan *js);

/*
 * Passes over the rest of a value whose first event was ev (a BEGIN is
 * followed up to its END; for others there is nothing to do).
 */
void jscan_skip(struct jscan *js, enum jscan_event ev);

/* Whether a limit ended the scan before the text did. */
bool jscan_failed(const struct jscan *js);

/* Notes a defect at the place where the scanner is. */
void jscan_note(struct jscan *js, enum defect what);

/* Writes where the scanner is, as "policies[0].policy"; cut at size. */
void jscan_path(const struct jscan *js, char *dst, size_t size);

#endif
