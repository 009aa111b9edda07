/*
 * run: the scenarios of t/policy, without a network and in simulated time.
 *
 * Reads every .scn file of t/policy below $SRCDIR, or the files given as arguments,
 * and prints TAP, one line per scenario. Each is played twice: with answers
 * that come later, and with answers that come from inside the question.
 */
#include "config.h"

#include "share/base/xmem.h"
#include "t/policy/capture_log.h"
#include "t/policy/steps.h"
#include "t/unit/tap.h"

#include <glob.h>
#include <stdlib.h>

static bool
play(const struct script *s, bool immediate)
{
	struct err e = { 0 };
	struct world w;
	unsigned line = 0;
	int rc = 0;
	char *left;

	world_init(&w, immediate);
	for (size_t i = 0; rc == 0 && i < s->nlines; i++) {
		line = s->lines[i].number;
		rc = steps_run(&w, &s->lines[i], &e);
	}
	if (rc == -1) {
		diag("line %u (answers %s): %s", line,
		    immediate ? "at once" : "later", e.text);
		diag("log: %s", capture_log_text());
	}
	left = world_clear(&w);
	if (left != NULL)
		diag("line %u: %s", s->number, left);
	rc = rc == 0 && left == NULL ? 0 : -1;
	free(left);
	return rc == 0;
}

static void
run_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	struct script_file f;
	struct err e = { 0 };

	if (script_file_read(&f, path, &e) == -1)
		fail("%s: %s", name, e.text);
	else
		for (size_t i = 0; i < f.n; i++) {
			const struct script *s = &f.scripts[i];

			ok(play(s, false) && play(s, true), "%s:%u %s", name,
			    s->number, s->name);
		}
	script_file_clear(&f);
}

static void
run_all(void)
{
	const char *src = getenv("SRCDIR");
	char *pattern = xasprintf("%s/t/policy/*.scn", src != NULL ? src : ".");
	glob_t g;

	if (glob(pattern, 0, NULL, &g) != 0) {
		fail("%s: no scenarios", pattern);
	} else {
		for (size_t i = 0; i < g.gl_pathc; i++)
			run_file(g.gl_pathv[i]);
		globfree(&g);
	}
	free(pattern);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc < 2)
		run_all();
	capture_log_clear();
	return done_testing();
}
