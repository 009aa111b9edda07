/*
 * conf: the one config file of the three programs, parsed and checked.
 *
 * tlsherald.toml(5). One row of the table in conf_table.c drives parser,
 * defaults, -T dump and the test that the documents name every key. A file
 * is accepted whole or not at all. Every semantic mistake of a file is
 * reported at once, a syntax error alone. Text that depends on the host
 * (globs, "file:PATH" lists, whether a path exists) is kept as written and
 * judged by who uses it; no secret is ever read here.
 *
 * Thread safety: a loaded struct conf never changes; it is shared by
 * reference count (conf_ref, conf_unref, both safe from every thread).
 * Limits: CONF_FILE_MAX octets, CONF_MISTAKES_MAX messages, CONF_LIST_MAX
 * items of a list, CONF_IDS_MAX strategies.
 * Tests: t/unit/conf.c, t/fuzz/fuzz_conf.c, t/system/config.t
 */
#ifndef CONF_H
#define CONF_H

#include "share/base/err.h"
#include "share/conf/expr.h"
#include "share/conf/strategy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONF_FILE_MAX (1 << 20)
#define CONF_MISTAKES_MAX 100
#define CONF_LIST_MAX 4096
#define CONF_IDS_MAX 1024

/* A list of strings; owned by the conf. */
struct conf_list {
	char **item;
	size_t n;
};

/* One rule; expr NULL is the "else". */
struct conf_rule {
	char *source; /* text of the condition, NULL for else */
	struct expr *expr;
	size_t choice; /* of [queue.strategy] tls an index into
			* conf.strategies, of send an enum conf_send */
};

/* RFC 7646: a name below which DNSSEC failures are passed over. */
struct conf_nta {
	char *name;
	int64_t until_s; /* seconds since 1970; 0: no end */
	char *reason;
};

enum conf_log_to { CONF_LOG_AUTO, CONF_LOG_SYSLOG, CONF_LOG_STDERR };
enum conf_tag { CONF_TAG_NONE, CONF_TAG_SUMMARY, CONF_TAG_FULL };
enum conf_verdict { CONF_ACCEPT, CONF_TEMPFAIL, CONF_REJECT };
enum conf_tls_required { CONF_TLS_REQUIRED_HONOR, CONF_TLS_REQUIRED_REJECT };
enum conf_mode { CONF_ENFORCE, CONF_OBSERVE };
enum conf_auto { CONF_AUTO, CONF_YES, CONF_NO };
enum conf_send { CONF_HOURLY, CONF_DAILY, CONF_WEEKLY, CONF_NEVER };
enum conf_dkim { CONF_DKIM_REQUIRE, CONF_DKIM_MARK, CONF_DKIM_IGNORE };
enum conf_algorithm { CONF_RSA_SHA256, CONF_ED25519_SHA256 };

/* One [signature.<id>]: how reports are signed. */
struct conf_signature {
	char *id;
	int algorithm; /* enum conf_algorithm */
	char *domain;
	char *selector;
	char *private_key; /* "file:PATH" or "cmd:COMMAND" */
};

