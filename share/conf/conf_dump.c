/* conf_dump: the effective config as TOML - see conf.h */
#include "config.h"

#include "share/conf/conf_read.h"

#include "share/base/text.h"
#include "share/conf/conf_write.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX (8 << 20)

struct dump {
	const struct conf *c;
	const struct conf *standard; /* all defaults */
	FILE *out;
	const char *section; /* whose header was written last */
	size_t index;        /* of the strategy or signature */
};

static void
dump_header(struct dump *d, const struct conf_key *k)
{
	const char *star = strchr(k->section, '*');
	const char *id = "";

	if (d->section != NULL && strcmp(d->section, k->section) == 0)
		return;
	if (k->home == CONF_H_STRATEGY)
		id = d->c->strategies[d->index].id;
	else if (k->home == CONF_H_SIGNATURE)
		id = d->c->signatures[d->index].id;
	if (star == NULL)
		fprintf(d->out, "\n[%s]\n", k->section);
	else
		fprintf(d->out, "\n[%.*s%s%s]\n", (int)(star - k->section),
		    k->section, id, star + 1);
	d->section = k->section;
}

/* Whether the value is what it would be without a line in the file. */
static bool
is_standard(const struct dump *d, const struct conf_key *k,
    const struct buf *value)
{
	struct buf b;
	bool same;

	if (k->needed)
		return false;
	buf_init(&b, VALUE_MAX);
	if (k->home == CONF_H_SIGNATURE)
		buf_puts(&b, k->standard);
	else
		conf_write_value(k, conf_read_base(d->standard, k, 0), &b);
	same = strcmp(buf_str(&b), buf_str(value)) == 0;
	buf_clear(&b);
	return same;
}

static void
dump_value(struct dump *d, const struct conf_key *k)
{
	const char *mark = "";
	struct buf b;
	bool standard;

	buf_init(&b, VALUE_MAX);
	conf_write_value(k, conf_read_base(d->c, k, d->index), &b);
	standard = is_standard(d, k, &b);
	/* what no program reads, and what differs once it is written */
	if (standard && k->later)
		mark = "#";
	if (k->home == CONF_H_STRATEGY && strcmp(k->key, "starttls") == 0 &&
	    !d->c->strategies[d->index].starttls_set)
		mark = "#";
	fprintf(d->out, "%s%s = %s", mark, k->key, buf_str(&b));
	if (standard || k->remark != NULL)
		fprintf(d->out, "  # %s%s%s", standard ? "default" : "",
		    standard && k->remark != NULL ? "; " : "",
		    k->remark == NULL ? "" : k->remark);
	fputc('\n', d->out);
	buf_clear(&b);
}

/* "key = value" inside a rule or anchor. */
static void
dump_part(FILE *out, const char *key, const char *value)
{
	struct buf b;

	buf_init(&b, VALUE_MAX);
	conf_write_quoted(value, &b);
	fprintf(out, "%s = %s", key, buf_str(&b));
	buf_clear(&b);
}

static void
dump_rule(FILE *out, const struct conf_rule *r, const char *choice,
    const char *remark)
{
	fputs("\t{ ", out);
	if (r->source != NULL) {
		dump_part(out, "if", r->source);
		fputs(", then", out);
	} else {
		fputs("else", out);
	}
	fprintf(out, " = \"'%s'\" },%s\n", choice, remark);
}

static void
dump_rules(struct dump *d)
{
	const struct conf *c = d->c;

	if (c->nrules == 0) {
		fputs("#tls: no rule, everything has strategy \"default\"\n",
		    d->out);
		return;
	}
	fputs("tls = [\n", d->out);
	for (size_t i = 0; i < c->nrules; i++)
		dump_rule(d->out, &c->rules[i],
		    c->strategies[c->rules[i].choice].id,
		    conf_rule_needs_message(c, i)
			? " # never matches a Postfix lookup"
			: "");
	fputs("]\n", d->out);
}

static void
dump_send(struct dump *d, const struct conf_key *k)
{
	const struct conf *c = d->c;

	if (c->report.nsend_rules == 0) {
		fputs("#send = \"daily\"  # default\n", d->out);
		return;
	}
	fputs("send = [\n", d->out);
	for (size_t i = 0; i < c->report.nsend_rules; i++)
		dump_rule(d->out, &c->report.send_rules[i],
		    k->names[c->report.send_rules[i].choice], "");
	fputs("]\n", d->out);
}

static void
dump_ntas(struct dump *d)
{
	const struct conf *c = d->c;
	char when[32];

	fputs("negative-trust-anchors = [", d->out);
	for (size_t i = 0; i < c->dns.nntas; i++) {
		const struct conf_nta *a = &c->dns.ntas[i];

		fputs("\n\t{ ", d->out);
		dump_part(d->out, "name", a->name);
		if (a->until_s != 0)
			fprintf(d->out, ", until = %s",
			    text_rfc3339(when, sizeof(when), a->until_s));
		fputs(", ", d->out);
		dump_part(d->out, "reason", a->reason);
		fputs(" },", d->out);
	}
	fputs(c->dns.nntas == 0 ? "]  # default\n" : "\n]\n", d->out);
}

static void
dump_row(struct dump *d, const struct conf_key *k)
{
	dump_header(d, k);
	if (k->type == CONF_T_RULES)
		dump_rules(d);
	else if (k->type == CONF_T_SEND)
		dump_send(d, k);
	else if (k->type == CONF_T_NTAS)
		dump_ntas(d);
	else
		dump_value(d, k);
}

/* How many instances the sections of this home have. */
static size_t
instances(const struct conf *c, enum conf_home home)
{
	switch (home) {
	case CONF_H_STRATEGY:
		return c->nstrategies;
	case CONF_H_SIGNATURE:
		return c->nsignatures;
	case CONF_H_CONF:
		break;
	}
	return 1;
}

void
conf_dump(const struct conf *c, FILE *out)
{
	struct dump d = { .c = c, .out = out };
	struct conf *standard = conf_new();
	const struct conf_key *k;
	size_t n, end;

	d.standard = standard;
	fputs("# the config in force; \"default\" marks what is not set\n",
	    out);
	k = conf_table(&n);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && k[end].home == k[i].home; end++)
			;
		for (d.index = 0; d.index < instances(c, k[i].home);
		     d.index++) {
			d.section = NULL;
			for (size_t j = i; j < end; j++)
				dump_row(&d, &k[j]);
		}
	}
	conf_unref(standard);
}
