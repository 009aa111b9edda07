/* control_list: commands of the control socket that list - control_list.h */
#include "config.h"

#include "milter/control_list.h"

#include "share/app/control_json.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/service_admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- verdicts ---- */

struct dump {
	struct control_page page;
	struct service *service;
};

static bool
add_verdict(void *arg, const struct cache_view *v)
{
	struct dump *d = arg;
	const struct decision *is = &v->verdict->decision;
	json_t *o = control_object();

	control_put_str(o, "domain", v->key);
	control_put_str(o, "strategy",
	    service_strategy(d->service, v->strategy));
	control_put_str(o, "level", decision_level_name(is->level));
	control_put_str(o, "source", decision_source_name(is->source));
	control_put_int(o, "row", is->row);
	control_put_bool(o, "unsatisfiable", is->require == REQUIRE_UNMET);
	control_put_bool(o, "failure", is->failure);
	control_put_str(o, "override",
	    is->overridden ? decision_level_name(is->override) : NULL);
	control_put_int(o, "ttl", v->verdict->ttl_s);
	/* what is never fresh again counts from the machine's start */
	control_put_int(o, "fresh_for",
	    v->fresh_ms > 0 ? v->fresh_ms / 1000 : 0);
	control_put_str(o, "why", is->why);
	return control_page_add(&d->page, o);
}

/* A number, whole and of our own writing. */
static int
read_number(const char *text, uint64_t *n, struct err *e)
{
	char *end;

	*n = 0;
	if (text[0] == '\0')
		return 0;
	*n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0')
		return err_set(e, ERR_SYNTAX, "no such place to go on from");
	return 0;
}

char *
control_dump(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	struct dump d;
	uint64_t cursor;
	char next[32];

	if (read_number(call->arg, &cursor, e) == -1)
		return NULL;
	d.service = view->service;
	control_page_init(&d.page);
	service_walk(d.service, &cursor, add_verdict, &d);
	(void)snprintf(next, sizeof(next), "%" PRIu64, cursor);
	return control_page_end(&d.page, cursor != 0 ? next : NULL);
}

/* ---- policies ---- */

struct listing {
	struct control_page page;
	json_t *(*item)(const struct store_policy *p);
	char last[HOSTNAME_SIZE];
	bool full;
};

static bool
add_policy(void *arg, const struct store_policy *p)
{
	struct listing *l = arg;

	(void)text_copy(l->last, sizeof(l->last), p->domain);
	l->full = !control_page_add(&l->page, l->item(p));
	return !l->full;
}

static char *
list_policies(const struct control_view *view, const char *cursor,
    json_t *(*item)(const struct store_policy *p), struct err *e)
{
	struct listing l;

	memset(&l, 0, sizeof(l));
	l.item = item;
	control_page_init(&l.page);
	if (service_policies(view->service, cursor, add_policy, &l, e) == -1) {
		buf_clear(&l.page.text);
		return NULL;
	}
	return control_page_end(&l.page, l.full ? l.last : NULL);
}

static json_t *
policy_mx(const struct sts_policy *p)
{
	json_t *mx = control_need(json_array());
	const char *pattern = p->nmx > 0 ? sts_policy_mx(p) : NULL;
	size_t i;

	for (i = 0; i < p->nmx; i++) {
		json_array_append_new(mx, control_need(json_string(pattern)));
		if (i + 1 < p->nmx)
			pattern = sts_policy_next_mx(pattern);
	}
	return mx;
}

static json_t *
policy_item(const struct store_policy *s)
{
	struct sts_policy *p = sts_policy_parse(s->body, strlen(s->body), NULL);
	json_t *o = control_object();

	control_put_str(o, "domain", s->domain);
	control_put_str(o, "id", s->id);
	control_put_str(o, "mode", p != NULL ? sts_mode_name(p->mode) : NULL);
	control_put_int(o, "max_age", p != NULL ? p->max_age : 0);
	control_put_time(o, "fetched", s->fetched_ms);
	control_put_time(o, "expires", s->expires_ms);
	json_object_set_new(o, "mx",
	    p != NULL ? policy_mx(p) : control_need(json_array()));
	sts_policy_unref(p);
	return o;
}

char *
control_policies(void *arg, const struct control_call *call, struct err *e)
{
	return list_policies(arg, call->arg, policy_item, e);
}

static json_t *
export_item(const struct store_policy *s)
{
	json_t *o = control_object();

	control_put_str(o, "domain", s->domain);
	control_put_str(o, "id", s->id);
	control_put_time(o, "fetched", s->fetched_ms);
	json_object_set_new(o, "policy", control_need(json_string(s->body)));
	return o;
}

char *
control_export(void *arg, const struct control_call *call, struct err *e)
{
	return list_policies(arg, call->arg, export_item, e);
}

/* ---- lists that are short mostly: the cursor counts items ---- */

static char *
page_of(size_t n, uint64_t from, json_t *(*item)(const void *list, size_t i),
    const void *list)
{
	struct control_page page;
	char next[32];
	size_t i = from < n ? (size_t)from : n;
	bool room = true;

	control_page_init(&page);
	while (i < n && room)
		room = control_page_add(&page, item(list, i++));
	(void)snprintf(next, sizeof(next), "%zu", i);
	return control_page_end(&page, i < n ? next : NULL);
}

static json_t *
override_item(const void *list, size_t i)
{
	const struct override_list *l = list;
	const struct override *v = &l->item[i];
	json_t *o = control_object();

	control_put_str(o, "domain", v->domain);
	control_put_str(o, "level", decision_level_name(v->level));
	control_put_bool(o, "force", v->force);
	control_put_time(o, "created", v->created_ms);
	control_put_time(o, "expires", v->expires_ms);
	control_put_str(o, "reason", v->reason);
	control_put_str(o, "by", v->by);
	control_put_int(o, "uses", (int64_t)v->uses);
	return o;
}

char *
control_overrides(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	struct override_list list = { 0 };
	uint64_t from;
	char *text;

	if (read_number(call->arg, &from, e) == -1)
		return NULL;
	service_override_list(view->service, &list);
	text = page_of(list.n, from, override_item, &list);
	free(list.item);
	return text;
}

static json_t *
downgrade_item(const void *list, size_t i)
{
	const struct downgrade_list *l = list;
	const struct downgrade *d = &l->item[i];
	json_t *o = control_object();

	control_put_str(o, "domain", d->domain);
	control_put_str(o, "what", watch_what_name(d->what));
	control_put_time(o, "when", d->when_ms);
	control_put_time(o, "had", d->had_ms);
	control_put_str(o, "detail", d->detail);
	return o;
}

char *
control_downgrades(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	struct downgrade_list list = { 0 };
	uint64_t from;
	char *text;

	if (read_number(call->arg, &from, e) == -1 ||
	    service_downgrade_list(view->service, &list, e) == -1)
		return NULL;
	text = page_of(list.n, from, downgrade_item, &list);
	free(list.item);
	return text;
}
