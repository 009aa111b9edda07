/* own_domains: which domains are this site's - see own_domains.h */
#include "config.h"

#include "analyzer/own_domains.h"

#include "share/app/postconf.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
add(struct own_domains *o, const char *s, size_t n)
{
	if (n == 0 || o->n == OWN_DOMAINS_MAX)
		return;
	if (o->n == o->room) {
		o->room = o->room == 0 ? 16 : 2 * o->room;
		o->glob = xreallocarray(o->glob, o->room, sizeof(*o->glob));
	}
	o->glob[o->n] = xstrndup(s, n);
	text_lower(o->glob[o->n++]);
}

static int
add_file(struct own_domains *o, const char *path, struct err *e)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (in == NULL)
		return err_sys(e, "[server] domains: cannot open %s", path);
	while (getline(&line, &size, in) != -1) {
		size_t from = strspn(line, " \t");

		add(o, line + from, strcspn(line + from, " \t\r\n#"));
	}
	free(line);
	if (ferror(in)) {
		(void)fclose(in);
		return err_set(e, ERR_SYS, "[server] domains: cannot read %s",
		    path);
	}
	(void)fclose(in);
	return 0;
}

void
own_domains_add_postfix(struct own_domains *o, const char *list)
{
	char *word;

	while ((word = postconf_list_next(&list)) != NULL) {
		/* type:table and what excludes are no domains */
		if (strpbrk(word, ":/!$") == NULL)
			add(o, word, strlen(word));
		free(word);
	}
}

static int
add_postfix(struct own_domains *o, struct err *e)
{
	static const char *const names[] = { "mydestination",
		"virtual_mailbox_domains", "virtual_alias_domains",
		"relay_domains" };
	struct postconf *p = postconf_read(NULL, e);

	if (p == NULL)
		return err_wrap(e, "[server] domains = \"postfix\"");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *list = postconf_get(p, names[i]);

		if (list != NULL)
			own_domains_add_postfix(o, list);
	}
	postconf_free(p);
	return 0;
}

int
own_domains_init(struct own_domains *o, const struct conf *c, struct err *e)
{
	const struct conf_list *l = &c->server.domains;
	int ret = 0;

	memset(o, 0, sizeof(*o));
	o->any = l->n == 0;
	for (size_t i = 0; ret == 0 && i < l->n; i++) {
		if (strncmp(l->item[i], "file:", 5) == 0)
			ret = add_file(o, l->item[i] + 5, e);
		else if (strcmp(l->item[i], "postfix") == 0)
			ret = add_postfix(o, e);
		else
			add(o, l->item[i], strlen(l->item[i]));
	}
	return ret;
}

void
own_domains_clear(struct own_domains *o)
{
	for (size_t i = 0; i < o->n; i++)
		free(o->glob[i]);
	free(o->glob);
	memset(o, 0, sizeof(*o));
}

bool
own_domains_has(const struct own_domains *o, const char *domain)
{
	for (size_t i = 0; i < o->n; i++)
		if (fnmatch(o->glob[i], domain, 0) == 0)
			return true;
	return o->any;
}
