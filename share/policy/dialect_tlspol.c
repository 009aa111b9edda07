/* dialect_tlspol: a session of Sendmail's, judged - see dialect_tlspol.h */
#include "config.h"

#include "share/policy/dialect_tlspol.h"
#include "share/policy/dialect_input.h"
#include "share/policy/reply_lint_sendmail.h"
#include "share/policy/session_judge.h"

static void
write_tlspol(const struct dialect_input *in, struct buf *out)
{
	struct session_judgement j;
	char why[SESSION_WHY_SIZE];

	session_judge(in->session, in->verdict, in->rules, &j);
	switch (j.action) {
	case SESSION_PASS:
		buf_puts(out, "OK PASS");
		break;
	case SESSION_WAIVE:
		buf_puts(out, "OK WAIVE");
		break;
	case SESSION_FAIL:
		buf_printf(out, "OK FAIL %s",
		    reply_sendmail_text(why, sizeof(why), j.why));
		break;
	default:
		buf_printf(out, "TEMP %s",
		    reply_sendmail_text(why, sizeof(why), j.why));
		break;
	}
}

const struct dialect dialect_tlspol = { DIALECT_TLSPOL, "tlspol", write_tlspol,
	true };
