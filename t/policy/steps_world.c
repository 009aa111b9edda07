/* steps_world: the steps that change the world, and ask - see steps.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "t/policy/steps.h"

#include <stdlib.h>
#include <string.h>

/* ---- policies ---- */

static void
add_address(struct world *w, const char *host)
{
	struct scripted_record *r;

	if (scripted_has(&w->dns, host, DNS_A) ||
	    scripted_has(&w->dns, host, DNS_CNAME))
		return;
	r = xcalloc(1, sizeof(*r));
	r->name = xstrdup(host);
	r->type = DNS_A;
	r->status = SCRIPTED_INSECURE;
	r->ttl = SCRIPTED_TTL;
	r->data.u.addr = xcalloc(1, sizeof(*r->data.u.addr));
	r->data.n = 1;
	(void)text_copy(*r->data.u.addr, sizeof(*r->data.u.addr), "192.0.2.2");
	scripted_set_record(&w->dns, r);
}

/* The block with CRLF line ends where crlf is set. */
static char *
body_of(const char *block, bool crlf, bool cut, size_t pad)
{
	struct buf out;

	buf_init(&out, 1 << 20);
	for (; *block != '\0'; block++) {
		if (*block == '\n' && cut && block[1] == '\0')
			break;
		buf_puts(&out, *block == '\n' && crlf ? "\r" : "");
		buf_add(&out, block, 1);
	}
	while (out.len < pad)
		buf_puts(&out, "x-pad: x\n");
	return buf_take(&out);
}

static struct scripted_page *
new_page(const char *host)
{
	struct scripted_page *p = xcalloc(1, sizeof(*p));

	p->host = xstrdup(host);
	p->result = HTTP_ANSWERED;
	p->status = 200;
	p->content_type = xstrdup("text/plain");
	p->san = true;
	return p;
}

struct page_options {
	bool crlf, cut;
	size_t pad;
};

static int
page_option(struct scripted_page *p, const char *word, struct page_options *o,
    struct err *e)
{
	if (strcmp(word, "failed") == 0)
		p->result = HTTP_FAILED;
	else if (strcmp(word, "certificate") == 0)
		p->result = HTTP_CERTIFICATE;
	else if (strcmp(word, "refused") == 0)
		p->result = HTTP_REFUSED;
	else if (strcmp(word, "stalled") == 0)
		p->stalled = true;
	else if (strcmp(word, "no-san") == 0)
		p->san = false;
	else if (strcmp(word, "crlf") == 0)
		o->crlf = true;
	else if (strcmp(word, "cut") == 0)
		o->cut = true;
	else if (strncmp(word, "pad=", 4) == 0)
		o->pad = (size_t)steps_number(word + 4, e);
	else if (strncmp(word, "status=", 7) == 0)
		p->status = (int)steps_number(word + 7, e);
	else if (*word == '+')
		p->delay_ms = steps_duration(word + 1, e);
	else if (strncmp(word, "type=", 5) == 0) {
		free(p->content_type);
		p->content_type = xstrdup(word + 5);
	} else
		return err_set(e, ERR_SYNTAX, "no option %s", word);
	return 0;
}

/* https DOMAIN [OPTION]... with the body as its block. */
static int
run_https(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	char *host = xasprintf("mta-sts.%s", a[1]);
	struct scripted_page *p = new_page(host);
	struct page_options o = { false, false, 0 };
	int rc = 0;

	for (size_t i = 2; rc == 0 && a[i] != NULL; i++)
		rc = page_option(p, a[i], &o, e);
	p->body = body_of(l->block, o.crlf, o.cut, o.pad);
	scripted_http_set(&w->http, p);
	add_address(w, host);
	free(host);
	return rc;
}

static void
set_txt(struct world *w, const char *domain, const char *id)
{
	struct scripted_record *r = xcalloc(1, sizeof(*r));
	struct dns_txt *txt = xcalloc(1, sizeof(*txt));

	r->name = xasprintf("_mta-sts.%s", domain);
	r->type = DNS_TXT;
	r->status = SCRIPTED_INSECURE;
	r->ttl = SCRIPTED_TTL;
	txt->text = xasprintf("v=STSv1; id=%s;", id);
	txt->len = strlen(txt->text);
	r->data.u.txt = txt;
	r->data.n = 1;
	scripted_set_record(&w->dns, r);
}

/* sts DOMAIN ID MODE MAX_AGE PATTERN... */
static int
run_sts(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	char *host = xasprintf("mta-sts.%s", a[1]);
	struct scripted_page *p = new_page(host);
	struct buf body;

	(void)e;
	buf_init(&body, 65536);
	buf_printf(&body, "version: STSv1\r\nmode: %s\r\n", a[3]);
	for (size_t i = 5; a[i] != NULL; i++)
		buf_printf(&body, "mx: %s\r\n", a[i]);
	buf_printf(&body, "max_age: %s\r\n", a[4]);
	p->body = buf_take(&body);
	scripted_http_set(&w->http, p);
	add_address(w, host);
	set_txt(w, a[1], a[2]);
	free(host);
	return 0;
}

/* ---- the host ---- */

static int
run_config(struct world *w, const struct step_line *l, struct err *e)
{
	(void)e;
	buf_puts(&w->toml, l->block);
	return 0;
}

