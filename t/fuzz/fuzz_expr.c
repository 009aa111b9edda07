/* Fuzz share/conf/expr.h: any text is parsed, and evaluated if it can be. */
#include "config.h"

#include "share/conf/expr.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
constants(const char *text)
{
	struct err e;
	char **list;
	size_t n;

	free(expr_constant_string(text, "mx.example.org", &e));
	if (expr_constant_list(text, &list, &n, &e) == -1)
		return;
	while (n > 0)
		free(list[--n]);
	free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size);
	struct expr_vars vars = { .value = { NULL } };
	size_t column = 0;
	struct err e;
	struct expr *x = expr_parse(text, &column, &e);

	if (x == NULL) {
		if (column == 0 || column > strlen(text) + 1)
			abort();
	} else {
		enum expr_truth none = expr_eval(x, &vars);

		if ((expr_reads(x) != 0) != (none == EXPR_UNKNOWN))
			abort();
		for (int i = 0; i < EXPR_VARS; i++)
			vars.value[i] =
			    i == EXPR_RETRY_NUM ? "3" : "a.Bank.example";
		(void)expr_eval(x, &vars);
	}
	expr_free(x);
	constants(text);
	free(text);
	return 0;
}
