/* log_policy: the policy in force for a next hop - see log_policy.h */
#include "config.h"

#include "reportgen/log_policy.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define TLSA_PREFIX "_25._tcp."

static void
clear_texts(struct log_texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->text[i]);
	free(t->text);
	t->text = NULL;
	t->n = 0;
}

static void
add_text(struct log_texts *t, const char *s, size_t n)
{
	if (t->n == LOG_POLICY_TEXTS_MAX)
		return;
	t->text = xreallocarray(t->text, t->n + 1, sizeof(t->text[0]));
	t->text[t->n++] = xstrndup(s, n);
}

void
log_policy_free(struct log_policy *p)
{
	if (p == NULL)
		return;
	clear_texts(&p->strings);
	clear_texts(&p->mx);
	for (size_t i = 0; i < p->ntlsa; i++)
		clear_texts(&p->tlsa[i].records);
	free(p->tlsa);
	free(p->alias);
	free(p);
}

/* ---- the reply of postfix-tlsrpt ---- */

/* One word, or what stands between braces; false at the end. */
static bool
next_word(const char **at, const char **word, size_t *n)
{
	const char *s = *at + strspn(*at, " ");
	const char *end;

	if (*s == '\0')
		return false;
	if (*s == '{') {
		s++;
		end = strchr(s, '}');
		if (end == NULL)
			return false;
		*at = end + 1;
	} else {
		end = s + strcspn(s, " ");
		*at = end;
	}
	*word = s;
	*n = (size_t)(end - s);
	return true;
}

/* The value of "name=value" or "name = value" where that is the name. */
static bool
is_field(const char *word, size_t n, const char *name, const char **value,
    size_t *len)
{
	size_t size = strlen(name);
	const char *end = word + n;

	if (n < size || memcmp(word, name, size) != 0)
		return false;
	word += size;
	while (word < end && *word == ' ')
		word++;
	if (word == end || *word++ != '=')
		return false;
	while (word < end && *word == ' ')
		word++;
	*value = word;
	*len = (size_t)(end - word);
	return true;
}

static void
read_word(struct log_policy *p, const char *word, size_t n)
{
	const char *value;
	size_t len;

	if (is_field(word, n, "policy_type", &value, &len)) {
		p->sts = len == 3 && memcmp(value, "sts", 3) == 0;
	} else if (is_field(word, n, "policy_domain", &value, &len)) {
		if (hostname_normalize(value, len, p->domain, NULL) == -1)
			p->domain[0] = '\0';
	} else if (is_field(word, n, "policy_string", &value, &len)) {
		add_text(&p->strings, value, len);
		p->testing = p->testing ||
		    (len == 13 && memcmp(value, "mode: testing", 13) == 0);
	} else if (is_field(word, n, "mx_host_pattern", &value, &len)) {
		add_text(&p->mx, value, len);
	}
}

static enum log_level_class
class_of(const char *level, size_t n)
{
	static const struct {
		const char *level;
		enum log_level_class class;
	} classes[] = {
		{ "encrypt", LOG_LEVEL_ENCRYPT },
		{ "dane", LOG_LEVEL_DANE },
		{ "dane-only", LOG_LEVEL_DANE_ONLY },
		{ "verify", LOG_LEVEL_VERIFY },
		{ "secure", LOG_LEVEL_VERIFY },
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i].level) == n &&
		    memcmp(classes[i].level, level, n) == 0)
			return classes[i].class;
	return LOG_LEVEL_OPEN;
}

static void
read_reply(struct log_policy *p, const char *reply)
{
	const char *word;
	size_t n;

	p->temp = strncmp(reply, "TEMP", 4) == 0;
	if (strncmp(reply, "OK ", 3) != 0)
		return;
	reply += 3;
	if (next_word(&reply, &word, &n))
		p->level = class_of(word, n);
	while (next_word(&reply, &word, &n))
		read_word(p, word, n);
	if (p->domain[0] == '\0')
		p->sts = p->testing = false;
}

/* ---- the links ---- */

/* RFC 7672 sections 3.1.1 to 3.1.3: "u s m HEX" that a client can use. */
static bool
is_usable(const char *s, size_t n)
{
	return n > 6 && (s[0] == '2' || s[0] == '3') && s[1] == ' ' &&
	    (s[2] == '0' || s[2] == '1') && s[3] == ' ' && s[4] >= '0' &&
	    s[4] <= '2' && s[5] == ' ';
}

