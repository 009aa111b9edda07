/* conf_read: from the file's tree to a struct conf - see conf_read.h */
#include "config.h"

#include "share/conf/conf_read.h"

#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/conf/conf_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_LEN 512
#define WORDS_MAX 96

/* the older spelling of the default strategy's section */
#define OLD_SECTION "queue.outbound.tls"
#define NEW_SECTION "queue.tls.default"

void *
conf_read_base(const struct conf *c, const struct conf_key *k, size_t index)
{
	switch (k->home) {
	case CONF_H_STRATEGY:
		return &c->strategies[index];
	case CONF_H_SIGNATURE:
		return &c->signatures[index];
	case CONF_H_CONF:
		break;
	}
	return (void *)(uintptr_t)c;
}

/* Gives every row of this home its default. */
static void
set_defaults(struct conf *c, enum conf_home home, size_t index)
{
	const struct conf_key *k;
	size_t n;

	k = conf_table(&n);
	for (size_t i = 0; i < n; i++)
		if (k[i].home == home)
			conf_value_default(&k[i],
			    conf_read_base(c, &k[i], index));
}

size_t
conf_read_add_strategy(struct conf *c, const char *id)
{
	size_t i = c->nstrategies;

	c->strategies =
	    xreallocarray(c->strategies, i + 1, sizeof(*c->strategies));
	c->strategies[i] = (struct strategy){ .id = xstrdup(id) };
	c->nstrategies++;
	set_defaults(c, CONF_H_STRATEGY, i);
	return i;
}

size_t
conf_read_strategy(const struct conf *c, const char *id)
{
	size_t i = 0;

	while (i < c->nstrategies && strcmp(c->strategies[i].id, id) != 0)
		i++;
	return i;
}

static void
add_signature(struct conf *c, const char *id)
{
	size_t i = c->nsignatures;

	c->signatures =
	    xreallocarray(c->signatures, i + 1, sizeof(*c->signatures));
	c->signatures[i] = (struct conf_signature){ .id = xstrdup(id) };
	c->nsignatures++;
	set_defaults(c, CONF_H_SIGNATURE, i);
}

static size_t
find_signature(const struct conf *c, const char *id)
{
	size_t i = 0;

	while (i < c->nsignatures && strcmp(c->signatures[i].id, id) != 0)
		i++;
	return i;
}

void
conf_read_unknown_strategy(struct conf_reader *r, struct toml_doc_place at,
    const char *where, const char *id)
{
	const struct conf *c = r->c;
	const char **known = xcalloc(c->nstrategies, sizeof(*known));
	char *what = xasprintf("%s: unknown strategy", where);

	for (size_t i = 0; i < c->nstrategies; i++)
		known[i] = c->strategies[i].id;
	conf_finding_unknown(&r->mistakes, at, what, id, known, c->nstrategies);
	free(what);
	free(known);
}

/* The child tables of the section at path, or NULL. */
static const struct toml_doc_node *
section(const struct toml_doc_node *n, const char *a, const char *b)
{
	for (const char *key = a; key != NULL && n != NULL;
	     key = key == a ? b : NULL) {
		n = toml_doc_get(n, key);
		if (n != NULL && n->type != TOML_DOC_TABLE)
			return NULL;
	}
	return n;
}

/* Whether this table may be a strategy or signature; else a mistake. */
static bool
usable_id(struct conf_reader *r, const char *what, size_t have,
    const struct toml_doc_node *n)
{
	char shown[80];

	/* the rest is said when it is read as a section or key */
	if (n->type != TOML_DOC_TABLE || *n->key == '\0' ||
	    strchr(n->key, '.') != NULL)
		return false;
	if (have >= CONF_IDS_MAX) {
		conf_finding_add(&r->mistakes, n->key_at,
		    "more than %d of [%s.*]", CONF_IDS_MAX, what);
		return false;
	}
	if (conf_table_is_id(n->key))
		return true;
	conf_finding_add(&r->mistakes, n->key_at,
	    "[%s.%s]: a name has 1 to 64 letters, digits, \"_\" and \"-\"",
	    what, text_escape(shown, sizeof(shown), n->key, strlen(n->key)));
	return false;
}

