/* control_change: commands that change something - see control_change.h */
#include "config.h"

#include "milter/control_change.h"

#include "milter/policy_line.h"
#include "share/app/control_json.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/policy/service_admin.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who asks, by name where there is one. */
static void
name_of(uid_t uid, char *name, size_t size)
{
	struct passwd pw, *found = NULL;
	char room[4096];

	if (getpwuid_r(uid, &pw, room, sizeof(room), &found) != 0 ||
	    found == NULL || text_copy(name, size, pw.pw_name) == -1)
		(void)snprintf(name, size, "uid %lu", (unsigned long)uid);
}

/* Says in the log what was done, and by whom. */
static void
say(const struct control_view *view, const struct control_call *call,
    const char *domain, const char *what)
{
	char who[64];

	name_of(call->who, who, sizeof(who));
	log_write(view->log, LOG_LEVEL_INFO, "domain=%s %s by=%s", domain, what,
	    who);
}

static int
read_domain(const char *text, size_t n, char domain[HOSTNAME_SIZE],
    struct err *e)
{
	if (hostname_normalize(text, n, domain, e) == -1)
		return err_wrap(e, "\"%.*s\"", (int)(n < 300 ? n : 300), text);
	return 0;
}

char *
control_purge(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	size_t n = strcspn(call->arg, " ");
	bool policy = strcmp(call->arg + n, " policy") == 0;
	char domain[HOSTNAME_SIZE];
	struct service_purged purged;
	json_t *o;

	if (call->arg[n] != '\0' && !policy) {
		(void)err_set(e, ERR_SYNTAX, "expected DOMAIN [policy]");
		return NULL;
	}
	if (read_domain(call->arg, n, domain, e) == -1 ||
	    service_purge(view->service, domain, policy, &purged, e) == -1)
		return NULL;
	say(view, call, domain,
	    purged.sts.policy ? "purged with its MTA-STS policy" : "purged");
	o = control_object();
	control_put_str(o, "domain", domain);
	control_put_int(o, "verdicts", (int64_t)purged.verdicts);
	control_put_bool(o, "policy", purged.sts.policy);
	control_put_bool(o, "failure", purged.sts.failure);
	return control_text(o);
}

char *
control_import(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	static const char *const results[] = {
		[STS_IMPORT_KEPT] = "kept",
		[STS_IMPORT_OLDER] = "older",
		[STS_IMPORT_EXPIRED] = "expired",
	};
	struct sts_policy *p = policy_line_read(call->arg, strlen(call->arg),
	    clock_wall_ms(clock_system()), e);
	char domain[HOSTNAME_SIZE];
	enum sts_import result;
	json_t *o;

	if (p == NULL)
		return NULL;
	(void)text_copy(domain, sizeof(domain), sts_policy_domain(p));
	if (service_import(view->service, p, &result, e) == -1)
		return NULL;
	if (result == STS_IMPORT_KEPT)
		say(view, call, domain, "MTA-STS policy imported");
	o = control_object();
	control_put_str(o, "domain", domain);
	control_put_str(o, "result", results[result]);
	return control_text(o);
}

/* ---- overrides ---- */

static int
read_level(const char *name, enum decision_level *level, struct err *e)
{
	static const enum decision_level allowed[] = { LEVEL_NONE, LEVEL_MAY,
		LEVEL_ENCRYPT };
	size_t i;

	for (i = 0; name != NULL && i < sizeof(allowed) / sizeof(*allowed); i++)
		if (strcmp(name, decision_level_name(allowed[i])) == 0) {
			*level = allowed[i];
			return 0;
		}
	return err_set(e, ERR_SYNTAX, "the level is none, may or encrypt");
}

/* Reads the argument of override-add. */
static int
read_override(const json_t *j, struct override *o, int64_t *for_ms,
    struct err *e)
{
	const char *domain = json_string_value(json_object_get(j, "domain"));
	const char *reason = json_string_value(json_object_get(j, "reason"));

	memset(o, 0, sizeof(*o));
	if (domain == NULL || reason == NULL)
		return err_set(e, ERR_SYNTAX, "domain or reason is missing");
	if (read_level(json_string_value(json_object_get(j, "level")),
		&o->level, e) == -1 ||
	    read_domain(domain, strlen(domain), o->domain, e) == -1)
		return -1;
	if (text_copy(o->reason, sizeof(o->reason), reason) == -1)
		return err_set(e, ERR_LIMIT,
		    "the reason has at most %zu octets", sizeof(o->reason) - 1);
	o->force = json_is_true(json_object_get(j, "force"));
	*for_ms = json_integer_value(json_object_get(j, "for_ms"));
	return 0;
}

char *
control_override_add(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	json_t *j = json_loads(call->arg, 0, NULL), *o = NULL;
	struct override v;
	int64_t for_ms = 0;

	if (j == NULL) {
		(void)err_set(e, ERR_SYNTAX, "no JSON object");
		return NULL;
	}
	if (read_override(j, &v, &for_ms, e) == -1)
		goto out;
	name_of(call->who, v.by, sizeof(v.by));
	if (service_override_add(view->service, &v, for_ms, e) == -1)
		goto out;
	o = control_object();
	control_put_str(o, "domain", v.domain);
	control_put_str(o, "level", decision_level_name(v.level));
	control_put_time(o, "expires", clock_wall_ms(clock_system()) + for_ms);
out:
	json_decref(j);
	return o != NULL ? control_text(o) : NULL;
}

char *
control_override_remove(void *arg, const struct control_call *call,
    struct err *e)
{
	const struct control_view *view = arg;
	char domain[HOSTNAME_SIZE];
	json_t *o;

	if (read_domain(call->arg, strlen(call->arg), domain, e) == -1 ||
	    service_override_remove(view->service, domain, e) == -1)
		return NULL;
	o = control_object();
	control_put_str(o, "domain", domain);
	return control_text(o);
}

/* ---- reload ---- */

static json_t *
lines(const struct conf_mistakes *m)
{
	json_t *list = control_need(json_array()), *text;
	char safe[512];
	size_t i;

	for (i = 0; i < m->n; i++) {
		/* what jansson does not take is no UTF-8 */
		text = json_string(m->line[i]);
		if (text == NULL)
			text = json_string(text_escape(safe, sizeof(safe),
			    m->line[i], strlen(m->line[i])));
		json_array_append_new(list, control_need(text));
	}
	return list;
}

char *
control_reload(void *arg, const struct control_call *call, struct err *e)
{
	const struct control_view *view = arg;
	struct reload_report report;
	json_t *o = control_object();

	(void)call;
	(void)e;
	view->reload(view->reload_arg, &report);
	control_put_bool(o, "in_force", report.in_force);
	json_object_set_new(o, "mistakes", lines(&report.mistakes));
	json_object_set_new(o, "notices", lines(&report.notices));
	conf_mistakes_clear(&report.mistakes);
	conf_mistakes_clear(&report.notices);
	return control_text(o);
}
