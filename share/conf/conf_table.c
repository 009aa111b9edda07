/* conf_table: every key that a config file may have - see conf_table.h */
#include "config.h"

#include "share/conf/conf_table.h"

#include "share/conf/conf_check.h"

#include <string.h>

#define CONF(member) offsetof(struct conf, member)
#define STRATEGY(member) offsetof(struct strategy, member)
#define SIGNATURE(member) offsetof(struct conf_signature, member)

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define DAY INT64_C(86400000)
#define KB 1024
#define MB (1024 * KB)

/* in the order of the enums of conf.h, strategy.h and log.h */
static const char *const names_to[] = { "auto", "syslog", "stderr", NULL };
static const char *const names_level[] = { "error", "warn", "info", "debug",
	NULL };
static const char *const names_tag[] = { "none", "summary", "full", NULL };
static const char *const names_verdict[] = { "accept", "tempfail", "reject",
	NULL };
static const char *const names_required[] = { "honor", "reject", NULL };
static const char *const names_mode[] = { "enforce", "observe", NULL };
static const char *const names_auto[] = { "auto", "yes", "no", NULL };
static const char *const names_want[] = { "optional", "require", "disable",
	NULL };
static const char *const names_send[] = { "hourly", "daily", "weekly", "never",
	NULL };
static const char *const names_dkim[] = { "require", "mark", "ignore", NULL };
static const char *const names_algorithm[] = { "rsa-sha256", "ed25519-sha256",
	NULL };
/* postconf(5) smtp_tls_security_level */
static const char *const names_site[] = { "none", "may", "encrypt", "dane",
	"dane-only", "fingerprint", "verify", "secure", NULL };

