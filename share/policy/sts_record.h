/*
 * sts_record: the TXT record at _mta-sts.<domain> (RFC 8461 section 3.1).
 *
 * Thread safety: no state. Tests: t/unit/sts_record.c,
 * t/fuzz/fuzz_sts_record.c
 */
#ifndef STS_RECORD_H
#define STS_RECORD_H

#include "share/dns/dns.h"

#define STS_ID_MAX 32
#define STS_ID_SIZE (STS_ID_MAX + 1)

enum sts_record_result {
	STS_RECORD_OK,       /* id was written */
	STS_RECORD_NONE,     /* no record of MTA-STS there */
	STS_RECORD_MALFORMED /* several, or no usable id: no MTA-STS either */
};

/* Reads one record's text (len octets). */
enum sts_record_result sts_record_parse(const char *text, size_t len,
    char id[STS_ID_SIZE]);

/*
 * Reads all TXT records of an answer: those of other kinds are passed over;
 * not exactly one left is MALFORMED, none is NONE.
 */
enum sts_record_result sts_record_choose(const struct dns_answer *txt,
    char id[STS_ID_SIZE]);

#endif
