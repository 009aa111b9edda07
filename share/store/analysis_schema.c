/* analysis_schema: tables and statements of the analyzer - see analysis_schema.h */
#include "config.h"

#include "share/store/analysis_schema.h"
#include "share/store/analysis_sqlite.h"

/*
 * Columns that hold a text (org, domain, type, mx ...) hold its id in the
 * table text; 0 is the empty one.
 */
static const char schema_1[] =
    "CREATE TABLE text (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
    "INSERT INTO text (id, text) VALUES (0, '');"
    "CREATE TABLE source (id INTEGER PRIMARY KEY, "
    "name TEXT NOT NULL UNIQUE, state TEXT NOT NULL);"
    "CREATE TABLE seen (source INTEGER NOT NULL, item TEXT NOT NULL, "
    "mark BIGINT NOT NULL, PRIMARY KEY (source, item)) WITHOUT ROWID;"
    "CREATE TABLE report (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, "
    "report_id TEXT NOT NULL, begin_s BIGINT NOT NULL, "
    "end_s BIGINT NOT NULL, day INTEGER NOT NULL, "
    "received_s BIGINT NOT NULL, stored_s BIGINT NOT NULL, "
    "contact INTEGER NOT NULL, submitter INTEGER NOT NULL, "
    "source INTEGER NOT NULL, place TEXT NOT NULL, "
    "verdict INTEGER NOT NULL, trust INTEGER NOT NULL, "
    "dkim_domain INTEGER NOT NULL, defects INTEGER NOT NULL, "
    "success BIGINT NOT NULL, failure BIGINT NOT NULL, "
    "details BIGINT NOT NULL, ndetails INTEGER NOT NULL, "
    "npolicies INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX report_identity "
    "ON report (org, report_id, begin_s, end_s);"
    "CREATE INDEX report_day ON report (day);"
    "CREATE TABLE raw (report INTEGER PRIMARY KEY, json BLOB NOT NULL);"
    "CREATE TABLE policy_def (id INTEGER PRIMARY KEY, "
    "domain INTEGER NOT NULL, type INTEGER NOT NULL, "
    "strings INTEGER NOT NULL, mx INTEGER NOT NULL, "
    "UNIQUE (domain, type, strings, mx));"
    "CREATE TABLE policy (report INTEGER NOT NULL, n INTEGER NOT NULL, "
    "def INTEGER NOT NULL, domain INTEGER NOT NULL, day INTEGER NOT NULL, "
    "flags INTEGER NOT NULL, success BIGINT NOT NULL, "
    "failure BIGINT NOT NULL, PRIMARY KEY (report, n)) WITHOUT ROWID;"
    "CREATE INDEX policy_domain ON policy (domain, day);"
    "CREATE TABLE failure (report INTEGER NOT NULL, n INTEGER NOT NULL, "
    "k INTEGER NOT NULL, result INTEGER NOT NULL, "
    "sending_ip INTEGER NOT NULL, mx INTEGER NOT NULL, "
    "helo INTEGER NOT NULL, receiving_ip INTEGER NOT NULL, "
    "info INTEGER NOT NULL, reason INTEGER NOT NULL, "
    "sessions BIGINT NOT NULL, PRIMARY KEY (report, n, k)) WITHOUT ROWID;"
    /* sums; domain is the mail domain */
    "CREATE TABLE domain_day (domain INTEGER NOT NULL, "
    "type INTEGER NOT NULL, trust INTEGER NOT NULL, "
    "sibling INTEGER NOT NULL, day INTEGER NOT NULL, "
    "success BIGINT NOT NULL, failure BIGINT NOT NULL, "
    "reports INTEGER NOT NULL, "
    "PRIMARY KEY (domain, type, trust, sibling, day)) WITHOUT ROWID;"
    "CREATE TABLE sender_day (org INTEGER NOT NULL, "
    "trust INTEGER NOT NULL, day INTEGER NOT NULL, "
    "success BIGINT NOT NULL, failure BIGINT NOT NULL, "
    "reports INTEGER NOT NULL, salvaged INTEGER NOT NULL, "
    "PRIMARY KEY (org, trust, day)) WITHOUT ROWID;"
    "CREATE TABLE sender_defect (org INTEGER NOT NULL, "
    "defect INTEGER NOT NULL, trust INTEGER NOT NULL, "
    "day INTEGER NOT NULL, reports INTEGER NOT NULL, "
    "PRIMARY KEY (org, defect, trust, day)) WITHOUT ROWID;"
    "CREATE TABLE failure_kind (id INTEGER PRIMARY KEY, "
    "domain INTEGER NOT NULL, policy_domain INTEGER NOT NULL, "
    "type INTEGER NOT NULL, mx INTEGER NOT NULL, result INTEGER NOT NULL, "
    "org INTEGER NOT NULL, trust INTEGER NOT NULL, "
    "first_day INTEGER NOT NULL, UNIQUE (domain, policy_domain, type, mx, "
    "result, org, trust));"
    "CREATE TABLE failure_day (kind INTEGER NOT NULL, day INTEGER NOT NULL, "
    "sessions BIGINT NOT NULL, entries INTEGER NOT NULL, "
    "PRIMARY KEY (kind, day)) WITHOUT ROWID;"
    "CREATE TABLE held (def INTEGER NOT NULL, domain INTEGER NOT NULL, "
    "org INTEGER NOT NULL, trust INTEGER NOT NULL, "
    "first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, "
    "reports INTEGER NOT NULL, "
    "PRIMARY KEY (def, domain, org, trust)) WITHOUT ROWID;"
    /* counters of what came in, by the day it came */
    "CREATE TABLE arrival (day INTEGER NOT NULL, org INTEGER NOT NULL, "
    "reports INTEGER NOT NULL, PRIMARY KEY (day, org)) WITHOUT ROWID;"
    "CREATE TABLE mail (day INTEGER NOT NULL, verdict INTEGER NOT NULL, "
    "mails BIGINT NOT NULL, PRIMARY KEY (day, verdict)) WITHOUT ROWID;"
    "CREATE TABLE note (name TEXT NOT NULL PRIMARY KEY, "
    "value TEXT NOT NULL) WITHOUT ROWID;";

