/* dialect_tlsrep: Sendmail tells of a session - see dialect_tlsrep.h */
#include "config.h"

#include "share/policy/dialect_tlsrep.h"
#include "share/policy/dialect_input.h"

static void
write_tlsrep(const struct dialect_input *in, struct buf *out)
{
	(void)in;
	buf_puts(out, "OK PASS");
}

const struct dialect dialect_tlsrep = { DIALECT_TLSREP, "tlsrep", write_tlsrep,
	true };
