/*
 * toml_doc: a TOML 1.0 text as a tree of nodes, each with its place.
 *
 * The only file that knows toml++ is toml_doc.cc; this is its C interface.
 * Tables become nodes whose children are in the order of the text, so that
 * everything made from them keeps the order the administrator chose.
 *
 * Thread safety: no state; one tree belongs to one thread.
 * Limits: the caller caps the length; TOML_DOC_DOTS_MAX dots and
 * TOML_DOC_NEST_MAX brackets within one statement, because the library
 * builds and frees nested tables by recursion.
 * Tests: t/unit/toml_doc.c, t/fuzz/fuzz_conf.c
 */
#ifndef TOML_DOC_H
#define TOML_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "share/base/err.h"

#define TOML_DOC_DOTS_MAX 256
#define TOML_DOC_NEST_MAX 64

enum toml_doc_type {
	TOML_DOC_TABLE,
	TOML_DOC_ARRAY,
	TOML_DOC_STRING,
	TOML_DOC_INTEGER,
	TOML_DOC_FLOAT,
	TOML_DOC_BOOL,
	TOML_DOC_TIME /* date, time or both; text as in RFC 3339 */
};

/* A place in the text, both from 1; columns count characters. */
struct toml_doc_place {
	unsigned line;
	unsigned column;
};

struct toml_doc_node {
	enum toml_doc_type type;
	char *key;                    /* NULL in an array and at the root */
	struct toml_doc_place at;     /* of the value */
	struct toml_doc_place key_at; /* of the key; of the value if none */
	char *text;   /* of a string or time, else NULL; never a NUL inside */
	bool literal; /* the string's text stands in the file as it is */
	int64_t integer;
	bool boolean;
	struct toml_doc_node *child; /* nchildren of them, in text order */
	size_t nchildren;
};

/*
 * Parses len octets. Gives the root table, free with toml_doc_free(); or
 * NULL, e and the place of the first syntax error (duplicate keys are one).
 */
struct toml_doc_node *toml_doc_parse(const char *text, size_t len,
    struct toml_doc_place *where, struct err *e) MUST_CHECK;

/* Frees the tree; NULL is fine. */
void toml_doc_free(struct toml_doc_node *root);

/* The child of a table called key, or NULL. Borrowed. */
const struct toml_doc_node *toml_doc_get(const struct toml_doc_node *table,
    const char *key);

/* "a string", "a list", ... for messages. */
const char *toml_doc_type_name(enum toml_doc_type type);

#ifdef __cplusplus
}
#endif

#endif
