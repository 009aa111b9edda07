/*
 * samples: certificates and keys that scenarios and tests name by a word.
 *
 * Thread safety: constants. Tests: those that use them.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLES_DER_MAX 2048

/* A server's certificate as PEM, with or without a DNS name in its SAN. */
const char *samples_certificate(bool san);

/*
 * Writes TLSA data for a word: "cert" and "spki" (DER that parses),
 * "sha256" and "sha512" (as long as these), else hexadecimal digits. Gives
 * how many octets, or -1.
 */
int samples_tlsa(const char *word, uint8_t der[SAMPLES_DER_MAX]);

#endif
