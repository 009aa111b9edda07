/*
 * refusal: when a recipient is refused, and in which words.
 *
 * Only on proof that a strategy's "require" cannot be met. Never in observe
 * mode, for the null sender, for our own reports, or for mail without
 * {rcpt_mailer} (Postfix freezes such mail when a recipient is refused).
 *
 * Thread safety: no state. Limits: texts are printable ASCII of at most
 * REPLY_TEXT_MAX octets, "%" doubled as smfi_setreply() wants it.
 * Tests: t/unit/plan.c
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "milter/message.h"
#include "share/policy/decision.h"

#include <stdbool.h>

#define REPLY_TEXT_MAX 400

struct reply {
	char code[4];  /* "550" */
	char xcode[8]; /* "5.7.10" (RFC 8689 section 6.3) */
	char text[REPLY_TEXT_MAX + 1];
};

/*
 * Whether r could be refused at RCPT once its decision is known: what makes
 * waiting worth it. True in observe mode too, where would-be is counted.
 */
bool refusal_possible(const struct message *m, const struct recipient *r,
    const char *mailer);

/*
 * Whether d, the decision for r, is ground for a refusal; fills reply then.
 * Observe mode is not looked at.
 */
bool refusal_judge(const struct message *m, const struct recipient *r,
    const struct decision *d, struct reply *reply);

/*
 * Whether r requires DANE of a Sendmail that does none (dane says whether it
 * does): no lookup is needed to know. Fills reply then.
 */
bool refusal_no_dane(const struct message *m, const struct recipient *r,
    bool dane, struct reply *reply);

/* Fills reply: reject is 550 5.7.10, else 450 4.7.10; text is made safe. */
void refusal_reply(struct reply *reply, bool reject, const char *text);

#endif
