/*
 * log_journal: systemd's journal, by a journalctl that runs beside us.
 *
 * Entries of syslog's facility mail, which Postfix logs to, with
 * --after-cursor, so that reading goes on exactly where it ended. What it is
 * opened with is the program, "journalctl" for the one in PATH.
 *
 * A position is (generation, number of the entry since the first one ever
 * read); the token of an entry is the cursor of the one before it.
 *
 * Thread safety: one thread per journal. Limits: entries of
 * LOG_JOURNAL_ENTRY_MAX octets, longer ones are passed over.
 * Tests: t/unit/log_journal.c, with a program in journalctl's place
 */
#ifndef LOG_JOURNAL_H
#define LOG_JOURNAL_H

#include "reportgen/log_input.h"

#define LOG_JOURNAL_ENTRY_MAX (256u * 1024)
#define LOG_JOURNAL_STEP 64 /* between the positions of two entries */

extern const struct log_input_kind log_journal;

#endif
