/* script: the lines of a scenario file - see script.h */
#include "config.h"

#include "t/policy/script.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIO "scenario "

static void
cut_end(char *line)
{
	size_t n = strlen(line);

	while (n > 0 && strchr(" \t\r\n", line[n - 1]) != NULL)
		line[--n] = '\0';
}

static void
add_script(struct script_file *f, const char *name, unsigned number)
{
	struct script *s;

	f->scripts = xreallocarray(f->scripts, f->n + 1, sizeof(*s));
	s = &f->scripts[f->n++];
	memset(s, 0, sizeof(*s));
	s->name = xstrdup(name);
	s->number = number;
}

static void
add_line(struct script *s, const char *text, unsigned number)
{
	struct script_line *l;

	s->lines = xreallocarray(s->lines, s->nlines + 1, sizeof(*l));
	l = &s->lines[s->nlines++];
	l->number = number;
	l->text = xstrdup(text);
	l->block = xstrdup("");
}

static void
add_block(struct script_line *l, const char *text)
{
	char *block = xasprintf("%s%s\n", l->block, text);

	free(l->block);
	l->block = block;
}

static int
take_line(struct script_file *f, char *line, unsigned number, struct err *e)
{
	struct script *s = f->n > 0 ? &f->scripts[f->n - 1] : NULL;
	bool block = line[0] == '\t';

	cut_end(line);
	if (block && s != NULL && s->nlines > 0) {
		/* a line of one tab is an empty line of the block */
		add_block(&s->lines[s->nlines - 1],
		    line[0] == '\t' ? line + 1 : "");
		return 0;
	}
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (strncmp(line, SCENARIO, strlen(SCENARIO)) == 0) {
		add_script(f, script_rest(line), number);
		return 0;
	}
	if (block || s == NULL)
		return err_set(e, ERR_SYNTAX, "line %u stands nowhere", number);
	add_line(s, line, number);
	return 0;
}

int
script_file_read(struct script_file *f, const char *path, struct err *e)
{
	char line[SCRIPT_LINE_MAX];
	FILE *in = fopen(path, "re");
	unsigned number = 0;
	int rc = 0;

	memset(f, 0, sizeof(*f));
	if (in == NULL)
		return err_sys(e, "%s", path);
	while (rc == 0 && fgets(line, sizeof(line), in) != NULL)
		rc = take_line(f, line, ++number, e);
	fclose(in);
	if (rc == 0 && f->n == 0)
		rc = err_set(e, ERR_SYNTAX, "no scenario in it");
	return rc == 0 ? 0 : err_wrap(e, "%s", path);
}

void
script_file_clear(struct script_file *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct script *s = &f->scripts[i];

		for (size_t j = 0; j < s->nlines; j++) {
			free(s->lines[j].text);
			free(s->lines[j].block);
		}
		free(s->lines);
		free(s->name);
	}
	free(f->scripts);
	memset(f, 0, sizeof(*f));
}

/* One word from *at on; quotes are taken away. */
static char *
next_word(char **at)
{
	char *word, *end;

	*at += strspn(*at, " \t");
	if (**at == '\0')
		return NULL;
	if (**at == '"') {
		word = *at + 1;
		end = word + strcspn(word, "\"");
	} else {
		word = *at;
		end = word + strcspn(word, " \t");
	}
	*at = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return word;
}

int
script_split(struct script_words *w, const char *text, struct err *e)
{
	char *at = w->space;

	w->n = 0;
	if (text_copy(w->space, sizeof(w->space), text) == -1)
		return err_set(e, ERR_LIMIT, "the line is too long");
	while ((w->word[w->n] = next_word(&at)) != NULL)
		if (++w->n == SCRIPT_WORDS_MAX)
			return err_set(e, ERR_LIMIT, "too many words");
	return 0;
}

const char *
script_rest(const char *text)
{
	text += strcspn(text, " \t");
	return text + strspn(text, " \t");
}
