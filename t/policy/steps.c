/* steps: what a line of a scenario does - see steps.h */
#include "config.h"

#include "t/policy/steps.h"
#include "share/base/text.h"

#include <stdlib.h>
#include <string.h>

int64_t
steps_duration(const char *word, struct err *e)
{
	int64_t ms;

	return text_duration_ms(word, &ms, e) == 0 ? ms : -1;
}

int64_t
steps_number(const char *word, struct err *e)
{
	char *end;
	long long n = strtoll(word, &end, 10);

	if (*word == '\0' || *end != '\0' || n < 0)
		return err_set(e, ERR_SYNTAX, "\"%s\" is no number", word);
	return n;
}

static const struct step *
find(const char *name)
{
	static const struct step *const lists[] = { steps_dns, steps_world,
		steps_expect, steps_state };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct step *s = lists[i]; s->name != NULL; s++)
			if (strcmp(s->name, name) == 0)
				return s;
	return NULL;
}

int
steps_run(struct world *w, const struct script_line *l, struct err *e)
{
	struct script_words words;
	struct step_line line = { &words, script_rest(l->text), l->block };
	const struct step *s;

	if (script_split(&words, l->text, e) == -1)
		return -1;
	s = find(words.word[0]);
	if (s == NULL)
		return err_set(e, ERR_SYNTAX, "no step is called %s",
		    words.word[0]);
	if (words.n - 1 < s->min)
		return err_set(e, ERR_SYNTAX, "%s needs %zu words", s->name,
		    s->min);
	return s->run(w, &line, e);
}