struct conf {
	struct {
		char *hostname;
		char *state_dir;
		char *user;
		char *group;
		struct conf_list domains;
	} server;
	struct {
		int to;    /* enum conf_log_to */
		int level; /* enum log_level */
	} log;
	char *control_socket;
	char *metrics_listen; /* of every program: conf_metrics_listen() */
	struct {
		char *milter;
		char *reportgen;
		char *analyzer;
	} metrics;
	struct conf_list net_allow; /* CIDR blocks, checked */
	struct {
		/* "system", "iterate" or addresses, each ADDR[@PORT] */
		struct conf_list servers;
		char *trust_anchors;
		struct conf_nta *ntas;
		size_t nntas;
	} dns;
	char *sts_ca_file; /* "": the system's store */
	struct {
		char *listen;
		struct conf_list mailers;
		struct conf_list local_domains;
		int tag_header;       /* enum conf_tag */
		int on_unsatisfiable; /* enum conf_verdict */
		int on_unsteerable;   /* enum conf_verdict */
		struct conf_list steered;
		int64_t refusal_wait_ms;
		int tls_required_no; /* enum conf_tls_required */
		int sendmail_dane;   /* enum conf_auto */
		int64_t queue_lifetime_ms;
	} milter;
	struct {
		struct conf_list listen;
		int mode;       /* enum conf_mode */
		int mta_dnssec; /* enum conf_auto */
		char *site_level;
	} policy;
	struct conf_rule *rules;
	size_t nrules;
	struct strategy *strategies; /* [0] is always "default" */
	size_t nstrategies;
	char *report_from_address; /* "": reports are not set up */
	char *report_socket;
	struct {
		/* used by reportgen and analyzer */
		char *domain;
		char *submitter; /* "": the domain of contact_info */
		char *from_name;
		char *org_name;
		char *contact_info;
		char *subject; /* "": the one of RFC 8460 section 5.3 */
		struct conf_rule *send_rules; /* conf_send_for() */
		size_t nsend_rules;
		int64_t spread_ms; /* of daily and weekly reports */
		int64_t max_size;
		int64_t keep_sent_ms;   /* octets of reports, for resend */
		struct conf_list hosts; /* others of the site, waited for */
		int64_t grace_ms;       /* at most so long */
		struct conf_list sign;  /* ids of signatures */
		char *collect_mode;     /* octal */
		char *collect_owner;    /* "": server.user */
		char *collect_group;    /* "": postfix, else server.group */
		int64_t queue;          /* datagrams that may wait */
		int64_t memory;         /* octets of what is not stored yet */
		int64_t keep_ms;        /* of sessions not reported */
		char *log;              /* path, "journal", "": none */
		struct conf_list log_names; /* syslog names of the MTA */
		char *policy; /* where the json map is; "": policy.listen */
		char *deliver_via; /* smtp://, sendmail:, none */
		int64_t retry_ms;
		int64_t per_address, per_host; /* mails or posts a day */
		bool https;
		struct conf_list addresses;
		struct conf_list sources;
		int64_t store_ms;
		int64_t store_size;
		int64_t per_organization; /* reports a day */
		bool keep_raw;
		bool forward;
		int dkim; /* enum conf_dkim */
		struct conf_list alert_on;
		int64_t alert_rate; /* percent */
		int64_t alert_digest_ms;
		char *alert_quiet; /* "22:00-07:00", "": never */
		struct conf_list alert_mail;
		char *alert_webhook; /* "": none */
		char *alert_command; /* a path, "": none */
	} report;
	struct conf_signature *signatures;
	size_t nsignatures;
	unsigned refs;
};

/*
 * What is wrong or worth knowing, each line "FILE:LINE:COLUMN: message"
 * (without line and column where the file could not be read).
 */
struct conf_mistakes {
	char **line;
	size_t n;
};

/*
 * Reads and checks path. Gives a conf with one reference; or NULL with the
 * mistakes (at least one). notices receives what is legal but without effect
 * or doubtful, and nothing beside mistakes. Either may be NULL; both are
 * overwritten, not added to. Free them with conf_mistakes_clear().
 */
struct conf *conf_load(const char *path, struct conf_mistakes *mistakes,
    struct conf_mistakes *notices) MUST_CHECK;

/* As conf_load() for text in memory; name stands for the path in messages. */
struct conf *conf_parse(const char *name, const char *text, size_t len,
    struct conf_mistakes *mistakes, struct conf_mistakes *notices) MUST_CHECK;

/* Frees what the list holds. */
void conf_mistakes_clear(struct conf_mistakes *m);

/* Takes one more reference; returns c. */
struct conf *conf_ref(struct conf *c);

/* Gives one reference back; NULL is fine. */
void conf_unref(struct conf *c);

/* Writes the effective config as TOML that loads again; secrets never. */
void conf_dump(const struct conf *c, FILE *out);

/* The strategy called id, or NULL. Borrowed from c. */
const struct strategy *conf_strategy(const struct conf *c, const char *id);

/*
 * The strategy that the rules choose for what is known in vars; the index
 * of the rule in *rule when not NULL (nrules: none fitted, "default").
 */
const struct strategy *conf_choose(const struct conf *c,
    const struct expr_vars *vars, size_t *rule);

/* How often reports about a domain (normal form) are sent. */
enum conf_send conf_send_for(const struct conf *c, const char *domain);

/*
 * Whether a lookup that knows the recipient domain alone can never match
 * rule i (its condition reads something else).
 */
bool conf_rule_needs_message(const struct conf *c, size_t i);

/*
 * Where program ("milter", "reportgen", "analyzer") serves its metrics: its
 * own setting, else the common one; "" for nowhere. Borrowed from c.
 */
const char *conf_metrics_listen(const struct conf *c, const char *program);

/* Whether any strategy has dane or mta-sts = require. */
bool conf_may_refuse(const struct conf *c);

#endif
