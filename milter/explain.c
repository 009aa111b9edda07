/* explain: why a domain's mail is treated as it is - see explain.h */
#include "config.h"

#include "milter/explain.h"
#include "share/base/xmem.h"
#include "share/policy/nexthop.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define PROGRAM "tlsherald-milter: explain"

int
explain_choose(struct explain *x, const struct conf *c, struct err *e)
{
	struct expr_vars vars;
	struct nexthop n;
	const char *at;

	memset(&vars, 0, sizeof(vars));
	(void)nexthop_parse(x->key, &n);
	vars.value[EXPR_RCPT_DOMAIN] = n.name;
	x->plain = conf_choose(c, &vars, NULL);
	if (x->sender != NULL) {
		at = strrchr(x->sender, '@');
		vars.value[EXPR_SENDER] = x->sender;
		vars.value[EXPR_SENDER_DOMAIN] = at != NULL ? at + 1 : "";
	}
	x->chosen = conf_choose(c, &vars, &x->rule);
	if (x->strategy == NULL)
		return 0;
	x->rule = c->nrules;
	x->chosen = conf_strategy(c, x->strategy);
	if (x->chosen == NULL)
		return err_set(e, ERR_NOENT,
		    "there is no strategy \"%s\" (no [queue.tls.%s])",
		    x->strategy, x->strategy);
	return 0;
}

char *
explain_map(const struct explain *x)
{
	if (x->strategy != NULL || x->sender != NULL)
		return xasprintf("json/%s", x->chosen->id);
	return xstrdup("json");
}

json_t *
explain_parse(const char *reply)
{
	json_t *o;

	if (strncmp(reply, "OK ", 3) != 0)
		return NULL;
	o = json_loads(reply + 3, 0, NULL);
	if (o != NULL && !json_is_object(o)) {
		json_decref(o);
		o = NULL;
	}
	return o;
}

static int
usage(FILE *out)
{
	fputs("usage: tlsherald-milter [-c FILE] explain DOMAIN [options]\n"
	      "  --strategy ID  under this strategy, whatever the rules say\n"
	      "  --sender ADDR  choose the strategy for this sender\n"
	      "  --key KEY      the next hop as Postfix asks for it, "
	      "'[host]:587'\n"
	      "  --json         print JSON, tlsherald-json(7)\n",
	    out);
	return out == stdout ? EX_OK : EX_USAGE;
}

/* The reply of the daemon, or our own; *self says whose. */
static char *
fetch(const struct explain *x, const struct conf *c, bool *self, struct err *e)
{
	char *reply = explain_ask_daemon(x, c, e);

	*self = false;
	if (reply != NULL || e->code != ERR_NOENT)
		return reply;
	*self = true;
	/* the service takes a reference, which needs a conf that is not const;
	 * nothing in it is changed */
	return explain_ask_self(x, (struct conf *)c, e);
}

/* Our own keys beside the daemon's; who answered, and by which rule. */
static void
print_json(const struct explain *x, const struct conf *c, json_t *o, bool self)
{
	json_object_set_new(o, "asked", json_string(self ? "self" : "daemon"));
	if (x->rule < c->nrules)
		json_object_set_new(o, "rule",
		    json_pack("{s:I, s:s?}", "number",
			(json_int_t)(x->rule + 1), "if",
			c->rules[x->rule].source));
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int
run(struct explain *x, const struct conf *c)
{
	struct term t;
	struct err e;
	bool self;
	char *reply;
	json_t *o;

	if (explain_choose(x, c, &e) != 0) {
		fprintf(stderr, PROGRAM ": %s\n", e.text);
		return EX_DATAERR;
	}
	reply = fetch(x, c, &self, &e);
	if (reply == NULL) {
		fprintf(stderr, PROGRAM ": %s\n", e.text);
		return EX_UNAVAILABLE;
	}
	o = explain_parse(reply);
	if (o == NULL) {
		/* NOTFOUND: a key that nothing is looked up for */
		if (strncmp(reply, "NOTFOUND", 8) == 0)
			fprintf(stderr,
			    PROGRAM
			    ": \"%s\" is no domain, [host] or address: Postfix "
			    "is answered NOTFOUND without a lookup\n",
			    x->key);
		else
			fprintf(stderr,
			    PROGRAM ": the daemon answered: %.200s\n", reply);
		free(reply);
		return EX_DATAERR;
	}
	if (self && !x->json)
		fprintf(stderr,
		    PROGRAM
		    ": no daemon accepts at %s; resolved by this command, "
		    "as if the MTA's resolver gave AD\n",
		    c->policy.listen.n > 0 ? c->policy.listen.item[0] : "-");
	term_init(&t, stdout);
	if (x->json)
		print_json(x, c, o, self);
	else
		explain_print(&t, x, c, o);
	json_decref(o);
	free(reply);
	return EX_OK;
}

int
explain_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	static const struct option options[] = {
		{ "strategy", required_argument, NULL, 's' },
		{ "sender", required_argument, NULL, 'f' },
		{ "key", required_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }
	};
	struct explain x = { 0 };
	int o;

	(void)conf_path;
	optind = 0; /* main parsed its own options before */
	while ((o = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (o) {
		case 's':
			x.strategy = optarg;
			break;
		case 'f':
			x.sender = strcmp(optarg, "<>") == 0 ? "" : optarg;
			break;
		case 'k':
			x.key = optarg;
			break;
		case 'j':
			x.json = true;
			break;
		case 'h':
			return usage(stdout);
		default:
			return usage(stderr);
		}
	}
	if (optind + 1 != argc)
		return usage(stderr);
	x.domain = argv[optind];
	if (x.key == NULL)
		x.key = x.domain;
	return run(&x, c);
}
