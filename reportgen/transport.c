/* transport: the ways a report takes - see transport.h */
#include "config.h"

#include "reportgen/transport.h"
#include "reportgen/report_mail.h"

#include <string.h>

/* of base64, and of all that is not the report */
#define MAIL_MAX(packed) ((packed) / 2 * 3 + 131072)

static const struct transport_kind *const mail_kinds[] = {
	&transport_smtp,
	&transport_sendmail,
};

int
transport_open(struct transport *t, const struct transport_kind *kind,
    const struct transport_env *env, struct err *e)
{
	*t = (struct transport){ .kind = kind, .ctx = kind->open(env, e) };
	if (t->ctx != NULL)
		return 0;
	t->kind = NULL;
	return -1;
}

int
transport_open_mail(struct transport *t, const struct transport_env *env,
    struct err *e)
{
	const char *via = env->conf->report.deliver_via;

	*t = (struct transport){ 0 };
	if (strcmp(via, "none") == 0)
		return 0;
	for (size_t i = 0; i < sizeof(mail_kinds) / sizeof(*mail_kinds); i++)
		if (strncmp(via, mail_kinds[i]->prefix,
			strlen(mail_kinds[i]->prefix)) == 0)
			return transport_open(t, mail_kinds[i], env, e);
	return err_set(e, ERR_PERM, "[report.deliver] via: %s", via);
}

bool
transport_runs_program(const struct conf *c)
{
	const char *prefix = transport_sendmail.prefix;

	return strncmp(c->report.deliver_via, prefix, strlen(prefix)) == 0;
}

void
transport_close(struct transport *t)
{
	if (t->kind != NULL)
		t->kind->close(t->ctx);
	*t = (struct transport){ 0 };
}

int
transport_write_mail(const struct transport_env *env,
    const struct transport_parcel *p, struct buf *out, struct err *e)
{
	int64_t now_s = clock_wall_ms(env->clock) / 1000;

	buf_init(out, MAIL_MAX(p->report->packed_len));
	if (report_mail_write(env->conf, env->keys, p->report, p->to, now_s,
		out, e) == 0)
		return 0;
	buf_clear(out);
	return -1;
}