static void
add_tlsa(struct log_policy *p, const char *base, const char *data)
{
	struct log_tlsa tlsa = { .records = { NULL, 0 } };

	if (text_copy(tlsa.base, sizeof(tlsa.base), base) == -1)
		return;
	while (*data != '\0') {
		size_t n = strcspn(data, ",");

		if (is_usable(data, n))
			add_text(&tlsa.records, data, n);
		data += n;
		data += strspn(data, ", ");
	}
	if (tlsa.records.n == 0)
		return;
	p->tlsa = xreallocarray(p->tlsa, p->ntlsa + 1, sizeof(p->tlsa[0]));
	p->tlsa[p->ntlsa++] = tlsa;
}

/* "CNAME target, 192.0.2.1" */
static void
add_alias(struct log_policy *p, const char *host, const char *data)
{
	struct log_alias alias;
	const char *target = data + strlen("CNAME ");

	if (strncmp(data, "CNAME ", strlen("CNAME ")) != 0 ||
	    text_copy(alias.host, sizeof(alias.host), host) == -1 ||
	    hostname_normalize(target, strcspn(target, ", "), alias.base,
		NULL) == -1)
		return;
	p->alias =
	    xreallocarray(p->alias, p->naliases + 1, sizeof(p->alias[0]));
	p->alias[p->naliases++] = alias;
}

static void
read_link(struct log_policy *p, const json_t *link)
{
	const char *name = json_string_value(json_object_get(link, "name"));
	const char *type = json_string_value(json_object_get(link, "type"));
	const char *status = json_string_value(json_object_get(link, "status"));
	const char *data = json_string_value(json_object_get(link, "data"));

	if (name == NULL || type == NULL || status == NULL || data == NULL ||
	    strcmp(status, "secure") != 0)
		return;
	if (strcmp(type, "TLSA") == 0 && text_starts_nocase(name, TLSA_PREFIX))
		add_tlsa(p, name + strlen(TLSA_PREFIX), data);
	else if (strcmp(type, "A") == 0 || strcmp(type, "AAAA") == 0)
		add_alias(p, name, data);
}

struct log_policy *
log_policy_read(const char *reply, struct err *e)
{
	struct log_policy *p = NULL;
	const json_t *links, *link;
	const char *text;
	json_error_t why;
	json_t *root;
	size_t i;

	if (strncmp(reply, "OK ", 3) != 0) {
		(void)err_set(e, ERR_TEMP, "the map json says %.80s", reply);
		return NULL;
	}
	root = json_loads(reply + 3, 0, &why);
	text =
	    json_string_value(json_object_get(json_object_get(root, "replies"),
		"postfix-tlsrpt"));
	if (text == NULL) {
		(void)err_set(e, ERR_SYNTAX,
		    "the map json says nothing of postfix-tlsrpt");
		goto out;
	}
	p = xcalloc(1, sizeof(*p));
	read_reply(p, text);
	links = json_object_get(root, "links");
	json_array_foreach(links, i, link)
	{
		read_link(p, link);
	}
out:
	json_decref(root);
	return p;
}

/* ---- questions ---- */

static const struct log_tlsa *
find_tlsa(const struct log_policy *p, const char *base)
{
	for (size_t i = 0; i < p->ntlsa; i++)
		if (strcmp(p->tlsa[i].base, base) == 0)
			return &p->tlsa[i];
	return NULL;
}

/* RFC 7672 section 2.2.2: the expanded name first, then the host's own. */
const struct log_tlsa *
log_policy_tlsa(const struct log_policy *p, const char *host)
{
	const struct log_tlsa *found = NULL;

	for (size_t i = 0; i < p->naliases && found == NULL; i++)
		if (strcmp(p->alias[i].host, host) == 0)
			found = find_tlsa(p, p->alias[i].base);
	return found != NULL ? found : find_tlsa(p, host);
}

bool
log_policy_lists(const struct log_policy *p, const char *host)
{
	const char *dot = strchr(host, '.');

	for (size_t i = 0; i < p->mx.n; i++) {
		const char *pattern = p->mx.text[i];

		if (text_equal_nocase(pattern, host))
			return true;
		if (pattern[0] == '*' && dot != NULL &&
		    text_equal_nocase(pattern + 1, dot))
			return true;
	}
	return false;
}
