/* explain_print: a decision for people - see explain.h */
#include "config.h"

#include "milter/explain.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

#define INDENT 12

/* A string member of o, "" where it is absent. */
static const char *
member(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

/* The i-th string of an array, "" where it is none. */
static const char *
text_at(const json_t *array, size_t i)
{
	const char *s = json_string_value(json_array_get(array, i));

	return s != NULL ? s : "";
}

static void
head(struct term *t, const char *text)
{
	fputc('\n', t->out);
	term_print(t, TERM_HEAD, "%s", text);
	fputc('\n', t->out);
}

/* Which rule chose the strategy, as far as this config tells. */
static void
print_strategy(struct term *t, const struct explain *x, const struct conf *c,
    const json_t *o)
{
	const char *used = member(o, "strategy"), *how;
	char *text;

	if (x->strategy != NULL) {
		text = xasprintf("%s (given by --strategy)", used);
	} else if (strcmp(used, x->chosen->id) != 0) {
		text = xasprintf("%s (chosen by the daemon; the config read "
				 "here chooses %s: reload the daemon?)",
		    used, x->chosen->id);
	} else if (x->rule >= c->nrules) {
		text = xasprintf("%s (no rule fits)", used);
	} else {
		how = c->rules[x->rule].source;
		text = xasprintf("%s (rule %zu of %zu: %s%s)", used,
		    x->rule + 1, c->nrules, how != NULL ? "if " : "else",
		    how != NULL ? how : "");
	}
	term_fill(t, INDENT, "strategy", text);
	free(text);
	if (x->sender == NULL || x->strategy != NULL || x->chosen == x->plain)
		return;
	text = xasprintf("Chosen by the message. Postfix's plain map answers "
			 "under %s; this strategy reaches Postfix where %s is "
			 "in [milter] steered, else on-unsteerable applies if "
			 "it demands more.",
	    x->plain->id, x->chosen->id);
	term_fill(t, INDENT, "", text);
	free(text);
}

static enum term_tone
tone_of(const char *status)
{
	if (strcmp(status, "secure") == 0)
		return TERM_GOOD;
	if (strcmp(status, "insecure") == 0)
		return TERM_PLAIN;
	return TERM_BAD; /* bogus, unknown */
}

static void
print_link(struct term *t, const json_t *link)
{
	const char *status = member(link, "status");
	json_int_t ttl = json_integer_value(json_object_get(link, "ttl"));

	fputs("  ", t->out);
	term_print(t, tone_of(status), "%s", status);
	fprintf(t->out, "%*s", INDENT - 3 - (int)strlen(status), "");
	term_print(t, TERM_PLAIN, " %-6s %s", member(link, "type"),
	    member(link, "name"));
	term_print(t, TERM_PLAIN, "  ttl %lld", (long long)ttl);
	fputc('\n', t->out);
	if (*member(link, "data") != '\0')
		term_fill(t, INDENT, "", member(link, "data"));
	if (*member(link, "why") != '\0')
		term_fill(t, INDENT, "", member(link, "why"));
}

static void
print_chain(struct term *t, const json_t *o)
{
	const json_t *links = json_object_get(o, "links");
	size_t i;

	head(t, "What was found");
	if (json_array_size(links) == 0)
		fputs("  nothing was looked up\n", t->out);
	for (i = 0; i < json_array_size(links); i++)
		print_link(t, json_array_get(links, i));
}

static void
print_policy(struct term *t, const json_t *o)
{
	const json_t *p = json_object_get(o, "policy"), *mx;
	char *text;
	size_t i;

	head(t, "MTA-STS policy");
	if (!json_is_object(p)) {
		fputs("  none\n", t->out);
		return;
	}
	term_fill(t, INDENT, "  mode", member(p, "mode"));
	mx = json_object_get(p, "mx");
	for (i = 0; i < json_array_size(mx); i++)
		term_fill(t, INDENT, i == 0 ? "  mx" : "", text_at(mx, i));
	term_fill(t, INDENT, "  id", member(p, "id"));
	text = xasprintf("%s (max_age %lld s)", member(p, "expires"),
	    (long long)json_integer_value(json_object_get(p, "max_age")));
	term_fill(t, INDENT, "  until", text);
	free(text);
}

/* What wins, who says so, and the trail of reasons. */
static void
print_decision(struct term *t, const json_t *o)
{
	const json_t *d = json_object_get(o, "decision"), *lines;
	const char *level = member(d, "level");
	const char *source = member(d, "source");
	const char *words = level;
	enum term_tone tone = TERM_GOOD;
	size_t i;

	if (strcmp(level, "temp") == 0) {
		words = "held back";
		tone = TERM_BAD;
	} else if (strcmp(level, "notfound") == 0) {
		words = "nothing is demanded";
		tone = TERM_PLAIN;
	}
	head(t, "Decision");
	fputs("  ", t->out);
	term_print(t, tone, "%s", words);
	if (strcmp(source, "none") != 0)
		term_print(t, TERM_PLAIN, ", required by %s", source);
	term_print(t, TERM_PLAIN, " (row %lld)",
	    (long long)json_integer_value(json_object_get(d, "row")));
	if (json_is_true(json_object_get(o, "unsatisfiable")))
		term_print(t, TERM_BAD, ", provably can't be met");
	fputc('\n', t->out);
	if (strcmp(member(o, "mode"), "observe") == 0)
		term_fill(t, 2, "",
		    "[policy] mode = \"observe\": decided and counted, not "
		    "demanded of Postfix.");
	lines = json_object_get(o, "reason");
	for (i = 0; i < json_array_size(lines); i++)
		term_fill(t, 4, "  -", text_at(lines, i));
}

/* Exact replies, never filled: they are what Postfix reads. */
static void
print_replies(struct term *t, const json_t *o)
{
	const char *dialect;
	json_t *reply;

	head(t, "Replies");
	json_object_foreach(json_object_get(o, "replies"), dialect, reply)
	{
		term_print(t, TERM_PLAIN, "  %-15s %s", dialect,
		    json_is_string(reply) ? json_string_value(reply) : "");
		fputc('\n', t->out);
	}
}

void
explain_print(struct term *t, const struct explain *x, const struct conf *c,
    const json_t *o)
{
	term_print(t, TERM_HEAD, "%s", x->domain);
	if (strcmp(x->key, x->domain) != 0)
		term_print(t, TERM_PLAIN, ", next hop %s", x->key);
	fputc('\n', t->out);
	print_strategy(t, x, c, o);
	print_chain(t, o);
	print_policy(t, o);
	print_decision(t, o);
	print_replies(t, o);
}
