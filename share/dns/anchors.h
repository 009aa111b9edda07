/*
 * anchors: the trust anchor file, looked at before libunbound reads it.
 *
 * DS and DNSKEY records in master file form (RFC 4034 sections 2 and 5), as
 * /usr/share/dns/root.key holds them. libunbound tells a bad file only by a
 * number, at the first question.
 *
 * Thread safety: no state. Tests: t/unit/anchors.c, t/unit/ad_probe.c
 */
#ifndef ANCHORS_H
#define ANCHORS_H

#include "share/base/err.h"
#include "share/base/hostname.h"

/* The names that a file has anchors for. */
struct anchors {
	char (*name)[HOSTNAME_SIZE]; /* lower case, no final dot; root: "" */
	size_t n;
};

/*
 * Reads the file. Free a with anchors_clear(), after -1 too: the file cannot
 * be read (the message names the package dns-root-data when it is missing),
 * has an unreadable line (named), holds no DS or DNSKEY, or a name is too
 * long.
 */
int anchors_list(const char *path, struct anchors *a, struct err *e) MUST_CHECK;

/* Frees what a holds. */
void anchors_clear(struct anchors *a);

/*
 * Reads the file and writes the name to test a resolver with: "." where it
 * has an anchor for the root, else its first anchor's name (lower case, no
 * final dot). -1 and e as anchors_list().
 */
int anchors_read(const char *path, char name[HOSTNAME_SIZE],
    struct err *e) MUST_CHECK;

#endif
