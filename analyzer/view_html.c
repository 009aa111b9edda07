/* view_html: the static web site - see view.h */
#include "config.h"

#include "analyzer/site.h"
#include "analyzer/view.h"

#include <stdio.h>

static int
show(struct view_call *v, struct err *e)
{
	struct site_stats stats;

	if (site_write(v->q->word, v->store, &v->q->filter, v->now_s, &stats,
		e) == -1)
		return -1;
	if (v->q->form == ROWS_JSON)
		fprintf(v->out,
		    "{\"schema\":1,\"view\":\"html\",\"domains\":%zu,"
		    "\"failures\":%zu,\"removed\":%zu}\n",
		    stats.domains, stats.failures, stats.removed);
	return 0;
}

const struct view view_html = {
	.name = "html",
	.days = 90,
	.help = "a web site of the reports, in the directory DIR",
	.show = show,
	.argument = "DIR",
};
