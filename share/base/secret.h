/*
 * secret: reads what the config only names: a key, a password.
 *
 * "file:PATH" is a regular file that nobody but its owner may read or write;
 * whose it is does not matter, for root reads the files of the user that the
 * program becomes. "cmd:COMMAND" is what a command of the shell prints before
 * it ends with status 0.
 *
 * Thread safety: no state; cmd: forks. Limits: SECRET_MAX octets.
 * Tests: t/unit/secret.c
 */
#ifndef SECRET_H
#define SECRET_H

#include "share/base/buf.h"
#include "share/base/err.h"

#define SECRET_MAX 65536

/* Makes out (not set up before) hold the secret; secret_clear() it, also
 * after an error. Errors name the file or command, never what was in it. */
int secret_read(const char *ref, struct buf *out, struct err *e) MUST_CHECK;

/* Overwrites and frees a secret. */
void secret_clear(struct buf *secret);

#endif
