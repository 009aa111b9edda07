/* expr_regex: regexes that cannot eat the machine - see expr_node.h */
#include "config.h"

#include "share/conf/expr_node.h"

#include "share/base/xmem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/*
 * The C library expands x{m,n} in memory, nested ones by their product; and
 * back-references make matching exponential.
 */
static int
regex_check(const char *p, struct err *e)
{
	unsigned long product = 1;

	if (strlen(p) > EXPR_REGEX_MAX)
		return err_set(e, ERR_LIMIT, "regex longer than %d octets",
		    EXPR_REGEX_MAX);
	for (; *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0') {
			p++;
			if (isdigit((unsigned char)*p))
				return err_set(e, ERR_LIMIT,
				    "back-references are not allowed");
		} else if (*p == '{') {
			unsigned long most = 1;

			while (isdigit((unsigned char)p[1]) || p[1] == ',') {
				unsigned long v = strtoul(p + 1, NULL, 10);

				p++;
				most = v > most ? v : most;
			}
			if (most > EXPR_REPEAT_MAX / product)
				return err_set(e, ERR_LIMIT,
				    "more than %d repetitions in a regex",
				    EXPR_REPEAT_MAX);
			product *= most;
		}
	}
	return 0;
}

regex_t *
expr_regex_new(const char *pattern, struct err *e)
{
	regex_t *r;
	char why[128];
	int rc;

	if (regex_check(pattern, e) == -1)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	rc = regcomp(r, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	if (rc == 0)
		return r;
	(void)regerror(rc, r, why, sizeof(why));
	free(r);
	(void)err_set(e, ERR_SYNTAX, "regex: %s", why);
	return NULL;
}

void
expr_regex_free(regex_t *r)
{
	if (r == NULL)
		return;
	regfree(r);
	free(r);
}