/* clang-format off */
static const struct conf_key table[] = {
	{ "server", "hostname", CONF_T_STRING, CONF(server.hostname),
	    .check = conf_check_host,
	    .help = "name of this host (default: the host's name)" },
	{ "server", "state-dir", CONF_T_STRING, CONF(server.state_dir),
	    .standard = "\"/var/lib/tlsherald\"", .check = conf_check_path,
	    .help = "directory of what must survive a restart" },
	{ "server", "user", CONF_T_STRING, CONF(server.user),
	    .standard = "\"tlsherald\"", .check = conf_check_filled,
	    .help = "user to run as when started as root" },
	{ "server", "group", CONF_T_STRING, CONF(server.group),
	    .standard = "\"tlsherald\"", .check = conf_check_filled,
	    .help = "group to run as when started as root" },
	{ "server", "domains", CONF_T_LIST, CONF(server.domains),
	    .standard = "[]", .check = conf_check_domains,
	    .help = "the site's own domains; empty: any" },

	{ "log", "to", CONF_T_ENUM, CONF(log.to),
	    .standard = "\"auto\"", .names = names_to,
	    .help = "syslog (mail) as a daemon, stderr with -f" },
	{ "log", "level", CONF_T_ENUM, CONF(log.level),
	    .standard = "\"info\"", .names = names_level,
	    .help = "least important line that is written" },

	{ "control", "socket", CONF_T_STRING, CONF(control_socket),
	    .standard = "\"/run/tlsherald/milter.ctl\"",
	    .check = conf_check_socket,
	    .help = "where the running milter takes commands" },

	{ "metrics", "listen", CONF_T_STRING, CONF(metrics_listen),
	    .standard = "\"\"", .check = conf_check_metrics,
	    .help = "ADDRESS:PORT of the metrics of every program" },
	{ "metrics.milter", "listen", CONF_T_STRING, CONF(metrics.milter),
	    .standard = "\"\"", .check = conf_check_metrics,
	    .help = "the same of tlsherald-milter alone" },
	{ "metrics.reportgen", "listen", CONF_T_STRING,
	    CONF(metrics.reportgen),
	    .standard = "\"\"", .check = conf_check_metrics,
	    .help = "the same of tlsherald-reportgen alone" },
	{ "metrics.analyzer", "listen", CONF_T_STRING, CONF(metrics.analyzer),
	    .standard = "\"\"", .check = conf_check_metrics, .later = true,
	    .help = "the same of tlsherald-analyzer alone" },

	{ "net", "allow", CONF_T_LIST, CONF(net_allow),
	    .standard = "[]", .check = conf_check_cidr,
	    .help = "private addresses that HTTPS fetches may reach" },

	{ "dns", "servers", CONF_T_LIST, CONF(dns.servers),
	    .standard = "\"system\"", .check = conf_check_server,
	    .help = "resolv.conf's, \"iterate\" from the root, or a list" },
	{ "dns", "trust-anchors", CONF_T_STRING, CONF(dns.trust_anchors),
	    .standard = "\"/usr/share/dns/root.key\"",
	    .check = conf_check_path,
	    .help = "file of the DNSSEC trust anchors" },
	{ "dns", "negative-trust-anchors", CONF_T_NTAS, CONF(dns.ntas),
	    .standard = "[]",
	    .help = "RFC 7646, each { name, until, reason }" },

	{ "mta-sts", "ca-file", CONF_T_STRING, CONF(sts_ca_file),
	    .standard = "\"\"", .check = conf_check_path_or_none,
	    .help = "roots for policy hosts; empty: the system's" },

	{ "milter", "listen", CONF_T_STRING, CONF(milter.listen),
	    .standard = "\"inet:8460@127.0.0.1\"",
	    .check = conf_check_milter,
	    .help = "where the MTA finds the milter" },
	{ "milter", "mailers", CONF_T_LIST, CONF(milter.mailers),
	    .standard =
		"[\"smtp\", \"relay\", \"esmtp\", \"smtp8\", \"dsmtp\"]",
	    .check = conf_check_filled,
	    .help = "values of {rcpt_mailer} that leave the host" },
	{ "milter", "local-domains", CONF_T_LIST, CONF(milter.local_domains),
	    .standard = "[]", .check = conf_check_domain_glob,
	    .help = "local domains, for mail without {rcpt_mailer}" },
	{ "milter", "tag-header", CONF_T_ENUM, CONF(milter.tag_header),
	    .standard = "\"summary\"", .names = names_tag,
	    .help = "what X-TLS-Requirement tells" },
	{ "milter", "on-unsatisfiable", CONF_T_ENUM,
	    CONF(milter.on_unsatisfiable),
	    .standard = "\"reject\"", .names = names_verdict,
	    .help = "recipients whose requirement provably cannot be met" },
	{ "milter", "on-unsteerable", CONF_T_ENUM,
	    CONF(milter.on_unsteerable),
	    .standard = "\"reject\"", .names = names_verdict,
	    .help = "messages whose strategy cannot reach the delivery" },
	{ "milter", "steered", CONF_T_LIST, CONF(milter.steered),
	    .standard = "[]", .check = conf_check_id,
	    .help = "strategies that have their own transport" },
	{ "milter", "refusal-wait", CONF_T_DURATION,
	    CONF(milter.refusal_wait_ms),
	    .standard = "\"2s\"", .min = 0, .max = 20 * SECOND,
	    .help = "longest wait for a proof before RCPT is answered" },
	{ "milter", "tls-required-no", CONF_T_ENUM,
	    CONF(milter.tls_required_no),
	    .standard = "\"honor\"", .names = names_required,
	    .help = "TLS-Required: No in a message (RFC 8689)" },

	{ "milter", "sendmail-dane", CONF_T_ENUM, CONF(milter.sendmail_dane),
	    .standard = "\"auto\"", .names = names_auto,
	    .help = "whether the local Sendmail does DANE itself" },
	{ "milter", "queue-lifetime", CONF_T_DURATION,
	    CONF(milter.queue_lifetime_ms),
	    .standard = "\"5d\"", .min = 60 * MINUTE, .max = 60 * DAY,
	    .help = "how long a message may wait in Sendmail's queue" },

	{ "policy", "listen", CONF_T_LIST, CONF(policy.listen),
	    .standard = "[\"inet:127.0.0.1:8461\"]",
	    .check = conf_check_listen,
	    .help = "where the MTA finds the policy map" },
	{ "policy", "mode", CONF_T_ENUM, CONF(policy.mode),
	    .standard = "\"enforce\"", .names = names_mode,
	    .help = "observe: decide and count, demand nothing" },
	{ "policy", "mta-dnssec", CONF_T_ENUM, CONF(policy.mta_dnssec),
	    .standard = "\"auto\"", .names = names_auto,
	    .help = "whether the MTA's own resolver gives AD" },
	{ "policy", "site-level", CONF_T_WORD, CONF(policy.site_level),
	    .standard = "\"may\"", .names = names_site,
	    .help = "Postfix's smtp_tls_security_level" },

	{ "queue.strategy", "tls", CONF_T_RULES, CONF(rules),
	    .help = "rules that choose the strategy, the first match wins" },

	{ "queue.tls.*", "dane", CONF_T_ENUM, STRATEGY(dane),
	    .home = CONF_H_STRATEGY,
	    .standard = "\"optional\"", .names = names_want,
	    .help = "DANE (RFC 7672)" },
	{ "queue.tls.*", "mta-sts", CONF_T_ENUM, STRATEGY(mta_sts),
	    .home = CONF_H_STRATEGY,
	    .standard = "\"optional\"", .names = names_want,
	    .help = "MTA-STS (RFC 8461)" },
	{ "queue.tls.*", "starttls", CONF_T_ENUM, STRATEGY(starttls),
	    .home = CONF_H_STRATEGY,
	    .standard = "\"optional\"", .names = names_want,
	    .help = "TLS where neither of them decides" },
	{ "queue.tls.*", "allow-invalid-certs", CONF_T_BOOL,
	    STRATEGY(allow_invalid_certs),
	    .home = CONF_H_STRATEGY, .standard = "false",
	    .help = "starttls = require takes any certificate" },
	{ "queue.tls.*.timeout", "tls", CONF_T_DURATION,
	    STRATEGY(tls_timeout_ms),
	    .home = CONF_H_STRATEGY,
	    .standard = "\"3m\"", .min = SECOND, .max = 60 * MINUTE,
	    .help = "of the handshake, for generated transports",
	    .remark = "smtp_starttls_timeout of generated transports" },
	{ "queue.tls.*.timeout", "mta-sts", CONF_T_DURATION,
	    STRATEGY(sts_timeout_ms),
	    .home = CONF_H_STRATEGY,
	    .standard = "\"60s\"", .min = SECOND, .max = DAY,
	    .help = "of a policy fetch in the background, 60s at most" },

	{ "report", "domain", CONF_T_STRING, CONF(report.domain),
	    .standard = "\"\"", .check = conf_check_host_or_none,
	    .help = "the domain that reports" },
	{ "report", "submitter", CONF_T_STRING, CONF(report.submitter),
	    .standard = "\"\"", .check = conf_check_host_or_none,
	    .help = "Submitter of reports (default: contact-info's domain)" },
	{ "report.tls.aggregate", "from-name", CONF_T_STRING,
	    CONF(report.from_name),
	    .standard = "\"TLS Report\"", .check = conf_check_line,
	    .help = "name in From of reports" },
	{ "report.tls.aggregate", "from-address", CONF_T_STRING,
	    CONF(report_from_address),
	    .standard = "\"\"", .check = conf_check_address,
	    .help = "address in From of reports" },
	{ "report.tls.aggregate", "org-name", CONF_T_STRING,
	    CONF(report.org_name),
	    .standard = "\"\"", .check = conf_check_line,
	    .help = "organization-name of reports" },
	{ "report.tls.aggregate", "contact-info", CONF_T_STRING,
	    CONF(report.contact_info),
	    .standard = "\"\"", .check = conf_check_address,
	    .help = "contact-info of reports" },
	{ "report.tls.aggregate", "subject", CONF_T_STRING,
	    CONF(report.subject),
	    .standard = "\"\"", .check = conf_check_line,
	    .help = "Subject of reports; empty: RFC 8460's" },
	{ "report.tls.aggregate", "send", CONF_T_SEND,
	    CONF(report.send_rules), .names = names_send,
	    .help = "how often reports are sent, a word or rules" },
	{ "report.tls.aggregate", "spread", CONF_T_DURATION,
	    CONF(report.spread_ms),
	    .standard = "\"4h\"", .min = 0, .max = DAY / 2,
	    .help = "time over which a day's reports are sent" },
	{ "report.tls.aggregate", "max-size", CONF_T_SIZE,
	    CONF(report.max_size),
	    .standard = "\"5mb\"", .min = 10 * KB, .max = 100 * MB,
	    .help = "largest report, compressed" },
	{ "report.tls.aggregate", "keep-sent", CONF_T_DURATION,
	    CONF(report.keep_sent_ms),
	    .standard = "\"14d\"", .min = 0, .max = 366 * DAY,
	    .help = "how long reports that were sent can be sent again" },
	{ "report.tls.aggregate", "hosts", CONF_T_LIST, CONF(report.hosts),
	    .standard = "[]", .check = conf_check_host,
	    .help = "other hosts of the site whose sessions are waited for" },
	{ "report.tls.aggregate", "grace", CONF_T_DURATION,
	    CONF(report.grace_ms),
	    .standard = "\"6h\"", .min = 0, .max = 5 * DAY,
	    .help = "how long they are waited for" },
	{ "report.tls.aggregate", "sign", CONF_T_LIST, CONF(report.sign),
	    .standard = "[]", .check = conf_check_id,
	    .help = "signatures, the first becomes the topmost header" },
	{ "report.collect", "socket", CONF_T_STRING, CONF(report_socket),
	    .standard = "\"/var/spool/postfix/run/tlsrpt/tlsrpt.sock\"",
	    .check = conf_check_socket,
	    .help = "where outcomes of deliveries are collected" },
	{ "report.collect", "mode", CONF_T_STRING, CONF(report.collect_mode),
	    .standard = "\"0660\"", .check = conf_check_mode,
	    .help = "mode of that socket" },
	{ "report.collect", "owner", CONF_T_STRING,
	    CONF(report.collect_owner),
	    .standard = "\"\"", .check = conf_check_line,
	    .help = "owner of that socket; empty: [server] user" },
	{ "report.collect", "group", CONF_T_STRING,
	    CONF(report.collect_group),
	    .standard = "\"\"", .check = conf_check_line,
	    .help = "group of that socket; empty: postfix if it exists" },
	{ "report.collect", "queue", CONF_T_COUNT, CONF(report.queue),
	    .standard = "512", .min = 1, .max = 65536,
	    .help = "outcomes that may wait (net.unix.max_dgram_qlen)" },
	{ "report.collect", "memory", CONF_T_SIZE, CONF(report.memory),
	    .standard = "\"8mb\"", .min = MB, .max = 1024 * MB,
	    .help = "memory for outcomes that are not stored yet" },
	{ "report.collect", "keep", CONF_T_DURATION, CONF(report.keep_ms),
	    .standard = "\"7d\"", .min = DAY, .max = 366 * DAY,
	    .help = "how long outcomes wait to be reported" },
	{ "report.collect", "log", CONF_T_STRING, CONF(report.log),
	    .standard = "\"\"", .check = conf_check_log,
	    .help = "the MTA's log as a source: a path or \"journal\"" },
	{ "report.collect", "log-names", CONF_T_LIST,
	    CONF(report.log_names),
	    .standard = "[\"postfix\"]", .check = conf_check_filled,
	    .help = "syslog names of the MTA, up to their \"/\"" },
	{ "report.collect", "policy", CONF_T_STRING, CONF(report.policy),
	    .standard = "\"\"", .check = conf_check_listen_or_none,
	    .help = "where the policy map is; empty: [policy] listen" },
	{ "report.deliver", "via", CONF_T_STRING, CONF(report.deliver_via),
	    .standard = "\"smtp://127.0.0.1:25\"", .check = conf_check_via,
	    .help = "where reports are handed over" },
	{ "report.deliver", "retry", CONF_T_DURATION, CONF(report.retry_ms),
	    .standard = "\"24h\"", .min = 0, .max = 7 * DAY,
	    .help = "how long a destination is tried" },
	{ "report.deliver", "per-address", CONF_T_COUNT,
	    CONF(report.per_address),
	    .standard = "10000", .min = 1, .max = 1000000000,
	    .help = "reports to one address a day" },
	{ "report.deliver", "per-host", CONF_T_COUNT, CONF(report.per_host),
	    .standard = "20000", .min = 1, .max = 1000000000,
	    .help = "reports to one domain or HTTPS host a day" },
	{ "report.deliver", "https", CONF_T_BOOL, CONF(report.https),
	    .standard = "true",
	    .help = "whether reports are posted to https addresses" },

	{ "signature.*", "algorithm", CONF_T_ENUM, SIGNATURE(algorithm),
	    .home = CONF_H_SIGNATURE, .standard = "\"rsa-sha256\"",
	    .names = names_algorithm,
	    .help = "of the DKIM signature" },
	{ "signature.*", "domain", CONF_T_STRING, SIGNATURE(domain),
	    .home = CONF_H_SIGNATURE, .check = conf_check_host,
	    .needed = true, .help = "d= (needed)" },
	{ "signature.*", "selector", CONF_T_STRING, SIGNATURE(selector),
	    .home = CONF_H_SIGNATURE, .check = conf_check_selector,
	    .needed = true, .help = "s= (needed)" },
	{ "signature.*", "private-key", CONF_T_STRING,
	    SIGNATURE(private_key),
	    .home = CONF_H_SIGNATURE, .check = conf_check_secret,
	    .needed = true, .secret = true,
	    .help = "file:/PATH or cmd:COMMAND (needed)" },

	{ "report.analysis", "addresses", CONF_T_LIST,
	    CONF(report.addresses),
	    .standard = "[\"tlsrpt@*\"]", .check = conf_check_address_glob,
	    .help = "where others' reports arrive" },
	{ "report.analysis", "sources", CONF_T_LIST, CONF(report.sources),
	    .standard = "[]", .check = conf_check_path,
	    .help = "mailboxes that ingest and watch read" },
	{ "report.analysis", "store", CONF_T_DURATION, CONF(report.store_ms),
	    .standard = "\"365d\"", .min = DAY, .max = 36500 * DAY,
	    .help = "how long analyzed reports are kept" },
	{ "report.analysis", "store-size", CONF_T_SIZE,
	    CONF(report.store_size),
	    .standard = "\"1024mb\"", .min = MB, .max = INT64_C(1) << 40,
	    .help = "how large the store of reports may grow" },
	{ "report.analysis", "per-organization", CONF_T_COUNT,
	    CONF(report.per_organization),
	    .standard = "20000", .min = 1, .max = 1000000000,
	    .help = "reports of one organisation that are kept a day" },
	{ "report.analysis", "keep-raw", CONF_T_BOOL, CONF(report.keep_raw),
	    .standard = "false",
	    .help = "whether the JSON of reports is kept beside them" },
	{ "report.analysis", "dkim", CONF_T_ENUM, CONF(report.dkim),
	    .standard = "\"mark\"", .names = names_dkim,
	    .help = "what signatures of reports count: require, mark, ignore" },
	{ "report.analysis", "forward", CONF_T_BOOL, CONF(report.forward),
	    .standard = "false", .later = true,
	    .help = "whether mail that arrives by pipe goes on" },

	{ "report.analysis.alert", "on", CONF_T_LIST, CONF(report.alert_on),
	    .standard = "[\"failure\", \"rate\", \"silent\", \"expiry\", "
			"\"store\"]",
	    .check = conf_check_alert,
	    .help = "what is told: failure, rate, silent, expiry, store" },
	{ "report.analysis.alert", "rate", CONF_T_COUNT,
	    CONF(report.alert_rate),
	    .standard = "5", .min = 1, .max = 100,
	    .help = "percent of failed sessions that are too many" },
	{ "report.analysis.alert", "digest", CONF_T_DURATION,
	    CONF(report.alert_digest_ms),
	    .standard = "\"1h\"", .min = 0, .max = 7 * DAY,
	    .help = "how long alerts are gathered into one message" },
	{ "report.analysis.alert", "quiet", CONF_T_STRING,
	    CONF(report.alert_quiet),
	    .standard = "\"\"", .check = conf_check_hours,
	    .help = "hours without messages, UTC: \"22:00-07:00\"" },
	{ "report.analysis.alert", "mail", CONF_T_LIST,
	    CONF(report.alert_mail),
	    .standard = "[]", .check = conf_check_address,
	    .help = "addresses that are told" },
	{ "report.analysis.alert", "webhook", CONF_T_STRING,
	    CONF(report.alert_webhook),
	    .standard = "\"\"", .check = conf_check_https,
	    .help = "https address that gets them as JSON" },
	{ "report.analysis.alert", "command", CONF_T_STRING,
	    CONF(report.alert_command),
	    .standard = "\"\"", .check = conf_check_path_or_none,
	    .help = "program that gets them as JSON on its input" },
};
/* clang-format on */