static void
read_ids(struct conf_reader *r, const struct toml_doc_node *root)
{
	const struct toml_doc_node *t = section(root, "queue", "tls");
	const struct toml_doc_node *s = section(root, "signature", NULL);
	struct conf *c = r->c;

	for (size_t i = 0; t != NULL && i < t->nchildren; i++)
		if (usable_id(r, "queue.tls", c->nstrategies, &t->child[i]) &&
		    conf_read_strategy(c, t->child[i].key) == c->nstrategies)
			(void)conf_read_add_strategy(c, t->child[i].key);
	r->strategy_at = xcalloc(c->nstrategies, sizeof(*r->strategy_at));
	for (size_t i = 0; t != NULL && i < t->nchildren; i++) {
		size_t at = conf_read_strategy(c, t->child[i].key);

		if (at < c->nstrategies)
			r->strategy_at[at] = t->child[i].key_at;
	}
	for (size_t i = 0; s != NULL && i < s->nchildren; i++)
		if (usable_id(r, "signature", c->nsignatures, &s->child[i]))
			add_signature(c, s->child[i].key);
	r->signature_at = xcalloc(c->nsignatures, sizeof(*r->signature_at));
	for (size_t i = 0; s != NULL && i < s->nchildren; i++) {
		size_t at = find_signature(c, s->child[i].key);

		if (at < c->nsignatures)
			r->signature_at[at] = s->child[i].key_at;
	}
}

const struct toml_doc_node *
conf_read_seen(const struct conf_reader *r, const char *section_name,
    const char *key, size_t index)
{
	for (size_t i = 0; i < r->nseen; i++) {
		const struct conf_seen *s = &r->seen[i];

		if (s->index == index && strcmp(s->k->key, key) == 0 &&
		    strcmp(s->k->section, section_name) == 0)
			return s->n;
	}
	return NULL;
}

/* Notes that the key stands in the file; false and a mistake: twice. */
static bool
see(struct conf_reader *r, const struct conf_key *k, size_t index,
    const struct toml_doc_node *n)
{
	const struct toml_doc_node *old =
	    conf_read_seen(r, k->section, k->key, index);

	if (old != NULL) {
		conf_finding_add(&r->mistakes, n->key_at,
		    "%s is set at line %u already: [%s] and [%s] are the same "
		    "section",
		    k->key, old->key_at.line, OLD_SECTION, NEW_SECTION);
		return false;
	}
	r->seen = xreallocarray(r->seen, r->nseen + 1, sizeof(*r->seen));
	r->seen[r->nseen++] =
	    (struct conf_seen){ .k = k, .index = index, .n = n };
	return true;
}

static void
read_key(struct conf_reader *r, const struct conf_key *k, const char *id,
    const struct toml_doc_node *n)
{
	struct conf *c = r->c;
	size_t index = 0, have = 1;

	if (k->home == CONF_H_STRATEGY) {
		index = conf_read_strategy(c, id);
		have = c->nstrategies;
	} else if (k->home == CONF_H_SIGNATURE) {
		index = find_signature(c, id);
		have = c->nsignatures;
	}
	/* an unusable id was reported when the ids were read */
	if (index >= have || !see(r, k, index, n))
		return;
	if (k->type == CONF_T_NTAS)
		conf_nta_read(r, n);
	else if (k->type != CONF_T_RULES && k->type != CONF_T_SEND)
		(void)conf_value_read(k, conf_read_base(c, k, index), n,
		    c->server.hostname, &r->mistakes);
}

/* A section of the table where key may stand, or whose last part it is. */
static const char *
elsewhere(const char *key, bool table, const char *path)
{
	const struct conf_key *k;
	size_t n;

	k = conf_table(&n);
	for (size_t i = 0; i < n; i++) {
		const char *last = strrchr(k[i].section, '.');

		if (table ? last != NULL && strcmp(last + 1, key) == 0
			  : strcmp(k[i].key, key) == 0 &&
			    !conf_table_fits(k[i].section, path, NULL, 0))
			return k[i].section;
	}
	return NULL;
}

