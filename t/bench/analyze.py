#!/usr/bin/python3
"""Baseline of t/bench/analyze: Python's standard library reads the reports of a
Maildir into SQLite. Usage: analyze.py MAILDIR DATABASE. Prints the number of
reports and the sums, so that both can be seen to read the same."""
import email
import email.policy
import gzip
import json
import os
import sqlite3
import sys

maildir, database = sys.argv[1:]
db = sqlite3.connect(database)
db.executescript("""
PRAGMA journal_mode = WAL;
CREATE TABLE report (id INTEGER PRIMARY KEY, org TEXT, report_id TEXT,
    begin TEXT, end TEXT, UNIQUE (org, report_id, begin, end));
CREATE TABLE policy (report INTEGER, type TEXT, domain TEXT, success INTEGER,
    failure INTEGER);
CREATE TABLE failure (report INTEGER, result TEXT, mx TEXT, sessions INTEGER);
""")
reports = success = failure = 0
for folder in ("new", "cur"):
    for name in os.listdir(os.path.join(maildir, folder)):
        with open(os.path.join(maildir, folder, name), "rb") as f:
            mail = email.message_from_binary_file(f,
                policy=email.policy.compat32)
        for part in mail.walk():
            if part.get_content_type() != "application/tlsrpt+gzip":
                continue
            r = json.loads(gzip.decompress(part.get_payload(decode=True)))
            cursor = db.execute(
                "INSERT OR IGNORE INTO report (org, report_id, begin, end) "
                "VALUES (?, ?, ?, ?)", (r["organization-name"],
                r["report-id"], r["date-range"]["start-datetime"],
                r["date-range"]["end-datetime"]))
            if cursor.rowcount == 0:
                continue
            reports += 1
            for p in r["policies"]:
                s = p["summary"]
                success += s["total-successful-session-count"]
                failure += s["total-failure-session-count"]
                db.execute("INSERT INTO policy VALUES (?, ?, ?, ?, ?)",
                    (cursor.lastrowid, p["policy"]["policy-type"],
                    p["policy"]["policy-domain"],
                    s["total-successful-session-count"],
                    s["total-failure-session-count"]))
                for d in p.get("failure-details", ()):
                    db.execute("INSERT INTO failure VALUES (?, ?, ?, ?)",
                        (cursor.lastrowid, d["result-type"],
                        d.get("receiving-mx-hostname"),
                        d["failed-session-count"]))
db.commit()
print(reports, success, failure)