#define ROWS (sizeof(table) / sizeof(*table))

const struct conf_key *
conf_table(size_t *n)
{
	*n = ROWS;
	return table;
}

bool
conf_table_is_id(const char *id)
{
	size_t n = strspn(id,
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n >= 1 && n <= 64 && id[n] == '\0';
}

/*
 * Walks both names part by part; *rest is what the pattern has left when the
 * path ends (NULL: they differ before that).
 */
static const char *
walk(const char *pattern, const char *path, char *id, size_t size)
{
	for (;;) {
		size_t np = strcspn(pattern, "."), n = strcspn(path, ".");

		if (np == 1 && *pattern == '*') {
			if (id != NULL && n < size) {
				memcpy(id, path, n);
				id[n] = '\0';
			}
		} else if (np != n || strncmp(pattern, path, n) != 0) {
			return NULL;
		}
		pattern += np;
		path += n;
		if (*path == '\0')
			return pattern;
		if (*pattern == '\0')
			return NULL;
		pattern++;
		path++;
	}
}

bool
conf_table_fits(const char *pattern, const char *path, char *id, size_t size)
{
	const char *rest = walk(pattern, path, id, size);

	return rest != NULL && *rest == '\0';
}

const struct conf_key *
conf_table_find(const char *path, const char *key, char *id, size_t size)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(table[i].key, key) == 0 &&
		    conf_table_fits(table[i].section, path, id, size))
			return &table[i];
	return NULL;
}

bool
conf_table_is_section(const char *path)
{
	for (size_t i = 0; i < ROWS; i++)
		if (walk(table[i].section, path, NULL, 0) != NULL)
			return true;
	return false;
}

/* Adds n octets of word unless it is there, too long or "*". */
static size_t
add_word(char (*words)[64], size_t have, size_t max, const char *word, size_t n)
{
	if (have == max || n >= sizeof(*words) || *word == '*')
		return have;
	for (size_t i = 0; i < have; i++)
		if (strlen(words[i]) == n && strncmp(words[i], word, n) == 0)
			return have;
	memcpy(words[have], word, n);
	words[have][n] = '\0';
	return have + 1;
}

size_t
conf_table_words(const char *path, char (*words)[64], size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < ROWS; i++) {
		const char *rest = table[i].section;

		if (*path != '\0' && (rest = walk(rest, path, NULL, 0)) == NULL)
			continue;
		if (*rest == '.')
			rest++;
		if (*rest == '\0')
			n = add_word(words, n, max, table[i].key,
			    strlen(table[i].key));
		else
			n = add_word(words, n, max, rest, strcspn(rest, "."));
	}
	return n;
}