static void
unknown(struct conf_reader *r, const char *path, const struct toml_doc_node *n)
{
	char words[WORDS_MAX][64], shown[80];
	const char *known[WORDS_MAX], *near, *other;
	bool table = n->type == TOML_DOC_TABLE && *path == '\0';
	size_t have = conf_table_words(path, words, WORDS_MAX);
	struct buf b;

	for (size_t i = 0; i < have; i++)
		known[i] = words[i];
	(void)text_escape(shown, sizeof(shown), n->key, strlen(n->key));
	near = text_nearest(n->key, known, have);
	other = elsewhere(n->key, n->type == TOML_DOC_TABLE, path);
	buf_init(&b, ERR_TEXT_MAX);
	if (n->type == TOML_DOC_TABLE)
		buf_printf(&b, "unknown section [%s%s%s]", path,
		    *path == '\0' ? "" : ".", shown);
	else if (*path == '\0')
		buf_printf(&b, "unknown key \"%s\" before the first section",
		    shown);
	else
		buf_printf(&b, "unknown key \"%s\" in [%s]", shown, path);
	if (near != NULL && table)
		buf_printf(&b, " (did you mean [%s]?)", near);
	else if (near != NULL)
		buf_printf(&b, " (did you mean \"%s\"?)", near);
	else if (other != NULL)
		buf_printf(&b,
		    n->type == TOML_DOC_TABLE ? " (did you mean [%s]?)"
					      : " (it belongs into [%s])",
		    other);
	conf_finding_add(&r->mistakes, n->key_at, "%s", buf_str(&b));
	buf_clear(&b);
}

static void read_table(struct conf_reader *r, const char *path,
    const struct toml_doc_node *t);

/* One entry of the section at path: a key, or the next section. */
static void
read_entry(struct conf_reader *r, const char *path,
    const struct toml_doc_node *n)
{
	char below[PATH_MAX_LEN], id[80] = "";
	const struct conf_key *k = conf_table_find(path, n->key, id, 80);
	int len;

	if (k != NULL) {
		read_key(r, k, id, n);
		return;
	}
	len = snprintf(below, sizeof(below), "%s%s%s", path,
	    *path == '\0' ? "" : ".", n->key);
	if (strchr(n->key, '.') != NULL || *n->key == '\0' ||
	    (size_t)len >= sizeof(below) ||
	    (!conf_table_is_section(below) &&
		strcmp(below, "queue.outbound") != 0 &&
		strcmp(below, OLD_SECTION) != 0)) {
		unknown(r, path, n);
		return;
	}
	if (n->type != TOML_DOC_TABLE) {
		conf_finding_add(&r->mistakes, n->key_at,
		    "%s is a section, not a key: write [%s]", n->key, below);
		return;
	}
	if (strcmp(below, OLD_SECTION) == 0)
		(void)text_copy(below, sizeof(below), NEW_SECTION);
	read_table(r, below, n);
}

static void
read_table(struct conf_reader *r, const char *path,
    const struct toml_doc_node *t)
{
	/* no section has more parts than the table knows: this recursion is
	 * bounded by it */
	for (size_t i = 0; i < t->nchildren; i++)
		read_entry(r, path, &t->child[i]);
}

/* What other values refer to by key_get() must be known before them. */
static void
read_hostname(struct conf_reader *r, const struct toml_doc_node *root)
{
	const struct toml_doc_node *s = section(root, "server", NULL);
	const struct toml_doc_node *n =
	    s == NULL ? NULL : toml_doc_get(s, "hostname");
	const struct conf_key *k =
	    conf_table_find("server", "hostname", NULL, 0);

	/* mistakes are told when it is read in its turn */
	if (n != NULL)
		(void)conf_value_read(k, r->c, n, r->c->server.hostname, NULL);
}

/* Keys that a section must have. */
static void
check_needed(struct conf_reader *r)
{
	const struct conf_key *k;
	size_t n;

	k = conf_table(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; k[i].needed && j < r->c->nsignatures; j++)
			if (conf_read_seen(r, k[i].section, k[i].key, j) ==
			    NULL)
				conf_finding_add(&r->mistakes,
				    r->signature_at[j],
				    "[signature.%s] lacks \"%s\"",
				    r->c->signatures[j].id, k[i].key);
}

void
conf_read_file(struct conf_reader *r, const struct toml_doc_node *root)
{
	read_hostname(r, root);
	read_ids(r, root);
	read_table(r, "", root);
	conf_rules_read(r);
	check_needed(r);
	conf_judge(r);
}
