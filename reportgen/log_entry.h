/*
 * log_entry: one entry of systemd's journal as journalctl -o json writes it
 * (journalctl(1), systemd.journal-fields(7)).
 *
 * A text is a string; where it isn't UTF-8 or has control characters, an
 * array of its octets; null where it is too long.
 *
 * Thread safety: one thread per reader. Tests: t/unit/log_journal.c,
 * t/fuzz/fuzz_log_entry.c
 */
#ifndef LOG_ENTRY_H
#define LOG_ENTRY_H

#include "reportgen/log_line.h"
#include "share/rpt/jscan.h"

#define LOG_CURSOR_SIZE 512

struct log_entry {
	struct jscan js;
	struct defects defects;
	struct buf text;
	struct log_line line; /* text borrowed from here */
	char cursor[LOG_CURSOR_SIZE];
};

/* Makes a reader. */
void log_entry_init(struct log_entry *en);

/* Frees what it holds. */
void log_entry_clear(struct log_entry *en);

/*
 * Reads n octets. false: it is no entry with a cursor. line.len is 0 where it
 * has no text that a program with a process id wrote.
 */
bool log_entry_read(struct log_entry *en, const char *s, size_t n);

#endif
