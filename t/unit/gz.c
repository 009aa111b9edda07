/* gz: gzip within limits, its damages by name, bombs in little time */
#include "config.h"

#include "share/base/xmem.h"
#include "share/rpt/gz.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <time.h>

#define WIDE                              \
	{                                 \
		(uint64_t)1 << 30, 100000 \
	}

static const struct gz_limits wide = WIDE;

static void
pack(struct buf *out, const char *s, size_t n)
{
	struct err e;

	if (gz_write(s, n, out, &e) == -1)
		abort();
}

static enum gz_status
unpack(struct gz *z, const struct buf *in, struct buf *out)
{
	buf_reset(out);
	return gz_inflate(z, GZ_GZIP, in->data, in->len, &wide, out);
}

static void
test_members(struct gz *z)
{
	struct buf in, out;

	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	pack(&in, "hello ", 6);
	is_int(unpack(z, &in, &out), GZ_DONE, "one member");
	is_str(buf_str(&out), "hello ", "its text");
	is_int(gz_members(z), 1, "counted");
	is_int(gz_used(z), in.len, "all used");
	pack(&in, "", 0);
	pack(&in, "world", 5);
	is_int(unpack(z, &in, &out), GZ_DONE, "three members, one is empty");
	is_str(buf_str(&out), "hello world", "their texts");
	is_int(gz_members(z), 3, "counted");
	ok(!gz_trailing(z), "nothing is left");
	buf_add(&in, "\0\0", 2);
	is_int(unpack(z, &in, &out), GZ_DONE, "padding after them");
	is_str(buf_str(&out), "hello world", "changes nothing");
	ok(gz_trailing(z), "and is noted");
	is_int(gz_used(z), in.len - 2, "and not used");
	buf_add(&in, "\x1f\x8b", 2);
	is_int(unpack(z, &in, &out), GZ_DONE, "what begins no member there");
	buf_clear(&in);
	buf_clear(&out);
}

static void
test_damages(struct gz *z)
{
	struct buf in, out;
	char *text;
	size_t n = 100000;

	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	text = xmalloc(n);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + i * i % 23);
	pack(&in, text, n);
	for (size_t cut = 0; cut < in.len; cut += cut < 40 ? 1 : 97)
		if (gz_inflate(z, GZ_GZIP, in.data, cut, &wide, &out) !=
		    GZ_TRUNCATED)
			fail("cut after %zu octets", cut);
	pass("every cut is noticed");
	in.data[in.len - 1] ^= 1;
	is_int(unpack(z, &in, &out), GZ_BAD_CHECK, "a wrong length");
	in.data[in.len - 1] ^= 1;
	in.data[in.len - 8] ^= 1;
	is_int(unpack(z, &in, &out), GZ_BAD_CHECK, "a wrong checksum");
	is_int(out.len, n, "what was inflated is there");
	in.data[in.len - 8] ^= 1;
	in.data[2] = 9;
	is_int(unpack(z, &in, &out), GZ_BAD_DATA, "an unknown method");
	in.data[2] = 8;
	is_int(unpack(z, &in, &out), GZ_DONE, "whole again");
	is_mem(out.data, text, n, "all of it");
	is_int(gz_inflate(z, GZ_GZIP, "plain text", 10, &wide, &out),
	    GZ_BAD_DATA, "no gzip at all");
	is_int(gz_inflate(z, GZ_RAW, "\xff\xff", 2, &wide, &out), GZ_BAD_DATA,
	    "no deflate at all");
	buf_reset(&out);
	is_int(gz_inflate(z, GZ_RAW, in.data + 10, in.len - 10, &wide, &out),
	    GZ_DONE, "bare deflate data");
	is_int(gz_used(z), in.len - 18, "up to its end");
	is_int(out.len, n, "all of it");
	free(text);
	buf_clear(&in);
	buf_clear(&out);
}

/* 64 MiB of zeros in 64 kB, and in many members. */
static void
test_bomb(struct gz *z)
{
	const struct gz_limits limits = { 10 << 20, GZ_RATIO_MAX };
	const struct gz_limits size_only = { 10 << 20, 1 << 20 };
	size_t n = (size_t)64 << 20;
	char *zeros = xcalloc(1, n);
	struct timespec a, b;
	struct buf in, out;
	double ms;

	buf_init(&in, 1 << 20);
	buf_init(&out, (size_t)128 << 20);
	pack(&in, zeros, n);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	is_int(gz_inflate(z, GZ_GZIP, in.data, in.len, &limits, &out),
	    GZ_TOO_DENSE, "a bomb is too dense");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	ms = (double)(b.tv_sec - a.tv_sec) * 1e3 +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e6;
	diag("%zu octets of %zu, %.1f ms", out.len, n, ms);
	ok(ms < 50, "within 50 ms of CPU");
	ok(out.len <= in.len * GZ_RATIO_MAX, "and not inflated much");
	buf_reset(&out);
	is_int(gz_inflate(z, GZ_GZIP, in.data, in.len, &size_only, &out),
	    GZ_TOO_LONG, "the size is a limit of its own");
	ok(out.len <= size_only.octets, "and is kept");
	buf_clear(&out);
	buf_init(&out, 1000);
	is_int(gz_inflate(z, GZ_GZIP, in.data, in.len, &wide, &out),
	    GZ_TOO_LONG, "so is the buffer's");
	buf_clear(&out);
	buf_init(&out, (size_t)128 << 20);
	buf_reset(&in);
	for (int i = 0; i < 1000; i++)
		pack(&in, zeros, 200000);
	is_int(gz_inflate(z, GZ_GZIP, in.data, in.len, &limits, &out),
	    GZ_TOO_DENSE, "many members are one bomb");
	free(zeros);
	buf_clear(&in);
	buf_clear(&out);
}

static void
test_write(void)
{
	struct buf a, b, small;
	struct err e;

	buf_init(&a, 1000);
	buf_init(&b, 1000);
	buf_init(&small, 10);
	pack(&a, "text", 4);
	pack(&b, "text", 4);
	is_int(a.len, b.len, "the same octets");
	is_mem(a.data, b.data, a.len, "become the same member");
	is_mem(a.data, "\x1f\x8b\x08\0\0\0\0\0", 8, "without time and name");
	is_int(gz_write("text", 4, &small, &e), -1, "a full buffer");
	is_int(e.code, ERR_LIMIT, "is a limit");
	is_int(small.len, 0, "and nothing is in it");
	buf_clear(&a);
	buf_clear(&b);
	buf_clear(&small);
}

int
main(void)
{
	struct gz *z = gz_new();

	test_members(z);
	test_damages(z);
	test_bomb(z);
	test_write();
	gz_free(z);
	return done_testing();
}
