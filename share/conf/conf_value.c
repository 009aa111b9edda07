/* conf_value: a key's value from TOML - see conf_value.h */
#include "config.h"

#include "share/conf/conf_value.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/conf/conf_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 16
#define SHOWN_MAX 96

/* What is needed to read one value. */
struct reading {
	const struct conf_key *k;
	const char *hostname;
	struct conf_findings *f;
};

void
conf_list_clear(struct conf_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->item[i]);
	free(l->item);
	*l = (struct conf_list){ .item = NULL };
}

static void *
field(const struct conf_key *k, void *base)
{
	return (char *)base + k->field;
}

char *
conf_value_string(const char *key, const struct toml_doc_node *n,
    const char *hostname, struct conf_findings *f)
{
	struct err e;
	char *s;

	if (n->type != TOML_DOC_STRING) {
		conf_finding_add(f, n->at, "%s: must be a string, not %s", key,
		    toml_doc_type_name(n->type));
		return NULL;
	}
	s = expr_constant_string(n->text, hostname, &e);
	if (s == NULL)
		conf_finding_add(f, n->at, "%s: %s", key, e.text);
	return s;
}

/* Says that a value is wrong, showing it unless it may be a secret. */
static int
wrong(const struct reading *r, struct toml_doc_place at, const char *value,
    const char *why)
{
	char shown[SHOWN_MAX];

	if (r->k->secret)
		conf_finding_add(r->f, at, "%s: %s", r->k->key, why);
	else
		conf_finding_add(r->f, at, "%s = \"%s\": %s", r->k->key,
		    text_escape(shown, sizeof(shown), value, strlen(value)),
		    why);
	return -1;
}

static int
checked(const struct reading *r, struct toml_doc_place at, const char *value)
{
	struct err e;

	if (r->k->check == NULL || r->k->check(value, &e) == 0)
		return 0;
	return wrong(r, at, value, e.text);
}

/* The index of value in the row's names, or -1 with a finding. */
static int
name_index(const struct reading *r, struct toml_doc_place at, const char *value)
{
	const char *const *names = r->k->names;
	char text[ERR_TEXT_MAX];
	const char *near;
	size_t n = 0;
	struct buf b;

	for (; names[n] != NULL; n++)
		if (text_equal_nocase(names[n], value))
			return (int)n;
	buf_init(&b, sizeof(text) - 1);
	buf_puts(&b, "must be ");
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s\"%s\"",
		    i == 0           ? ""
			: i + 1 == n ? " or "
				     : ", ",
		    names[i]);
	near = text_nearest(value, names, n);
	if (near != NULL)
		buf_printf(&b, " (did you mean \"%s\"?)", near);
	(void)wrong(r, at, value, buf_str(&b));
	buf_clear(&b);
	return -1;
}

static int
read_text(const struct reading *r, char **dst, const struct toml_doc_node *n)
{
	char *s = conf_value_string(r->k->key, n, r->hostname, r->f);
	int i;

	if (s == NULL)
		return -1;
	if (r->k->type == CONF_T_WORD) {
		i = name_index(r, n->at, s);
		free(s);
		if (i == -1)
			return -1;
		s = xstrdup(r->k->names[i]);
	} else if (checked(r, n->at, s) == -1) {
		free(s);
		return -1;
	}
	free(*dst);
	*dst = s;
	return 0;
}

static int
read_enum(const struct reading *r, void *dst, const struct toml_doc_node *n)
{
	char *s;
	int i;

	if (n->type == TOML_DOC_ARRAY && r->k->home == CONF_H_STRATEGY) {
		conf_finding_add(r->f, n->at,
		    "%s: rules are not written per key: define strategies "
		    "and choose one by [queue.strategy] tls",
		    r->k->key);
		return -1;
	}
	s = conf_value_string(r->k->key, n, r->hostname, r->f);
	if (s == NULL)
		return -1;
	i = name_index(r, n->at, s);
	free(s);
	if (i != -1)
		memcpy(dst, &i, sizeof(i)); /* an enum or an int */
	return i == -1 ? -1 : 0;
}

