/* report_schema: the tables of report.db - see report_db_part.h */
#include "config.h"

#include "share/store/report_db_part.h"

#define BUSY_MS 5000

static const char *const steps[] = {
	/* figures by name; "hash-key-0" and "-1" are the key of all hashes */
	"CREATE TABLE number (name TEXT NOT NULL PRIMARY KEY, "
	"value BIGINT NOT NULL);"

	/*
	 * Collected sessions. Texts, policies and failures are stored once;
	 * 0 stands for a text that is absent. A hash is indexed, not the text:
	 * the index is a fraction of the texts. body: each policy-string as
	 * "s...\n", each mx-host as "m...\n".
	 */
	"CREATE TABLE text (id INTEGER PRIMARY KEY, hash BIGINT NOT NULL, "
	"text TEXT NOT NULL);"
	"CREATE INDEX text_hash ON text (hash);"
	"CREATE TABLE policy (id INTEGER PRIMARY KEY, hash BIGINT NOT NULL, "
	"type INTEGER NOT NULL, domain BIGINT NOT NULL, body TEXT NOT NULL);"
	"CREATE INDEX policy_hash ON policy (hash);"
	"CREATE TABLE failure (id INTEGER PRIMARY KEY, hash BIGINT NOT NULL, "
	"result INTEGER NOT NULL, sending_ip BIGINT NOT NULL, "
	"mx BIGINT NOT NULL, helo BIGINT NOT NULL, "
	"receiving_ip BIGINT NOT NULL, info BIGINT NOT NULL, "
	"reason BIGINT NOT NULL);"
	"CREATE INDEX failure_hash ON failure (hash);"
	"CREATE TABLE counted (id INTEGER PRIMARY KEY, "
	"domain BIGINT NOT NULL, begin_s BIGINT NOT NULL, "
	"length_s INTEGER NOT NULL, host BIGINT NOT NULL, "
	"policy BIGINT NOT NULL, success BIGINT NOT NULL, "
	"failure BIGINT NOT NULL, "
	"UNIQUE (domain, begin_s, length_s, host, policy));"
	"CREATE TABLE detail (counted BIGINT NOT NULL, "
	"failure BIGINT NOT NULL, sessions BIGINT NOT NULL, "
	"PRIMARY KEY (counted, failure));"
	"CREATE TABLE record (domain BIGINT NOT NULL PRIMARY KEY, "
	"record BIGINT NOT NULL);"

	/*
	 * Reports that were made, each with its destinations. settled_s: when
	 * the last of them was, 0 before. packed: NULL once it was forgotten.
	 */
	"CREATE TABLE report (number INTEGER PRIMARY KEY, "
	"id TEXT NOT NULL UNIQUE, domain TEXT NOT NULL, "
	"submitter TEXT NOT NULL, record TEXT NOT NULL, "
	"begin_s BIGINT NOT NULL, end_s BIGINT NOT NULL, "
	"part INTEGER NOT NULL, made_s BIGINT NOT NULL, "
	"due_s BIGINT NOT NULL, settled_s BIGINT NOT NULL, "
	"success BIGINT NOT NULL, failure BIGINT NOT NULL, "
	"missing TEXT NOT NULL, state INTEGER NOT NULL, packed BLOB);"
	"CREATE INDEX report_range ON report (domain, begin_s, end_s);"
	"CREATE INDEX report_state ON report (state, due_s);"
	"CREATE TABLE destination (report BIGINT NOT NULL, "
	"uri TEXT NOT NULL, place INTEGER NOT NULL, target TEXT NOT NULL, "
	"fate INTEGER NOT NULL, tries INTEGER NOT NULL, "
	"first_s BIGINT NOT NULL, next_s BIGINT NOT NULL, "
	"settled_s BIGINT NOT NULL, error TEXT NOT NULL, "
	"PRIMARY KEY (report, uri));"
	"CREATE INDEX destination_next ON destination (fate, next_s);"
	"CREATE INDEX destination_target ON destination (target, settled_s);"
	"CREATE TABLE suppressed (target TEXT NOT NULL PRIMARY KEY, "
	"until_s BIGINT NOT NULL, why TEXT NOT NULL, "
	"since_s BIGINT NOT NULL);"
	"CREATE TABLE held (domain TEXT NOT NULL PRIMARY KEY);"
};

const struct sqlite_schema report_schema = {
	.steps = steps,
	.nsteps = sizeof(steps) / sizeof(*steps),
	/* what is kept of the log after a big transaction */
	.settings = "PRAGMA cache_size = -1024;"
		    "PRAGMA wal_autocheckpoint = 64;"
		    "PRAGMA journal_size_limit = 65536;",
	.busy_ms = BUSY_MS,
};
