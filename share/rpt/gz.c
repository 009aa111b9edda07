/* gz: gzip data inflated within limits, and written - see gz.h */
#include "config.h"

#include "share/rpt/gz.h"
#include "share/base/xmem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define PIECE 16384
#define WINDOW_BITS 15
#define GZIP_WRAPPER 16 /* zlib: "add 16 to windowBits" for gzip */

struct gz {
	z_stream stream;
	bool open;
	enum gz_format format;
	enum gz_status status;
	struct gz_limits limits;
	const char *data;
	size_t n, fed; /* packed octets in all, and handed to zlib */
	uint64_t out;
	unsigned members;
	bool trailing;
	bool at_end; /* of a member */
	char piece[PIECE];
};

struct gz *
gz_new(void)
{
	return xcalloc(1, sizeof(struct gz));
}

void
gz_free(struct gz *z)
{
	if (z == NULL)
		return;
	if (z->open)
		(void)inflateEnd(&z->stream);
	free(z);
}

static int
window_bits(enum gz_format format)
{
	return format == GZ_GZIP ? WINDOW_BITS + GZIP_WRAPPER : -WINDOW_BITS;
}

void
gz_start(struct gz *z, enum gz_format format, const char *data, size_t n,
    const struct gz_limits *limits)
{
	int ret;

	z->format = format;
	z->status = GZ_GOING;
	z->limits = *limits;
	z->data = data;
	z->n = n;
	z->fed = 0;
	z->out = 0;
	z->members = 0;
	z->trailing = z->at_end = false;
	z->stream.next_in = NULL;
	z->stream.avail_in = 0;
	if (z->open)
		ret = inflateReset2(&z->stream, window_bits(format));
	else
		ret = inflateInit2(&z->stream, window_bits(format));
	if (ret != Z_OK)
		abort(); /* no memory, or another library than compiled for */
	z->open = true;
}

static void
feed(struct gz *z)
{
	size_t n = z->n - z->fed;

	if (z->stream.avail_in > 0 || n == 0)
		return;
	if (n > UINT_MAX)
		n = UINT_MAX;
	/* zlib's next_in is const only where ZLIB_CONST is defined */
	z->stream.next_in = (Bytef *)(uintptr_t)(z->data + z->fed);
	z->stream.avail_in = (uInt)n;
	z->fed += n;
}

/* After a member: begins the next one, or ends. */
static void
next_member(struct gz *z)
{
	const char *rest;
	size_t n;

	feed(z);
	n = z->n - gz_used(z);
	rest = z->data + gz_used(z);
	if (n == 0 || z->format == GZ_RAW || n < 2 ||
	    (unsigned char)rest[0] != 0x1f || (unsigned char)rest[1] != 0x8b ||
	    z->members >= GZ_MEMBERS_MAX) {
		z->trailing = n > 0;
		z->status = GZ_DONE;
		return;
	}
	if (inflateReset(&z->stream) != Z_OK)
		abort();
	z->at_end = false;
}

/* Whether zlib's complaint is about the eight octets after the data. */
static bool
is_check(const char *msg)
{
	return msg != NULL &&
	    (strcmp(msg, "incorrect data check") == 0 ||
		strcmp(msg, "incorrect length check") == 0);
}

static void
judge(struct gz *z, int ret, size_t made)
{
	z->out += made;
	if (ret == Z_STREAM_END) {
		z->at_end = true;
		z->members++;
	} else if (ret == Z_BUF_ERROR || (ret == Z_OK && made == 0)) {
		z->status = GZ_TRUNCATED;
	} else if (ret != Z_OK) {
		z->status =
		    is_check(z->stream.msg) ? GZ_BAD_CHECK : GZ_BAD_DATA;
	}
	if (z->out > z->limits.octets)
		z->status = GZ_TOO_LONG;
	else if (z->out > GZ_RATIO_FROM &&
	    z->out / z->limits.ratio > gz_used(z))
		z->status = GZ_TOO_DENSE;
}

size_t
gz_next(struct gz *z, const char **data)
{
	while (z->status == GZ_GOING) {
		size_t made;
		int ret;

		if (z->at_end) {
			next_member(z);
			continue;
		}
		feed(z);
		z->stream.next_out = (Bytef *)z->piece;
		z->stream.avail_out = PIECE;
		ret = inflate(&z->stream, Z_NO_FLUSH);
		made = PIECE - z->stream.avail_out;
		judge(z, ret, made);
		if (z->status == GZ_TOO_LONG || z->status == GZ_TOO_DENSE)
			break;
		if (made > 0) {
			*data = z->piece;
			return made;
		}
	}
	return 0;
}

enum gz_status
gz_status(const struct gz *z)
{
	return z->status;
}

unsigned
gz_members(const struct gz *z)
{
	return z->members;
}

bool
gz_trailing(const struct gz *z)
{
	return z->trailing;
}

size_t
gz_used(const struct gz *z)
{
	return z->fed - z->stream.avail_in;
}

const char *
gz_status_text(enum gz_status s)
{
	static const char *const texts[] = {
		[GZ_GOING] = "not at the end yet",
		[GZ_DONE] = "inflated",
		[GZ_TRUNCATED] = "ends too early",
		[GZ_BAD_CHECK] = "checksum or length is wrong",
		[GZ_BAD_DATA] = "damaged",
		[GZ_TOO_LONG] = "too long when inflated",
		[GZ_TOO_DENSE] = "inflates too much",
	};

	return texts[s];
}

enum gz_status
gz_inflate(struct gz *z, enum gz_format format, const char *data, size_t n,
    const struct gz_limits *limits, struct buf *out)
{
	const char *piece;
	size_t got;

	gz_start(z, format, data, n, limits);
	while ((got = gz_next(z, &piece)) > 0) {
		buf_add(out, piece, got);
		if (buf_full(out))
			z->status = GZ_TOO_LONG;
	}
	return z->status;
}

int
gz_write(const char *data, size_t n, struct buf *out, struct err *e)
{
	z_stream s;
	char *packed = NULL;
	size_t size;
	int ret = -1;

	memset(&s, 0, sizeof(s));
	if (n > UINT_MAX / 2)
		return err_set(e, ERR_LIMIT, "too long for gzip");
	if (deflateInit2(&s, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
		WINDOW_BITS + GZIP_WRAPPER, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(e, ERR_BUG, "zlib cannot begin");
	size = deflateBound(&s, n);
	packed = xmalloc(size);
	s.next_in = (Bytef *)(uintptr_t)data;
	s.avail_in = (uInt)n;
	s.next_out = (Bytef *)packed;
	s.avail_out = (uInt)size;
	if (deflate(&s, Z_FINISH) != Z_STREAM_END) {
		(void)err_set(e, ERR_BUG, "zlib cannot end");
		goto out;
	}
	buf_add(out, packed, size - s.avail_out);
	if (buf_full(out)) {
		(void)err_set(e, ERR_LIMIT, "gzip data does not fit");
		goto out;
	}
	ret = 0;
out:
	(void)deflateEnd(&s);
	free(packed);
	return ret;
}

uint32_t
gz_crc32(uint32_t crc, const void *data, size_t n)
{
	return (uint32_t)crc32_z(crc, data, n);
}