static int
read_bool(const struct reading *r, bool *dst, const struct toml_doc_node *n)
{
	if (n->type == TOML_DOC_BOOL) {
		*dst = n->boolean;
		return 0;
	}
	if (n->type == TOML_DOC_STRING &&
	    (strcmp(n->text, "true") == 0 || strcmp(n->text, "false") == 0)) {
		*dst = *n->text == 't';
		return 0;
	}
	conf_finding_add(r->f, n->at, "%s: must be true or false, not %s",
	    r->k->key, toml_doc_type_name(n->type));
	return -1;
}

static int
in_range(const struct reading *r, struct toml_doc_place at, int64_t v)
{
	void (*show)(int64_t, struct buf *) = r->k->type == CONF_T_SIZE
	    ? conf_write_size
	    : r->k->type == CONF_T_COUNT ? conf_write_count
					 : conf_write_duration;
	struct buf b;

	if (v >= r->k->min && v <= r->k->max)
		return 0;
	buf_init(&b, ERR_TEXT_MAX);
	buf_puts(&b, "must be from ");
	show(r->k->min, &b);
	buf_puts(&b, " to ");
	show(r->k->max, &b);
	conf_finding_add(r->f, at, "%s: %s", r->k->key, buf_str(&b));
	buf_clear(&b);
	return -1;
}

/* A bare number is no duration: other programs read it as milliseconds. */
static int
read_duration(const struct reading *r, int64_t *dst,
    const struct toml_doc_node *n)
{
	struct err e;
	int64_t ms = 0;
	char *s;
	int rc;

	if (n->type == TOML_DOC_INTEGER) {
		conf_finding_add(r->f, n->at,
		    "%s: a duration has a unit (did you mean \"%" PRId64
		    "s\"?)",
		    r->k->key, n->integer);
		return -1;
	}
	s = conf_value_string(r->k->key, n, r->hostname, r->f);
	if (s == NULL)
		return -1;
	if (*s != '\0' && s[strspn(s, "0123456789 ")] == '\0')
		rc = wrong(r, n->at, s,
		    "a duration has a unit, like \"30s\" or \"3m\"");
	else if (text_duration_ms(s, &ms, &e) == -1)
		rc = wrong(r, n->at, s, e.text);
	else
		rc = in_range(r, n->at, ms);
	free(s);
	if (rc == 0)
		*dst = ms;
	return rc;
}

static int
read_size(const struct reading *r, int64_t *dst, const struct toml_doc_node *n)
{
	struct err e;
	int64_t v = n->integer;
	char *s;

	if (n->type != TOML_DOC_INTEGER) {
		s = conf_value_string(r->k->key, n, r->hostname, r->f);
		if (s == NULL)
			return -1;
		if (text_size(s, &v, &e) == -1) {
			(void)wrong(r, n->at, s, e.text);
			free(s);
			return -1;
		}
		free(s);
	}
	if (in_range(r, n->at, v) == -1)
		return -1;
	*dst = v;
	return 0;
}

static int
read_count(const struct reading *r, int64_t *dst, const struct toml_doc_node *n)
{
	if (n->type != TOML_DOC_INTEGER) {
		conf_finding_add(r->f, n->at, "%s: must be a number, not %s",
		    r->k->key, toml_doc_type_name(n->type));
		return -1;
	}
	if (in_range(r, n->at, n->integer) == -1)
		return -1;
	*dst = n->integer;
	return 0;
}

/* Takes s into the list, or frees it when it is wrong. */
static int
list_add(const struct reading *r, struct conf_list *l, char *s,
    struct toml_doc_place at)
{
	if (checked(r, at, s) == -1) {
		free(s);
		return -1;
	}
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->item[i], s) == 0) {
			(void)wrong(r, at, s, "stands in the list twice");
			free(s);
			return -1;
		}
	l->item = xreallocarray(l->item, l->n + 1, sizeof(*l->item));
	l->item[l->n++] = s;
	return 0;
}

