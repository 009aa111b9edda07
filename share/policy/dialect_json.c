/* dialect_json: a decision with its reason trail - see dialect_json.h */
#include "config.h"

#include "share/policy/dialect_json.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/net/socketmap.h"
#include "share/policy/dialect_input.h"
#include "share/policy/reason.h"
#include "share/policy/verdict_reply.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 2048

/* A string that may hold anything: escaped to printable ASCII, capped. */
static json_t *
safe_string(const char *s)
{
	char text[TEXT_MAX];

	return json_string(text_escape(text, sizeof(text), s, strlen(s)));
}

static json_t *
time_string(int64_t ms)
{
	char text[32];

	return json_string(text_rfc3339(text, sizeof(text), ms / 1000));
}

static json_t *
links_array(const struct facts *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->nlinks; i++) {
		const struct facts_link *l = &f->links[i];
		json_t *o = json_object();

		json_object_set_new(o, "name", safe_string(l->name));
		json_object_set_new(o, "type", json_string(l->type));
		json_object_set_new(o, "status", json_string(l->status));
		json_object_set_new(o, "ttl", json_integer(l->ttl));
		json_object_set_new(o, "data", safe_string(l->data));
		json_object_set_new(o, "why", safe_string(l->why));
		json_array_append_new(array, o);
	}
	return array;
}

static json_t *
policy_object(const struct sts_policy *p)
{
	json_t *o = json_object(), *mx = json_array();
	const char *at = sts_policy_mx(p);

	for (size_t i = 0; i < p->nmx; i++, at = sts_policy_next_mx(at))
		json_array_append_new(mx, json_string(at));
	json_object_set_new(o, "id", json_string(sts_policy_id(p)));
	json_object_set_new(o, "mode", json_string(sts_mode_name(p->mode)));
	json_object_set_new(o, "mx", mx);
	json_object_set_new(o, "max_age", json_integer(p->max_age));
	json_object_set_new(o, "expires", time_string(sts_policy_expires(p)));
	return o;
}

/* What a dialect answers: served already, or written now. */
static json_t *
reply_string(const struct dialect_input *in, const struct dialect *d)
{
	struct buf reply;
	json_t *s;

	if (in->served != NULL && d->id < DIALECTS_KEPT &&
	    verdict_reply_has(in->served, d->id))
		return json_string(verdict_reply_get(in->served, d->id));
	buf_init(&reply, SOCKETMAP_REPLY_MAX);
	d->write(in, &reply);
	s = json_string(buf_str(&reply));
	buf_clear(&reply);
	return s;
}

/* What every other dialect answers, under its map name. */
static json_t *
replies_object(const struct dialect_input *in)
{
	json_t *o = json_object();

	for (enum dialect_id id = 0; id < DIALECTS; id++) {
		const struct dialect *d = dialect_get(id);

		if (id != DIALECT_JSON && !d->by_session)
			json_object_set_new(o, d->name, reply_string(in, d));
	}
	return o;
}

static json_t *
decision_object(const struct decision *d)
{
	json_t *o = json_object();

	json_object_set_new(o, "level",
	    json_string(decision_level_name(d->level)));
	json_object_set_new(o, "source",
	    json_string(decision_source_name(d->source)));
	json_object_set_new(o, "row", json_integer(d->row));
	return o;
}

/* What an operator said instead; null where nobody said anything. */
static json_t *
override_object(const struct dialect_input *in)
{
	const struct override *v = in->override;
	json_t *o;

	if (v == NULL)
		return json_null();
	o = json_object();
	json_object_set_new(o, "level",
	    json_string(decision_level_name(v->level)));
	json_object_set_new(o, "applied",
	    json_boolean(in->decision->overridden));
	json_object_set_new(o, "force", json_boolean(v->force));
	json_object_set_new(o, "created", time_string(v->created_ms));
	json_object_set_new(o, "expires", time_string(v->expires_ms));
	json_object_set_new(o, "reason", safe_string(v->reason));
	json_object_set_new(o, "by", safe_string(v->by));
	return o;
}

static json_t *
reason_array(const struct dialect_input *in)
{
	json_t *array = json_array();
	struct reason r;

	reason_init(&r);
	reason_write(in, &r);
	for (size_t i = 0; i < r.n; i++)
		json_array_append_new(array, safe_string(r.line[i]));
	reason_clear(&r);
	return array;
}

static json_t *
whole_object(const struct dialect_input *in, bool links)
{
	const struct facts *f = in->facts;
	json_t *o = json_object();

	json_object_set_new(o, "schema", json_integer(1));
	json_object_set_new(o, "domain", json_string(f->nexthop.name));
	json_object_set_new(o, "key", json_string(f->nexthop.key));
	json_object_set_new(o, "strategy", json_string(in->strategy->id));
	json_object_set_new(o, "mode",
	    json_string(in->observe ? "observe" : "enforce"));
	json_object_set_new(o, "decision", decision_object(in->decision));
	json_object_set_new(o, "unsatisfiable",
	    json_boolean(in->decision->require == REQUIRE_UNMET));
	json_object_set_new(o, "override", override_object(in));
	json_object_set_new(o, "replies", replies_object(in));
	json_object_set_new(o, "links", links ? links_array(f) : json_array());
	json_object_set_new(o, "policy",
	    f->policy != NULL ? policy_object(f->policy) : json_null());
	json_object_set_new(o, "reason", reason_array(in));
	return o;
}

static void
write_object(json_t *o, struct buf *out)
{
	char *text = json_dumps(o, JSON_COMPACT);

	buf_reset(out);
	buf_puts(out, "OK ");
	buf_puts(out, text != NULL ? text : "{}");
	free(text);
	json_decref(o);
}

static void
write_json(const struct dialect_input *in, struct buf *out)
{
	write_object(whole_object(in, true), out);
	if (buf_full(out))
		write_object(whole_object(in, false), out);
	if (!buf_full(out))
		return;
	buf_reset(out);
	buf_puts(out, "TEMP decision too large for a reply");
}

const struct dialect dialect_json = { DIALECT_JSON, "json", write_json, false };
