/* copies: reports to an operator - see copies.h */
#include "config.h"

#include "reportgen/copies.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/day_reports.h"
#include "reportgen/transport.h"
#include "share/app/privilege.h"
#include "share/dns/resolver_ub.h"
#include "share/mail/address.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct copies {
	struct conf *c;
	struct event_base *base;
	struct resolver_ub *resolver;
	struct keyring keys;
	struct transport mail;
	struct cli_progress progress;
	char to[ADDRESS_SIZE];
	size_t sent, forgotten;
	/* the one under way */
	bool ended;
	enum transport_result result;
	struct err *e;
};

static void
end(void *arg, enum transport_result result, const char *why)
{
	struct copies *s = arg;

	s->ended = true;
	s->result = result;
	if (result != TRANSPORT_ACCEPTED)
		(void)err_set(s->e,
		    result == TRANSPORT_LATER ? ERR_TEMP : ERR_PERM, "%s", why);
}

/* day_reports_take */
static int
take(void *arg, const struct outbox_report *r, const struct report_job *job,
    struct err *e)
{
	struct copies *s = arg;
	const struct transport_parcel parcel = { r, s->to };

	(void)job;
	if (r->packed == NULL) {
		s->forgotten++;
		return 0;
	}
	s->e = e;
	s->ended = false;
	(void)s->mail.kind->start(s->mail.ctx, &parcel, end, s);
	while (!s->ended)
		(void)event_base_loop(s->base, EVLOOP_ONCE);
	if (s->result != TRANSPORT_ACCEPTED)
		return err_wrap(e, "%s", r->domain);
	cli_progress(&s->progress, ++s->sent);
	return 0;
}

/* Opens what sending takes, and becomes the user. */
static int
open_all(struct copies *s, struct err *e)
{
	struct transport_env env = { .base = s->base,
		.conf = s->c,
		.keys = &s->keys,
		.clock = clock_system() };
	struct privilege who;

	if (keyring_load(&s->keys, s->c, e) == -1 ||
	    privilege_find(s->c, &who, e) == -1)
		return -1;
	who.may_gain = transport_runs_program(s->c);
	if (who.root && privilege_drop(s->c, &who, e) == -1)
		return -1;
	s->resolver = resolver_ub_new(s->base, s->c, e);
	if (s->resolver == NULL)
		return -1;
	env.dns = resolver_ub_iface(s->resolver);
	if (transport_open_mail(&s->mail, &env, e) == -1)
		return -1;
	if (s->mail.kind == NULL)
		return err_set(e, ERR_PERM, "[report.deliver] via is none");
	return 0;
}

static int
print(const struct copies *s, uint64_t failed, bool json)
{
	json_t *o;
	char *text;

	if (s->forgotten > 0 || failed > 0)
		fprintf(stderr,
		    CLI_PROGRAM ": not sent: %zu whose octets were forgotten, "
				"%llu that cannot be made\n",
		    s->forgotten, (unsigned long long)failed);
	if (!json) {
		printf("%zu reports sent to %s\n", s->sent, s->to);
		return EX_OK;
	}
	o = json_pack("{si,ss,sI}", "schema", 1, "to", s->to, "sent",
	    (json_int_t)s->sent);
	text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return cli_put_json(text);
}

int
copies_send(const struct conf *c, const char *to, int64_t day_s,
    const char *domain, bool json)
{
	struct copies s = { .c = conf_ref((struct conf *)(uintptr_t)c) };
	struct report_db *db = NULL;
	struct address address;
	struct err e = { 0 };
	uint64_t failed = 0;
	int status = EX_OK;

	(void)signal(SIGPIPE, SIG_IGN);
	s.base = event_base_new();
	if (s.base == NULL)
		abort();
	if (ask_checkpoint(c, &e) == -1)
		fprintf(stderr, CLI_PROGRAM ": %s\n", e.text);
	cli_progress_start(&s.progress, "reports", 0);
	err_clear(&e);
	if (address_parse(to, strlen(to), &address, &e) == -1 ||
	    (db = cli_open(c, false, &e)) == NULL || open_all(&s, &e) == -1)
		status = cli_fail(&e);
	if (status == EX_OK) {
		(void)address_format(&address, s.to);
		if (day_reports_each(db, c, domain, day_s, day_s + CLI_DAY,
			clock_wall_ms(clock_system()) / 1000, take, &s, &failed,
			&e) == -1)
			status = cli_fail(&e);
	}
	cli_progress_end(&s.progress);
	if (status == EX_OK)
		status = print(&s, failed, json);
	transport_close(&s.mail);
	resolver_ub_free(s.resolver);
	keyring_clear(&s.keys);
	event_base_free(s.base);
	report_db_close(db);
	conf_unref(s.c);
	return status;
}
