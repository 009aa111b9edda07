/* conf: the one config file of the three programs - see conf.h */
#include "config.h"

#include "share/conf/conf.h"

#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/base/xmem.h"
#include "share/conf/conf_read.h"
#include "share/conf/conf_value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *
host_name(void)
{
	char name[HOSTNAME_SIZE], normal[HOSTNAME_SIZE];

	if (gethostname(name, sizeof(name)) == 0) {
		name[sizeof(name) - 1] = '\0';
		if (hostname_normalize(name, strlen(name), normal, NULL) == 0)
			return xstrdup(normal);
	}
	return xstrdup("localhost");
}

struct conf *
conf_new(void)
{
	struct conf *c = xcalloc(1, sizeof(*c));
	const struct conf_key *k;
	size_t n;

	c->refs = 1;
	k = conf_table(&n);
	for (size_t i = 0; i < n; i++)
		if (k[i].home == CONF_H_CONF)
			conf_value_default(&k[i], c);
	free(c->server.hostname);
	c->server.hostname = host_name();
	(void)conf_read_add_strategy(c, "default");
	return c;
}

/* Frees every row's field of one struct. */
static void
clear_rows(struct conf *c, enum conf_home home, size_t index)
{
	const struct conf_key *k;
	size_t n;

	k = conf_table(&n);
	for (size_t i = 0; i < n; i++)
		if (k[i].home == home)
			conf_value_clear(&k[i],
			    conf_read_base(c, &k[i], index));
}

static void
conf_free(struct conf *c)
{
	conf_rules_clear(c);
	conf_nta_clear(c);
	for (size_t i = 0; i < c->nstrategies; i++) {
		clear_rows(c, CONF_H_STRATEGY, i);
		free(c->strategies[i].id);
	}
	for (size_t i = 0; i < c->nsignatures; i++) {
		clear_rows(c, CONF_H_SIGNATURE, i);
		free(c->signatures[i].id);
	}
	clear_rows(c, CONF_H_CONF, 0);
	free(c->strategies);
	free(c->signatures);
	free(c);
}

struct conf *
conf_ref(struct conf *c)
{
	(void)__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void
conf_unref(struct conf *c)
{
	if (c != NULL && __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) == 0)
		conf_free(c);
}

/* Host names that are compared later, in their one form. */
static void
normalize(struct conf *c)
{
	char name[HOSTNAME_SIZE];
	char *s = c->server.hostname;

	if (hostname_normalize(s, strlen(s), name, NULL) == 0) {
		free(s);
		c->server.hostname = xstrdup(name);
	}
}

static void
forget(struct conf_mistakes *m)
{
	if (m != NULL)
		*m = (struct conf_mistakes){ .line = NULL };
}

struct conf *
conf_parse(const char *name, const char *text, size_t len,
    struct conf_mistakes *mistakes, struct conf_mistakes *notices)
{
	struct conf_reader r = { .c = conf_new() };
	struct toml_doc_place where;
	struct toml_doc_node *root;
	struct err e;
	bool bad;

	forget(mistakes);
	forget(notices);
	root = toml_doc_parse(text, len, &where, &e);
	if (root == NULL)
		conf_finding_add(&r.mistakes, where, "%s", e.text);
	else
		conf_read_file(&r, root);
	bad = r.mistakes.n > 0;
	conf_finding_give(&r.mistakes, name, mistakes);
	conf_finding_give(&r.notices, name, bad ? NULL : notices);
	toml_doc_free(root);
	free(r.seen);
	free(r.strategy_at);
	free(r.signature_at);
	if (bad) {
		conf_unref(r.c);
		return NULL;
	}
	normalize(r.c);
	return r.c;
}

/* Reads the whole file; -1 and e when it cannot be had or is too large. */
static int
read_whole(const char *path, struct buf *b, struct err *e)
{
	char part[8192];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd == -1)
		return err_sys(e, "cannot be read");
	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			(void)err_sys(e, "cannot be read");
			break;
		}
		buf_add(b, part, (size_t)n);
		if (buf_full(b)) {
			n = err_set(e, ERR_LIMIT, "larger than %d octets",
			    CONF_FILE_MAX);
			break;
		}
	}
	(void)close(fd);
	return n == 0 ? 0 : -1;
}

struct conf *
conf_load(const char *path, struct conf_mistakes *mistakes,
    struct conf_mistakes *notices)
{
	struct conf *c = NULL;
	struct buf b;
	struct err e;

	forget(mistakes);
	forget(notices);
	buf_init(&b, CONF_FILE_MAX);
	if (read_whole(path, &b, &e) == 0) {
		c = conf_parse(path, buf_str(&b), b.len, mistakes, notices);
	} else if (mistakes != NULL) {
		mistakes->line = xcalloc(1, sizeof(*mistakes->line));
		mistakes->line[mistakes->n++] =
		    xasprintf("%s: %s", path, e.text);
	}
	buf_clear(&b);
	return c;
}
