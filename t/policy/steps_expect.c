/* steps_expect: the steps that look at what came out - see steps.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "t/policy/capture_log.h"
#include "t/policy/steps.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- the reply ---- */

static const char *
reply(const struct world *w)
{
	return w->told.reply != NULL ? w->told.reply : "(no reply)";
}

static int
differs(struct err *e, const char *got)
{
	return err_set(e, ERR_BUG, "got %.300s", got);
}

static int
run_expect(struct world *w, const struct step_line *l, struct err *e)
{
	return strcmp(reply(w), l->rest) == 0 ? 0 : differs(e, reply(w));
}

static int
run_starts(struct world *w, const struct step_line *l, struct err *e)
{
	return strncmp(reply(w), l->rest, strlen(l->rest)) == 0
	    ? 0
	    : differs(e, reply(w));
}

static int
run_has(struct world *w, const struct step_line *l, struct err *e)
{
	return strstr(reply(w), l->rest) != NULL ? 0 : differs(e, reply(w));
}

static int
run_not(struct world *w, const struct step_line *l, struct err *e)
{
	return strstr(reply(w), l->rest) == NULL ? 0 : differs(e, reply(w));
}

/* ---- the decision ---- */

static int
is_number(int64_t got, const char *word, struct err *e)
{
	int64_t want = steps_number(word, e);

	if (want == -1)
		return -1;
	if (want == got)
		return 0;
	return err_set(e, ERR_BUG, "it is %" PRId64, got);
}

/* expect-row N [SOURCE] */
static int
run_row(struct world *w, const struct step_line *l, struct err *e)
{
	const char *source = decision_source_name(w->told.decision.source);
	const char *want = l->words->word[2];

	if (is_number(w->told.decision.row, l->words->word[1], e) == -1)
		return err_wrap(e, "%s", reply(w));
	if (want != NULL && strcmp(want, source) != 0)
		return differs(e, source);
	return 0;
}

static int
run_level(struct world *w, const struct step_line *l, struct err *e)
{
	const char *level = decision_level_name(w->told.decision.level);

	return strcmp(level, l->words->word[1]) == 0 ? 0 : differs(e, level);
}

static int
run_require(struct world *w, const struct step_line *l, struct err *e)
{
	static const char *const names[] = { [REQUIRE_MET] = "met",
		[REQUIRE_UNMET] = "unmet",
		[REQUIRE_UNKNOWN] = "unknown" };
	const char *got = names[w->told.decision.require];

	return strcmp(got, l->words->word[1]) == 0 ? 0 : differs(e, got);
}

static int
run_ttl(struct world *w, const struct step_line *l, struct err *e)
{
	return is_number(w->told.ttl, l->words->word[1], e);
}

/* ---- JSON ---- */

/* What path, ".decision.row" or ".links[0].name", leads to; or NULL. */
static const json_t *
walk(const json_t *o, const char *path)
{
	char name[64];
	size_t n;

	while (o != NULL && *path != '\0') {
		if (*path == '[') {
			o = json_array_get(o,
			    (size_t)strtol(path + 1, (char **)&path, 10));
			path++;
			continue;
		}
		n = strcspn(++path, ".[");
		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		o = json_object_get(o, name);
		path += n;
	}
	return o;
}

static json_t *
parse(const struct world *w, struct err *e)
{
	json_t *o;

	if (strncmp(reply(w), "OK ", 3) != 0) {
		(void)differs(e, reply(w));
		return NULL;
	}
	o = json_loads(reply(w) + 3, 0, NULL);
	if (o == NULL)
		(void)err_set(e, ERR_BUG, "no JSON: %.300s", reply(w));
	return o;
}

/* A string as it is, anything else as JSON. */
static char *
as_text(const json_t *v)
{
	if (v == NULL)
		return xstrdup("(nothing)");
	if (json_is_string(v))
		return xstrdup(json_string_value(v));
	return json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
}

static int
look_at(struct world *w, const struct step_line *l, bool whole, struct err *e)
{
	const char *want = script_rest(l->rest);
	json_t *o = parse(w, e);
	char *got;
	int rc = 0;

	if (o == NULL)
		return -1;
	got = as_text(walk(o, l->words->word[1]));
	if (whole ? strcmp(got, want) != 0 : strstr(got, want) == NULL)
		rc = differs(e, got);
	free(got);
	json_decref(o);
	return rc;
}

static int
run_json(struct world *w, const struct step_line *l, struct err *e)
{
	return look_at(w, l, true, e);
}

static int
run_json_has(struct world *w, const struct step_line *l, struct err *e)
{
	return look_at(w, l, false, e);
}

/* ---- time and counters ---- */

