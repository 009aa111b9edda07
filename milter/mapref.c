/* mapref: a socketmap as Postfix's configuration names it - see mapref.h */
#include "config.h"

#include "milter/mapref.h"
#include "share/base/xmem.h"
#include "share/net/listener.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "socketmap:"
#define PROXY "proxy:"
#define LOCALHOST "inet:localhost:"

bool
mapref_parse(struct mapref *r, const char *element, const char *queue_directory,
    bool jailed)
{
	const char *where, *colon;
	int len;

	if (strncmp(element, PROXY, sizeof(PROXY) - 1) == 0) {
		element += sizeof(PROXY) - 1;
		jailed = false; /* proxymap(8) looks from outside */
	}
	if (strncmp(element, PREFIX, sizeof(PREFIX) - 1) != 0)
		return false;
	where = element + sizeof(PREFIX) - 1;
	colon = strrchr(where, ':');
	if (colon == NULL || colon[1] == '\0')
		return false;
	len = (int)(colon - where);
	r->name = xstrdup(colon + 1);
	r->jailed = false;
	r->inside = xstrndup(where, (size_t)len);
	if (strncmp(where, LOCALHOST, sizeof(LOCALHOST) - 1) == 0) {
		/* listeners are written with addresses */
		r->listen = xasprintf("inet:127.0.0.1:%s",
		    r->inside + sizeof(LOCALHOST) - 1);
	} else if (strncmp(where, "unix:", 5) != 0) {
		r->listen = xstrdup(r->inside);
	} else if (jailed || where[5] != '/') {
		r->listen = xasprintf("unix:%s/%.*s", queue_directory,
		    len - 5 - (where[5] == '/'), where + 5 + (where[5] == '/'));
		r->jailed = jailed;
	} else
		r->listen = xstrdup(r->inside);
	return true;
}

void
mapref_clear(struct mapref *r)
{
	free(r->listen);
	free(r->inside);
	free(r->name);
}

/* Hosts that reach a listener on host: itself, or any for a wildcard. */
static bool
reaches(const char *asked, const char *host)
{
	return strcmp(asked, host) == 0 || strcmp(host, "*") == 0 ||
	    strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

bool
mapref_is_ours(const struct mapref *r, const struct conf *c)
{
	struct listener_spec asked, ours;
	size_t i;

	if (listener_parse(r->listen, &asked, NULL) != 0)
		return false;
	for (i = 0; i < c->policy.listen.n; i++) {
		if (listener_parse(c->policy.listen.item[i], &ours, NULL) != 0)
			continue;
		if (asked.path[0] != '\0'
			? strcmp(asked.path, ours.path) == 0
			: ours.path[0] == '\0' && asked.port == ours.port &&
			    reaches(asked.host, ours.host))
			return true;
	}
	return false;
}

static char *
propose_one(const struct listener_spec *l, const char *queue_directory,
    bool jailed)
{
	size_t n = strlen(queue_directory);
	const char *host = l->host;

	if (l->path[0] != '\0') {
		if (!jailed)
			return xasprintf(PREFIX "unix:%s", l->path);
		if (strncmp(l->path, queue_directory, n) != 0 ||
		    l->path[n] != '/')
			return NULL;
		return xasprintf(PREFIX "unix:%s", l->path + n);
	}
	if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	return xasprintf(strchr(host, ':') != NULL ? PREFIX "inet:[%s]:%u"
						   : PREFIX "inet:%s:%u",
	    host, (unsigned)l->port);
}

char *
mapref_propose(const struct conf *c, const char *queue_directory, bool jailed)
{
	struct listener_spec l;
	char *s = NULL;
	size_t i;

	for (i = 0; s == NULL && i < c->policy.listen.n; i++)
		if (listener_parse(c->policy.listen.item[i], &l, NULL) == 0)
			s = propose_one(&l, queue_directory, jailed);
	return s;
}
