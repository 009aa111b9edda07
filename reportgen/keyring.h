/*
 * keyring: the private keys that [report.tls.aggregate] sign names, in its
 * order.
 *
 * Read while the program is still root, kept in memory only, overwritten when
 * freed. A child that does not sign frees it after fork.
 *
 * Thread safety: one thread at a time. Tests: t/unit/keyring.c
 */
#ifndef KEYRING_H
#define KEYRING_H

#include "share/conf/conf.h"
#include "share/mail/dkim_sign.h"

#include <stddef.h>

#define KEYRING_MAX 8

struct keyring {
	struct dkim_signer signer[KEYRING_MAX];
	size_t n;
	struct conf *conf; /* referenced: names are its */
};

/*
 * Loads the keys of c. On -1 none is loaded and e names the signature. ERR_NOENT:
 * no signature is configured.
 */
int keyring_load(struct keyring *k, struct conf *c, struct err *e) MUST_CHECK;

/* Overwrites and frees; a cleared one is empty. */
void keyring_clear(struct keyring *k);

#endif