/* strategy ID KEY=VALUE...: words become strings, true and false stay. */
static int
run_strategy(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;

	buf_printf(&w->toml, "[queue.tls.%s]\n", a[1]);
	for (size_t i = 2; a[i] != NULL; i++) {
		char *value = strchr(a[i], '=');
		bool plain;

		if (value == NULL)
			return err_set(e, ERR_SYNTAX, "%s is no KEY=VALUE",
			    a[i]);
		*value++ = '\0';
		plain =
		    strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
		buf_printf(&w->toml, "%s = %s%s%s\n", a[i], plain ? "" : "\"",
		    value, plain ? "" : "\"");
	}
	return 0;
}

/* reload, with a whole new config as its block. */
static int
run_reload(struct world *w, const struct step_line *l, struct err *e)
{
	buf_reset(&w->toml);
	buf_puts(&w->toml, l->block);
	return world_configure(w, e);
}

static int
run_restart(struct world *w, const struct step_line *l, struct err *e)
{
	(void)l;
	(void)e;
	world_restart(w);
	return 0;
}

static int
run_mta_ad(struct world *w, const struct step_line *l, struct err *e)
{
	(void)e;
	w->mta_ad = strcmp(l->words->word[1], "no") != 0;
	world_apply(w);
	return 0;
}

static int
run_anchors(struct world *w, const struct step_line *l, struct err *e)
{
	(void)e;
	for (size_t i = 1; l->words->word[i] != NULL; i++) {
		w->anchors.item = xreallocarray(w->anchors.item,
		    w->anchors.n + 1, sizeof(char *));
		w->anchors.item[w->anchors.n++] = xstrdup(
		    strcmp(l->words->word[i], ".") == 0 ? ""
							: l->words->word[i]);
	}
	world_apply(w);
	return 0;
}

static int
run_store(struct world *w, const struct step_line *l, struct err *e)
{
	const char *word = l->words->word[1];

	w->store.broken = strcmp(word, "broken") == 0;
	if (!w->store.broken && strcmp(word, "works") != 0)
		return err_set(e, ERR_SYNTAX, "broken or works");
	return 0;
}

/* ---- time and questions ---- */

static int
run_wait(struct world *w, const struct step_line *l, struct err *e)
{
	int64_t ms = steps_duration(l->words->word[1], e);

	if (ms == -1)
		return -1;
	sim_run(&w->sim, ms, NULL);
	return 0;
}

/* clock +DURATION|-DURATION: somebody sets the wall clock. */
static int
run_clock(struct world *w, const struct step_line *l, struct err *e)
{
	const char *word = l->words->word[1];
	int64_t ms = steps_duration(word + (*word != '\0'), e);

	if (ms == -1 || (*word != '+' && *word != '-'))
		return err_set(e, ERR_SYNTAX, "+ or - and a duration");
	w->sim.wall_ms += *word == '+' ? ms : -ms;
	return 0;
}

/* begin MAP KEY [TIMES]: does not wait. */
static int
run_begin(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	int64_t n = a[3] != NULL ? steps_number(a[3], e) : 1;

	return n == -1 ? -1 : world_ask(w, a[1], a[2], (unsigned)n, e);
}

static int
run_end(struct world *w, const struct step_line *l, struct err *e)
{
	(void)l;
	if (!world_settle(w))
		return err_set(e, ERR_TEMP, "no answer within a minute");
	if (w->http.wrong != NULL)
		return err_set(e, ERR_BUG, "HTTPS: %s", w->http.wrong);
	return 0;
}

static int
run_ask(struct world *w, const struct step_line *l, struct err *e)
{
	return run_begin(w, l, e) == -1 ? -1 : run_end(w, l, e);
}

/* use MAP KEY EVERY FOR: asks on and on; nobody ever waits. */
static int
run_use(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	int64_t every = steps_duration(a[3], e), all = steps_duration(a[4], e);

	if (every <= 0 || all == -1)
		return err_set(e, ERR_SYNTAX, "use MAP KEY EVERY FOR");
	for (int64_t at = 0; at < all; at += every) {
		if (world_ask(w, a[1], a[2], 1, e) == -1)
			return -1;
		if (!w->settled)
			return err_set(e, ERR_BUG, "a wait after %lld s",
			    (long long)at / 1000);
		sim_run(&w->sim, every, NULL);
	}
	return 0;
}

static int
run_count(struct world *w, const struct step_line *l, struct err *e)
{
	(void)l;
	(void)e;
	world_count(w);
	return 0;
}

const struct step steps_world[] = {
	{ "https", 1, run_https },
	{ "sts", 4, run_sts },
	{ "config", 0, run_config },
	{ "strategy", 1, run_strategy },
	{ "reload", 0, run_reload },
	{ "restart", 0, run_restart },
	{ "mta-ad", 1, run_mta_ad },
	{ "anchors", 1, run_anchors },
	{ "store", 1, run_store },
	{ "wait", 1, run_wait },
	{ "clock", 1, run_clock },
	{ "begin", 2, run_begin },
	{ "end", 0, run_end },
	{ "ask", 2, run_ask },
	{ "use", 4, run_use },
	{ "count", 0, run_count },
	{ NULL, 0, NULL },
};
