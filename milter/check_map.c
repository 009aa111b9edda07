/* check_map: whether Postfix asks the policy map - see check_parts.h */
#include "config.h"

#include "milter/check_parts.h"
#include "milter/mapref.h"
#include "share/base/xmem.h"
#include "share/policy/dialect.h"

#include <stdlib.h>
#include <string.h>

#define MAPS "smtp_tls_policy_maps"

/* Called for each entry of ours that a service has in its maps. */
typedef void each_ref(struct check *k, const char *service,
    const struct mapref *r);

/*
 * Walks the maps of one service; gives how many are ours. *before receives
 * the first other entry in front of them (free it) when not NULL.
 */
static size_t
walk(struct check *k, const char *service, bool jailed, each_ref *each,
    char **before)
{
	const char *cursor = postconf_get_for(k->p, service, MAPS);
	size_t ours = 0;
	struct mapref r;
	char *element;

	if (cursor == NULL)
		return 0;
	while ((element = postconf_list_next(&cursor)) != NULL) {
		bool mine = false;

		if (mapref_parse(&r, element, check_value(k, "queue_directory"),
			jailed)) {
			mine = mapref_is_ours(&r, k->c);
			if (mine && each != NULL)
				each(k, service, &r);
			mapref_clear(&r);
		}
		ours += mine;
		if (!mine && ours == 0 && before != NULL && *before == NULL)
			*before = element;
		else
			free(element);
	}
	return ours;
}

/* Whether a service overrides a parameter that main.cf sets. */
static bool
overrides(const struct check *k, const char *service, const char *name)
{
	return postconf_get_for(k->p, service, name) !=
	    postconf_get(k->p, name);
}

/* Calls each for our entries of smtp/unix, then of services of their own. */
static void
walk_all(struct check *k, each_ref *each)
{
	const struct postconf_service *s;
	size_t i;

	(void)walk(k, CHECK_SMTP, check_jailed(k), each, NULL);
	for (i = 0; (s = postconf_service_at(k->p, i)) != NULL; i++)
		if (strcmp(s->command, "smtp") == 0 &&
		    strcmp(s->name, CHECK_SMTP) != 0 &&
		    overrides(k, s->name, MAPS))
			(void)walk(k, s->name, s->chroot, each, NULL);
}

static const char *
best_name(const struct check *k)
{
	return postconf_version(k->p) >= 31000 ? "postfix-tlsrpt" : "postfix";
}

static void
not_ours(struct check *k)
{
	const char *old = check_value(k, MAPS);
	bool jailed = check_jailed(k);
	char *map =
	    mapref_propose(k->c, check_value(k, "queue_directory"), jailed);
	struct finding *f;

	f = findings_add(&k->out, "policy-maps", FINDING_ERROR,
	    MAPS " asks none of [policy] listen.");
	finding_why(f, "Nothing that is decided here reaches a delivery.");
	if (map == NULL) {
		finding_fix(f, "[policy]");
		finding_fix(f, "listen = [\"inet:127.0.0.1:8461\"]");
	} else
		check_fix_set(k, f, MAPS, "%s%s%s:%s", old,
		    *old != '\0' ? ", " : "", map, best_name(k));
	free(map);
}

/* Delivery services with maps of their own that leave us out. */
static void
other_services(struct check *k)
{
	const struct postconf_service *s;
	struct finding *f;
	size_t i;

	for (i = 0; (s = postconf_service_at(k->p, i)) != NULL; i++) {
		const char *v = postconf_get_for(k->p, s->name, MAPS);

		if (strcmp(s->command, "smtp") != 0 ||
		    strcmp(s->name, CHECK_SMTP) == 0 || v == NULL ||
		    !overrides(k, s->name, MAPS) ||
		    walk(k, s->name, s->chroot, NULL, NULL) > 0)
			continue;
		if (strncmp(v, "static:", 7) == 0) {
			findings_add(&k->out, "policy-maps", FINDING_OK,
			    "Service %s uses %s on purpose.", s->name, v);
			continue;
		}
		f = findings_add(&k->out, "policy-maps", FINDING_WARN,
		    "Service %s has \"" MAPS " = %s\".", s->name, v);
		finding_why(f, "Its deliveries don't ask us.");
		finding_fix(f, "%s -PX '%s/" MAPS "'", k->postconf_cmd,
		    s->name);
	}
}

void
check_policy_maps(struct check *k)
{
	char *before = NULL;

	if (walk(k, CHECK_SMTP, check_jailed(k), NULL, &before) == 0)
		not_ours(k);
	else if (before != NULL)
		findings_add(&k->out, "policy-maps", FINDING_OK,
		    MAPS " asks us after %s, whose entries win.", before);
	else
		findings_add(&k->out, "policy-maps", FINDING_OK, MAPS " = %s.",
		    check_value(k, MAPS));
	free(before);
	other_services(k);
}

static void
name_unknown(struct check *k, const char *service, const struct mapref *r)
{
	struct finding *f;

	f = findings_add(&k->out, "map-name", FINDING_ERROR,
	    "Service %s asks for map \"%s\", which is not served.", service,
	    r->name);
	finding_why(f, "Every lookup is answered TEMP; all mail is deferred.");
	check_fix_set(k, f, MAPS, "socketmap:%s:%s", r->inside, best_name(k));
}