static int
run_time(struct world *w, const struct step_line *l, struct err *e)
{
	int64_t want = steps_duration(l->words->word[1], e);

	if (want == -1)
		return -1;
	if (want == w->told.after_ms)
		return 0;
	return err_set(e, ERR_BUG, "after %" PRId64 " ms", w->told.after_ms);
}

static int
run_within(struct world *w, const struct step_line *l, struct err *e)
{
	int64_t want = steps_duration(l->words->word[1], e);

	if (want == -1)
		return -1;
	if (w->told.after_ms <= want)
		return 0;
	return err_set(e, ERR_BUG, "after %" PRId64 " ms", w->told.after_ms);
}

static int
run_questions(struct world *w, const struct step_line *l, struct err *e)
{
	return is_number((int64_t)w->dns.nasked, l->words->word[1], e);
}

static int
asked(struct world *w, const struct step_line *l, struct err *e)
{
	static const enum dns_type types[] = { DNS_A, DNS_CNAME, DNS_SOA,
		DNS_MX, DNS_TXT, DNS_AAAA, DNS_TLSA };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(l->words->word[2], dns_type_name(types[i])) == 0)
			return (int)scripted_asked(&w->dns, l->words->word[1],
			    types[i]);
	return err_set(e, ERR_SYNTAX, "no type %s", l->words->word[2]);
}

/* expect-asked NAME TYPE [TIMES] */
static int
run_asked(struct world *w, const struct step_line *l, struct err *e)
{
	const char *times = l->words->word[3];
	int n = asked(w, l, e);

	return n == -1 ? -1 : is_number(n, times != NULL ? times : "1", e);
}

static int
run_not_asked(struct world *w, const struct step_line *l, struct err *e)
{
	int n = asked(w, l, e);

	return n == -1 ? -1 : is_number(n, "0", e);
}

static int
run_resolutions(struct world *w, const struct step_line *l, struct err *e)
{
	return is_number((int64_t)world_resolutions(w), l->words->word[1], e);
}

static int
run_fetches(struct world *w, const struct step_line *l, struct err *e)
{
	return is_number((int64_t)world_fetches(w), l->words->word[1], e);
}

static int
run_failures(struct world *w, const struct step_line *l, struct err *e)
{
	return is_number((int64_t)world_failures(w), l->words->word[1], e);
}

/* ---- log and store ---- */

static int
run_log(struct world *w, const struct step_line *l, struct err *e)
{
	(void)w;
	return capture_log_count(l->rest) > 0 ? 0
					      : differs(e, capture_log_text());
}

static int
run_no_log(struct world *w, const struct step_line *l, struct err *e)
{
	(void)w;
	return capture_log_count(l->rest) == 0 ? 0
					       : differs(e, capture_log_text());
}

/* expect-logged TIMES TEXT */
static int
run_logged(struct world *w, const struct step_line *l, struct err *e)
{
	(void)w;
	return is_number((int64_t)capture_log_count(script_rest(l->rest)),
	    l->words->word[1], e);
}

/* expect-stored DOMAIN [TEXT] */
static int
run_stored(struct world *w, const struct step_line *l, struct err *e)
{
	const struct store_policy *p =
	    memory_store_find(&w->store, l->words->word[1]);

	if (p == NULL)
		return err_set(e, ERR_BUG, "it is not in the store");
	if (strstr(p->body, script_rest(l->rest)) == NULL)
		return differs(e, p->body);
	return 0;
}

static int
run_not_stored(struct world *w, const struct step_line *l, struct err *e)
{
	if (memory_store_find(&w->store, l->words->word[1]) == NULL)
		return 0;
	return err_set(e, ERR_BUG, "it is in the store");
}

const struct step steps_expect[] = {
	{ "expect", 1, run_expect },
	{ "expect-starts", 1, run_starts },
	{ "expect-has", 1, run_has },
	{ "expect-not", 1, run_not },
	{ "expect-row", 1, run_row },
	{ "expect-level", 1, run_level },
	{ "expect-require", 1, run_require },
	{ "expect-ttl", 1, run_ttl },
	{ "expect-json", 2, run_json },
	{ "expect-json-has", 2, run_json_has },
	{ "expect-time", 1, run_time },
	{ "expect-within", 1, run_within },
	{ "expect-questions", 1, run_questions },
	{ "expect-asked", 2, run_asked },
	{ "expect-not-asked", 2, run_not_asked },
	{ "expect-resolutions", 1, run_resolutions },
	{ "expect-fetches", 1, run_fetches },
	{ "expect-failures", 1, run_failures },
	{ "expect-log", 1, run_log },
	{ "expect-no-log", 1, run_no_log },
	{ "expect-logged", 2, run_logged },
	{ "expect-stored", 1, run_stored },
	{ "expect-not-stored", 1, run_not_stored },
	{ NULL, 0, NULL },
};