const char *const analysis_migrations[] = { schema_1 };

size_t
analysis_schema_version(void)
{
	return sizeof(analysis_migrations) / sizeof(*analysis_migrations);
}

/*
 * trusted_schema, cell_size_check: the file may be damaged. synchronous: what
 * came by a pipe is nowhere else. cache_size: in KiB, negative.
 */
const char analysis_settings[] = "PRAGMA synchronous = FULL;"
				 "PRAGMA trusted_schema = OFF;"
				 "PRAGMA cell_size_check = ON;"
				 "PRAGMA cache_size = -6144;"
				 "PRAGMA journal_size_limit = 4194304;"
				 "PRAGMA wal_autocheckpoint = 4000;"
				 "PRAGMA temp_store = MEMORY;";

const char *const analysis_statements[ANALYSIS_STATEMENTS] = {
	[ANALYSIS_BEGIN] = "BEGIN IMMEDIATE",
	[ANALYSIS_COMMIT] = "COMMIT",
	[ANALYSIS_VERSION] = "PRAGMA data_version",
	[ANALYSIS_PAGES] =
	    "SELECT (p.page_count - f.freelist_count) * s.page_size "
	    "FROM pragma_page_count p, pragma_freelist_count f, "
	    "pragma_page_size s",
	[ANALYSIS_TEXT_FIND] = "SELECT id FROM text WHERE text = ?1",
	[ANALYSIS_TEXT_ADD] = "INSERT INTO text (text) VALUES (?1)",
	[ANALYSIS_TEXT_GET] = "SELECT text FROM text WHERE id = ?1",
	[ANALYSIS_REPORT_ADD] =
	    "INSERT INTO report (org, report_id, begin_s, end_s, day, "
	    "received_s, stored_s, contact, submitter, source, place, verdict, "
	    "trust, dkim_domain, defects, success, failure, details, ndetails, "
	    "npolicies) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
	    "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20) "
	    "ON CONFLICT (org, report_id, begin_s, end_s) DO NOTHING",
	[ANALYSIS_REPORT_FIND] =
	    "SELECT id, trust FROM report WHERE org = ?1 AND report_id = ?2 "
	    "AND begin_s = ?3 AND end_s = ?4",
	[ANALYSIS_REPORT_REMOVE] = "DELETE FROM report WHERE id = ?1",
	[ANALYSIS_REPORT_TRUST] =
	    "UPDATE report SET trust = ?2, dkim_domain = ?3 WHERE id = ?1",
	[ANALYSIS_RAW_ADD] = "INSERT INTO raw (report, json) VALUES (?1, ?2)",
	[ANALYSIS_RAW_REMOVE] = "DELETE FROM raw WHERE report = ?1",
	[ANALYSIS_DEF_FIND] =
	    "SELECT id FROM policy_def WHERE domain = ?1 AND type = ?2 "
	    "AND strings = ?3 AND mx = ?4",
	[ANALYSIS_DEF_ADD] =
	    "INSERT INTO policy_def (domain, type, strings, mx) "
	    "VALUES (?1, ?2, ?3, ?4)",
	[ANALYSIS_POLICY_ADD] =
	    "INSERT INTO policy (report, n, def, domain, day, flags, success, "
	    "failure) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ANALYSIS_POLICY_REMOVE] = "DELETE FROM policy WHERE report = ?1",
	[ANALYSIS_FAILURE_ADD] =
	    "INSERT INTO failure (report, n, k, result, sending_ip, mx, helo, "
	    "receiving_ip, info, reason, sessions) VALUES (?1, ?2, ?3, ?4, ?5, "
	    "?6, ?7, ?8, ?9, ?10, ?11)",
	[ANALYSIS_FAILURE_REMOVE] = "DELETE FROM failure WHERE report = ?1",
	[ANALYSIS_DOMAIN_DAY] =
	    "INSERT INTO domain_day (domain, type, trust, sibling, day, "
	    "success, failure, reports) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
	    "?8) ON CONFLICT (domain, type, trust, sibling, day) DO UPDATE SET "
	    "success = domain_day.success + excluded.success, "
	    "failure = domain_day.failure + excluded.failure, "
	    "reports = domain_day.reports + excluded.reports",
	[ANALYSIS_SENDER_DAY] =
	    "INSERT INTO sender_day (org, trust, day, success, failure, "
	    "reports, salvaged) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
	    "ON CONFLICT (org, trust, day) DO UPDATE SET "
	    "success = sender_day.success + excluded.success, "
	    "failure = sender_day.failure + excluded.failure, "
	    "reports = sender_day.reports + excluded.reports, "
	    "salvaged = sender_day.salvaged + excluded.salvaged",
	[ANALYSIS_SENDER_DEFECT] =
	    "INSERT INTO sender_defect (org, defect, trust, day, reports) "
	    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (org, defect, trust, day) "
	    "DO UPDATE SET reports = sender_defect.reports + excluded.reports",
	[ANALYSIS_KIND_FIND] =
	    "SELECT id, first_day FROM failure_kind WHERE domain = ?1 "
	    "AND policy_domain = ?2 AND type = ?3 AND mx = ?4 "
	    "AND result = ?5 AND org = ?6 AND trust = ?7",
	[ANALYSIS_KIND_ADD] =
	    "INSERT INTO failure_kind (domain, policy_domain, type, mx, "
	    "result, org, trust, first_day) "
	    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[ANALYSIS_KIND_FIRST] =
	    "UPDATE failure_kind SET first_day = ?2 WHERE id = ?1",
	[ANALYSIS_KIND_DAY] =
	    "INSERT INTO failure_day (kind, day, sessions, entries) "
	    "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, day) DO UPDATE SET "
	    "sessions = failure_day.sessions + excluded.sessions, "
	    "entries = failure_day.entries + excluded.entries",
	[ANALYSIS_HELD] =
	    "INSERT INTO held (def, domain, org, trust, first_day, last_day, "
	    "reports) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
	    "ON CONFLICT (def, domain, org, trust) DO UPDATE SET "
	    "first_day = CASE WHEN held.first_day < excluded.first_day "
	    "THEN held.first_day ELSE excluded.first_day END, "
	    "last_day = CASE WHEN held.last_day > excluded.last_day "
	    "THEN held.last_day ELSE excluded.last_day END, "
	    "reports = held.reports + excluded.reports",
	[ANALYSIS_ARRIVAL_GET] =
	    "SELECT reports FROM arrival WHERE day = ?1 AND org = ?2",
	[ANALYSIS_ARRIVAL_ADD] =
	    "INSERT INTO arrival (day, org, reports) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT (day, org) DO UPDATE SET "
	    "reports = arrival.reports + excluded.reports",
	[ANALYSIS_COUNT] =
	    "INSERT INTO mail (day, verdict, mails) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT (day, verdict) DO UPDATE SET "
	    "mails = mail.mails + excluded.mails",
	[ANALYSIS_SEEN_ADD] =
	    "INSERT INTO seen (source, item, mark) VALUES (?1, ?2, ?3) "
	    "ON CONFLICT (source, item) DO UPDATE SET mark = excluded.mark",
	[ANALYSIS_SEEN_REMOVE] =
	    "DELETE FROM seen WHERE source = ?1 AND item = ?2",
	[ANALYSIS_SEEN_GET] =
	    "SELECT mark FROM seen WHERE source = ?1 AND item = ?2",
};
