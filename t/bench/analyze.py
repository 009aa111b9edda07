#!/usr/bin/python3
"""Baseline of t/bench/analyze: Python's standard library reads the reports of a
Maildir into SQLite. Usage: analyze.py MAILDIR DATABASE. Prints the number of
reports and the sums, so that both can be seen to read the same."""
import gzip
import json
import mailbox
import sqlite3
import sys

maildir, database = sys.argv[1:]
db = sqlite3.connect(database)
db.executescript("""
PRAGMA journal_mode = WAL;
CREATE TABLE seen (name TEXT PRIMARY KEY);
CREATE TABLE report (id INTEGER PRIMARY KEY, org TEXT, report_id TEXT,
    begin TEXT, end TEXT, contact TEXT, submitter TEXT, received TEXT,
    place TEXT, UNIQUE (org, report_id, begin, end));
CREATE INDEX report_begin ON report (begin);
CREATE TABLE policy (report INTEGER, type TEXT, domain TEXT, strings TEXT,
    mx TEXT, success INTEGER, failure INTEGER);
CREATE INDEX policy_domain ON policy (domain);
CREATE INDEX policy_report ON policy (report);
CREATE TABLE failure (report INTEGER, result TEXT, sending_ip TEXT, mx TEXT,
    helo TEXT, receiving_ip TEXT, info TEXT, reason TEXT, sessions INTEGER);
CREATE INDEX failure_report ON failure (report);
""")
reports = success = failure = 0
box = mailbox.Maildir(maildir, create=False)
for name in box.iterkeys():
    if db.execute("SELECT 1 FROM seen WHERE name = ?", (name,)).fetchone():
        continue
    mail = box[name]
    db.execute("INSERT INTO seen VALUES (?)", (name,))
    for part in mail.walk():
        if part.get_content_type() != "application/tlsrpt+gzip":
            continue
        r = json.loads(gzip.decompress(part.get_payload(decode=True)))
        cursor = db.execute("INSERT OR IGNORE INTO report (org, report_id, "
            "begin, end, contact, submitter, received, place) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (r["organization-name"],
            r["report-id"], r["date-range"]["start-datetime"],
            r["date-range"]["end-datetime"], r["contact-info"],
            mail["TLS-Report-Submitter"], mail["Date"], name))
        if cursor.rowcount == 0:
            continue
        reports += 1
        for p in r["policies"]:
            s = p["summary"]
            success += s["total-successful-session-count"]
            failure += s["total-failure-session-count"]
            db.execute("INSERT INTO policy VALUES (?, ?, ?, ?, ?, ?, ?)",
                (cursor.lastrowid, p["policy"]["policy-type"],
                p["policy"]["policy-domain"],
                "\n".join(p["policy"].get("policy-string", ())),
                "\n".join(p["policy"].get("mx-host", ())),
                s["total-successful-session-count"],
                s["total-failure-session-count"]))
            for d in p.get("failure-details", ()):
                db.execute("INSERT INTO failure VALUES "
                    "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (cursor.lastrowid, d["result-type"],
                    d.get("sending-mta-ip"), d.get("receiving-mx-hostname"),
                    d.get("receiving-mx-helo"), d.get("receiving-ip"),
                    d.get("additional-information"),
                    d.get("failure-reason-code"), d["failed-session-count"]))
db.commit()
print(reports, success, failure)
