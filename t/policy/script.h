/*
 * script: the lines of a scenario file.
 *
 * A line is a word and arguments. Lines that begin with a tab belong to the
 * line above, as its block. "#" begins a comment where a line begins.
 *
 * Thread safety: none. Tests: every scenario of t/policy.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "share/base/err.h"

#include <stddef.h>

#define SCRIPT_WORDS_MAX 64
#define SCRIPT_LINE_MAX 4096

struct script_line {
	unsigned number;
	char *text;  /* as in the file */
	char *block; /* its lines without the tab, or "" */
};

struct script {
	char *name; /* of the scenario */
	unsigned number;
	struct script_line *lines;
	size_t nlines;
};

struct script_file {
	struct script *scripts;
	size_t n;
};

/* Reads a file; free it with script_file_clear(), after a failure too. */
int script_file_read(struct script_file *f, const char *path,
    struct err *e) MUST_CHECK;

/* Frees what f holds. */
void script_file_clear(struct script_file *f);

/* A line in words, split at blanks; what stands in "" is one word. */
struct script_words {
	char space[SCRIPT_LINE_MAX];
	char *word[SCRIPT_WORDS_MAX + 1]; /* NULL after the last */
	size_t n;
};

/* Splits text into words. */
int script_split(struct script_words *w, const char *text,
    struct err *e) MUST_CHECK;

/* What follows the first word of text, without blanks around it. */
const char *script_rest(const char *text);

#endif
