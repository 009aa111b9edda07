/* fuzz_exchange: any octets as exports of hosts; what is taken is sane */
#include "config.h"

#include "reportgen/exchange.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look_at(const struct exchange_head *head, const struct rows_row *row)
{
	size_t i;

	if (row->host != head->host || !hostname_is_normal(row->domain) ||
	    row->type == 0 || row->success < 0 ||
	    row->success > EXCHANGE_COUNT_MAX || row->failure < 0 ||
	    row->failure > EXCHANGE_COUNT_MAX || row->begin < head->day_s ||
	    row->begin + row->length > head->day_s + 86400 ||
	    row->nfailures > ROWS_FAILURES_MAX)
		abort();
	for (i = 0; i < row->nfailures; i++)
		if (row->failures[i].result == 0 ||
		    row->failures[i].sessions <= 0)
			abort();
	for (i = 0; i < row->nstrings; i++)
		if (memchr(row->strings[i], '\n', strlen(row->strings[i])) !=
		    NULL)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exchange_reader r;
	struct exchange_head head;
	struct exchange_row x;
	struct err e = { 0 };
	FILE *in;
	int rc;

	if (size == 0)
		return 0;
	in = fmemopen((void *)(uintptr_t)data, size, "r");
	if (in == NULL)
		abort();
	exchange_reader_init(&r, in);
	while ((rc = exchange_read_head(&r, &head, &e)) == 1) {
		if (!hostname_is_normal(head.host) || head.sequence < 1 ||
		    head.day_s % 86400 != 0)
			abort();
		while ((rc = exchange_read_row(&r, &head, &x, &e)) == 1) {
			look_at(&head, &x.row);
			exchange_row_clear(&x);
		}
		if (rc == -1)
			break;
	}
	if (rc == -1 && e.text[0] == '\0')
		abort();
	exchange_reader_clear(&r);
	fclose(in);
	return 0;
}