/* postfix-tlsrpt before 3.10, or the plain dialect where more is possible. */
static void
name_dialect(struct check *k, const char *service, const struct mapref *r,
    enum dialect_id id, const char *strategy)
{
	bool modern = postconf_version(k->p) >= 31000;
	const char *version = check_value(k, "mail_version");
	struct finding *f;

	if (id == DIALECT_POSTFIX_TLSRPT && !modern) {
		f = findings_add(&k->out, "map-name", FINDING_ERROR,
		    "Service %s asks for map \"%s\", but Postfix %s doesn't "
		    "know its attributes.",
		    service, r->name, version);
		finding_why(f,
		    "Postfix before 3.10 defers all mail for a domain whose "
		    "reply has them.");
	} else if (id == DIALECT_POSTFIX && modern) {
		f = findings_add(&k->out, "map-name", FINDING_WARN,
		    "Service %s asks for map \"%s\"; Postfix %s can use "
		    "postfix-tlsrpt.",
		    service, r->name, version);
		finding_why(f,
		    "With its attributes Postfix reports sessions under the "
		    "right policy, and from 3.10.5 on skips MX hosts outside "
		    "an MTA-STS policy.");
	} else if (id == DIALECT_JSON) {
		name_unknown(k, service, r);
		return;
	} else {
		findings_add(&k->out, "map-name", FINDING_OK,
		    "Map \"%s\" fits Postfix %s (%s).", r->name, version,
		    service);
		return;
	}
	if (overrides(k, service, MAPS))
		finding_fix(f, "%s -P '%s/" MAPS "=socketmap:%s:%s%s%s'",
		    k->postconf_cmd, service, r->inside, best_name(k),
		    strategy != NULL ? "/" : "",
		    strategy != NULL ? strategy : "");
	else
		check_fix_set(k, f, MAPS, "socketmap:%s:%s%s%s", r->inside,
		    best_name(k), strategy != NULL ? "/" : "",
		    strategy != NULL ? strategy : "");
}

static void
name_one(struct check *k, const char *service, const struct mapref *r)
{
	const char *strategy = NULL;
	const struct dialect *d = dialect_find(r->name, &strategy);
	struct finding *f;

	if (d == NULL) {
		name_unknown(k, service, r);
		return;
	}
	if (strategy != NULL && conf_strategy(k->c, strategy) == NULL) {
		f = findings_add(&k->out, "map-name", FINDING_ERROR,
		    "Service %s asks for map \"%s\", but there is no strategy "
		    "\"%s\".",
		    service, r->name, strategy);
		finding_why(f, "Every lookup of it is answered TEMP.");
		finding_fix(f, "[queue.tls.%s]", strategy);
		return;
	}
	name_dialect(k, service, r, d->id, strategy);
}

static void
mx_patterns(struct check *k)
{
	static const char name[] = "smtp_tls_enforce_sts_mx_patterns";
	const char *v = postconf_get_for(k->p, CHECK_SMTP, name);
	struct finding *f;

	if (v == NULL || strcmp(v, "yes") == 0)
		return;
	f = findings_add(&k->out, "mx-patterns", FINDING_WARN, "%s is \"%s\".",
	    name, v);
	finding_why(f,
	    "MX hosts outside an MTA-STS policy are then used as long as "
	    "their certificate matches a pattern.");
	check_fix_set(k, f, name, "yes");
}

void
check_map_names(struct check *k)
{
	walk_all(k, name_one);
	mx_patterns(k);
}

static void
reach_one(struct check *k, const char *service, const struct mapref *r)
{
	const char *user = check_value(k, "mail_owner");
	bool as_postfix = false;
	struct finding *f;
	struct err e;

	if (k->host->ask_map(k->host->ctx, r->jailed ? r->inside : r->listen,
		r->name, r->jailed ? check_value(k, "queue_directory") : NULL,
		user, &as_postfix, &e) == 0) {
		findings_add(&k->out, "map-reachable", FINDING_OK,
		    "%s answers map \"%s\"%s%s%s (%s).", r->listen, r->name,
		    as_postfix ? " to user " : "", as_postfix ? user : "",
		    as_postfix ? "" : "; run check as root to ask as Postfix",
		    service);
		return;
	}
	f = findings_add(&k->out, "map-reachable", FINDING_ERROR,
	    "%s, map \"%s\": %s.", r->listen, r->name, e.text);
	finding_why(f,
	    "While the map doesn't answer Postfix defers all mail that "
	    "would ask it (%s); nothing leaves unprotected.",
	    service);
	if (strncmp(r->listen, "unix:", 5) == 0) {
		finding_fix(f, "[policy]");
		finding_fix(f, "listen = [\"%s,mode=0660,group=postfix\"]",
		    r->listen);
	}
	finding_fix(f, "systemctl restart tlsherald-milter");
}

void
check_map_reachable(struct check *k)
{
	walk_all(k, reach_one);
}

void
check_routing(struct check *k)
{
	const char *v = postconf_get(k->p, "relayhost");
	struct finding *f;

	if (v == NULL || *v == '\0') {
		findings_add(&k->out, "relayhost", FINDING_OK,
		    "No relayhost: each domain is asked for by name.");
		return;
	}
	f = findings_add(&k->out, "relayhost", FINDING_WARN, "relayhost = %s.",
	    v);
	finding_why(f,
	    "Postfix asks for the policy of this host alone, whatever the "
	    "recipient's domain; what domains publish is the relay's to "
	    "honour.");
}
