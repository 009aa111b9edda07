/*
 * fuzz_journal: a journal's octets through all that a restart does with them.
 * The first octet says whether checksums are put right, so that what is behind
 * them is reached.
 */
#include "config.h"

#include "reportgen/intake.h"
#include "reportgen/journal.h"
#include "share/rpt/gz.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY (256u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
take(void *arg, const struct journal_record *r, struct err *e)
{
	struct intake *in = arg;

	(void)e;
	if (r->kind == JOURNAL_DATAGRAM)
		(void)intake_datagram(in, r->ms, r->text, r->len, false);
	else if (r->kind == JOURNAL_SIDE)
		(void)intake_side(in, r->text, r->len);
	return 0;
}

/* Makes every checksum right that has its record. */
static void
mend(char *data, size_t n)
{
	uint32_t length, crc;

	for (size_t at = 0; n - at >= 8; at += 8 + length) {
		memcpy(&length, data + at, sizeof(length));
		length &= 0x3ff;
		if (length > n - at - 8)
			length = (uint32_t)(n - at - 8);
		memcpy(data + at, &length, sizeof(length));
		crc = gz_crc32(0, data + at + 8, length);
		memcpy(data + at + 4, &crc, sizeof(crc));
	}
}

static int
add_up(void *arg, const struct rows_row *row, struct err *e)
{
	(void)e;
	*(uint64_t *)arg += (uint64_t)(row->success + row->failure);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf *c;
	struct aggregate *a;
	struct intake in;
	size_t whole;
	uint64_t sessions = 0;
	struct err e;
	char *copy;

	if (size == 0)
		return 0;
	if (c == NULL)
		c = conf_parse("fuzz", "", 0, NULL, NULL);
	copy = malloc(size);
	if (copy == NULL || c == NULL)
		abort();
	memcpy(copy, data + 1, size - 1);
	if (data[0] & 1)
		mend(copy, size - 1);
	a = aggregate_new(MEMORY);
	intake_init(&in, c, a);
	if (journal_scan(copy, size - 1, take, &in, &whole, &e) == -1 ||
	    whole > size - 1 || aggregate_octets(a) > MEMORY)
		abort();
	if (aggregate_each(a, add_up, &sessions, &e) == -1 ||
	    sessions != aggregate_sessions(a) || sessions != in.counts.sessions)
		abort();
	intake_clear(&in);
	aggregate_free(a);
	free(copy);
	return 0;
}
