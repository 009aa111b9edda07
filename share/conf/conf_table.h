/*
 * conf_table: every key that a config file may have, one row each.
 *
 * Part of conf. A row names the section and key, its form and bounds, where
 * it is stored, its default as TOML and one line of help; parser, defaults,
 * dump and the test of the documents read the same row. In a section's name
 * "*" stands for an id chosen by the administrator.
 *
 * Thread safety: constant. Tests: t/unit/conf.c, t/lint/keys.t
 */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include "share/conf/conf.h"

enum conf_type {
	CONF_T_STRING,   /* char * */
	CONF_T_LIST,     /* struct conf_list; one string is a list of one */
	CONF_T_BOOL,     /* bool */
	CONF_T_ENUM,     /* int, the index into names */
	CONF_T_WORD,     /* char *, one of names */
	CONF_T_DURATION, /* int64_t in milliseconds */
	CONF_T_SIZE,     /* int64_t in octets */
	CONF_T_COUNT,    /* int64_t */
	CONF_T_RULES,    /* conf.rules */
	CONF_T_SEND,     /* conf.report.send_rules */
	CONF_T_NTAS      /* conf.dns.ntas */
};

/* What a field's offset counts from. */
enum conf_home { CONF_H_CONF, CONF_H_STRATEGY, CONF_H_SIGNATURE };

struct conf_key {
	const char *section;
	const char *key;
	enum conf_type type;
	size_t field;
	const char *standard; /* default as TOML; NULL: see help */
	/* of each string, after constants; NULL: any. -1 and e: wrong */
	int (*check)(const char *value, struct err *e);
	const char *const *names; /* of ENUM and WORD, ends with NULL */
	int64_t min, max;         /* of DURATION, SIZE, COUNT */
	enum conf_home home;
	bool later;  /* no program of this release reads it */
	bool needed; /* must stand in its section */
	bool secret; /* the value is never shown in a message */
	const char *help;
	const char *remark; /* what -T says beside it, or NULL */
};

/* All rows, keys of one section together; n of them. */
const struct conf_key *conf_table(size_t *n);

/*
 * Whether path ("queue.tls.default") is the section called pattern
 * ("queue.tls.*"). Fills id (when not NULL) with what "*" stands for.
 */
bool conf_table_fits(const char *pattern, const char *path, char *id,
    size_t size);

/* The row of a key in the section at path, or NULL; id as above. */
const struct conf_key *conf_table_find(const char *path, const char *key,
    char *id, size_t size);

/* Whether path is a section, or the beginning of one's name. */
bool conf_table_is_section(const char *path);

/*
 * What may stand in the section at path: keys and next parts of sections,
 * without "*". Fills words (pointers into buffers of size 64) up to max.
 */
size_t conf_table_words(const char *path, char (*words)[64], size_t max);

/* Whether id may name a strategy or signature: [A-Za-z0-9_-]{1,64}. */
bool conf_table_is_id(const char *id);

#endif
