/*
 * address: mail addresses, parsed and written out again.
 *
 * An addr-spec (RFC 5322 section 3.4.1) whose domain is a host name in normal
 * form (share/base/hostname.h: A-labels, lower case), as SMTP's envelope takes
 * it (RFC 5321 section 4.1.2). The local part is kept as it is meant, without
 * its quotes, and quoted again where it needs them; its case is kept. It is
 * printable ASCII: an address beyond it needs SMTPUTF8 on the whole way (RFC
 * 6531), which nobody promises for reports. Domain literals are refused.
 *
 * Thread safety: no state. Limits: ADDRESS_LOCAL_MAX octets of local part (RFC
 * 5321 section 4.5.3.1.1), HOSTNAME_MAX of domain, ADDRESS_INPUT_MAX of text.
 * Tests: t/unit/address.c, t/fuzz/fuzz_address.c
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "share/base/err.h"
#include "share/base/hostname.h"

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_LOCAL_MAX 64
#define ADDRESS_INPUT_MAX 4096
/* quotes, a backslash before each octet, "@", domain, NUL */
#define ADDRESS_SIZE (2 * ADDRESS_LOCAL_MAX + 3 + HOSTNAME_SIZE)

struct address {
	char local[ADDRESS_LOCAL_MAX + 1]; /* not quoted, never empty */
	char domain[HOSTNAME_SIZE];        /* normal form */
};

/* Reads n octets that are one addr-spec and nothing else. */
int address_parse(const char *s, size_t n, struct address *a,
    struct err *e) MUST_CHECK;

/*
 * Reads the first mailbox of n octets of a header field's value (From, To):
 * display names, comments, groups' names and folding are passed over. ERR_NOENT
 * when there is none.
 */
int address_parse_mailbox(const char *s, size_t n, struct address *a,
    struct err *e) MUST_CHECK;

/* Writes local@domain, the local part quoted where it must be; returns dst. */
char *address_format(const struct address *a, char dst[ADDRESS_SIZE]);

/* Whether c may stand in an atom (RFC 5322 section 3.2.3). */
bool address_is_atext(char c);

/* Whether n octets are a dot-atom: atoms with single dots between them. */
bool address_is_dot_atom(const char *s, size_t n);

#endif