/* "['a', 'b']" or "a" */
static int
read_list_string(const struct reading *r, struct conf_list *l,
    const struct toml_doc_node *n)
{
	struct err e;
	char **items;
	size_t have;
	int rc = 0;

	if (n->text[strspn(n->text, " \t")] != '[') {
		char *s = conf_value_string(r->k->key, n, r->hostname, r->f);

		return s == NULL ? -1 : list_add(r, l, s, n->at);
	}
	if (expr_constant_list(n->text, &items, &have, &e) == -1) {
		conf_finding_add(r->f, n->at, "%s: %s", r->k->key, e.text);
		return -1;
	}
	for (size_t i = 0; i < have; i++)
		if (list_add(r, l, items[i], n->at) == -1)
			rc = -1;
	free(items);
	return rc;
}

static int
read_list_array(const struct reading *r, struct conf_list *l,
    const struct toml_doc_node *n)
{
	int rc = 0;

	if (n->nchildren > CONF_LIST_MAX) {
		conf_finding_add(r->f, n->at,
		    "%s: more than %d items (use \"file:PATH\" where the "
		    "manual offers it)",
		    r->k->key, CONF_LIST_MAX);
		return -1;
	}
	for (size_t i = 0; i < n->nchildren; i++) {
		char *s = conf_value_string(r->k->key, &n->child[i],
		    r->hostname, r->f);

		if (s == NULL || list_add(r, l, s, n->child[i].at) == -1)
			rc = -1;
	}
	return rc;
}

static int
read_list(const struct reading *r, struct conf_list *dst,
    const struct toml_doc_node *n)
{
	struct conf_list l = { .item = NULL };
	int rc = -1;

	if (n->type == TOML_DOC_STRING)
		rc = read_list_string(r, &l, n);
	else if (n->type == TOML_DOC_ARRAY)
		rc = read_list_array(r, &l, n);
	else
		conf_finding_add(r->f, n->at,
		    "%s: must be a list of strings, not %s", r->k->key,
		    toml_doc_type_name(n->type));
	conf_list_clear(dst);
	*dst = l;
	return rc;
}

int
conf_value_read(const struct conf_key *k, void *base,
    const struct toml_doc_node *n, const char *hostname,
    struct conf_findings *f)
{
	struct reading r = { .k = k, .hostname = hostname, .f = f };
	void *dst = field(k, base);

	switch (k->type) {
	case CONF_T_STRING:
	case CONF_T_WORD:
		return read_text(&r, dst, n);
	case CONF_T_LIST:
		return read_list(&r, dst, n);
	case CONF_T_BOOL:
		return read_bool(&r, dst, n);
	case CONF_T_ENUM:
		return read_enum(&r, dst, n);
	case CONF_T_DURATION:
		return read_duration(&r, dst, n);
	case CONF_T_SIZE:
		return read_size(&r, dst, n);
	case CONF_T_COUNT:
		return read_count(&r, dst, n);
	case CONF_T_RULES:
	case CONF_T_SEND:
	case CONF_T_NTAS:
		break;
	}
	abort();
}

void
conf_value_default(const struct conf_key *k, void *base)
{
	struct toml_doc_place where;
	struct toml_doc_node *doc;
	struct err e;
	char *text;
	int rc;

	if (k->type == CONF_T_RULES || k->type == CONF_T_SEND ||
	    k->type == CONF_T_NTAS)
		return;
	if (k->standard == NULL) {
		*(char **)field(k, base) = xstrdup("");
		return;
	}
	text = xasprintf("x = %s\n", k->standard);
	doc = toml_doc_parse(text, strlen(text), &where, &e);
	rc = doc == NULL ? -1
			 : conf_value_read(k, base, &doc->child[0], "", NULL);
	toml_doc_free(doc);
	free(text);
	if (rc == -1)
		abort(); /* the table contradicts itself */
}

void
conf_value_clear(const struct conf_key *k, void *base)
{
	if (k->type == CONF_T_STRING || k->type == CONF_T_WORD)
		free(*(char **)field(k, base));
	else if (k->type == CONF_T_LIST)
		conf_list_clear(field(k, base));
}
