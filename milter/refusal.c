/* refusal: when and how a recipient is refused - see refusal.h */
#include "config.h"

#include "milter/refusal.h"

#include "share/base/text.h"

#include <stdio.h>
#include <string.h>

bool
refusal_possible(const struct message *m, const struct recipient *r,
    const char *mailer)
{
	const struct strategy *s = r->strategy;

	if (!r->leaves || r->hop == NULL || mailer == NULL)
		return false;
	if (m->sender[0] == '\0' || m->exempt)
		return false;
	if (m->conf->milter.on_unsatisfiable == CONF_ACCEPT)
		return false;
	return s->dane == STRATEGY_REQUIRE || s->mta_sts == STRATEGY_REQUIRE;
}

bool
refusal_judge(const struct message *m, const struct recipient *r,
    const struct decision *d, struct reply *reply)
{
	char text[REPLY_TEXT_MAX * 2];

	if (d->require != REQUIRE_UNMET || d->overridden)
		return false;
	(void)snprintf(text, sizeof(text),
	    "%s: required transport security cannot be had: %s",
	    r->domain[0] != '\0' ? r->domain : r->hop, d->why);
	refusal_reply(reply, m->conf->milter.on_unsatisfiable == CONF_REJECT,
	    text);
	return true;
}

bool
refusal_no_dane(const struct message *m, const struct recipient *r, bool dane,
    struct reply *reply)
{
	char text[REPLY_TEXT_MAX * 2];

	if (!m->sendmail || dane || r->strategy->dane != STRATEGY_REQUIRE)
		return false;
	(void)snprintf(text, sizeof(text),
	    "%s: DANE is required, but this Sendmail does no DANE",
	    r->domain[0] != '\0' ? r->domain : r->hop);
	refusal_reply(reply, m->conf->milter.on_unsatisfiable == CONF_REJECT,
	    text);
	return true;
}

void
refusal_reply(struct reply *reply, bool reject, const char *text)
{
	size_t i, n = 0;

	(void)text_copy(reply->code, sizeof(reply->code),
	    reject ? "550" : "450");
	(void)text_copy(reply->xcode, sizeof(reply->xcode),
	    reject ? "5.7.10" : "4.7.10");
	for (i = 0; text[i] != '\0' && n + 2 <= REPLY_TEXT_MAX; i++) {
		if (text[i] == '%')
			reply->text[n++] = '%';
		reply->text[n++] =
		    text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	}
	reply->text[n] = '\0';
}
