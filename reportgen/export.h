/*
 * export: gives a day's sessions to another host, and takes those of others:
 * the sub-commands "export --day D" and "import FILE|-".
 *
 * A session is given once: what an export (reportgen/exchange.h) holds is
 * taken out of report.db in one transaction, after the export is on disk below
 * STATE/export. So only a host that does not report itself may give, with
 * [report.deliver] via = "none". Each call prints all exports of the day, so
 * that one that got lost on the way is there again the next time; whoever
 * imports passes over those that are known. The last one of a day that has
 * ended says so, even when it is empty: reporters wait for it.
 *
 * Thread safety: that of the connection. Tests: t/unit/exchange.c,
 * t/system/reportgen-commands.t
 */
#ifndef EXPORT_H
#define EXPORT_H

#include "share/conf/conf.h"
#include "share/store/report_db.h"

#include <stdint.h>
#include <stdio.h>

/*
 * Writes a new export of the day below dir (which must be there) where there
 * is something to tell; *last becomes the number of the day's exports.
 * complete_s: everything before has been stored.
 */
int export_make(struct report_db *db, const char *dir, const char *host,
    int64_t day_s, int64_t complete_s, int64_t *last, struct err *e) MUST_CHECK;

/* Copies the day's exports 1 to last from dir to out. */
int export_print(const char *dir, int64_t day_s, int64_t last, FILE *out,
    struct err *e) MUST_CHECK;

/* What became of one export that was imported. */
struct import_result {
	const char *host;
	int64_t day_s, sequence;
	bool known; /* it was here before: nothing changed */
	uint64_t rows, sessions;
};

/*
 * Takes all exports of in, each in a transaction of its own, and calls told()
 * for each. self is this host's name, whose exports are refused. -1 and e at
 * the first that is wrong: none of it is kept, those before are.
 */
int import_read(struct report_db *db, const char *self, FILE *in,
    void (*told)(void *arg, const struct import_result *r), void *arg,
    struct err *e) MUST_CHECK;

/* Run the commands; the exit status. */
int export_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

/* The other one. */
int import_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
