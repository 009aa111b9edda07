/* zip: the files in a zip file, within limits - see zip.h */
#include "config.h"

#include "share/rpt/zip.h"

#include <string.h>
#include <zlib.h>

#define LOCAL 0x04034b50u
#define ENTRY 0x02014b50u
#define END 0x06054b50u
#define LOCAL_LEN 30
#define ENTRY_LEN 46
#define END_LEN 22
#define COMMENT_MAX 65535

#define ENCRYPTED 1u
#define LATER 8u /* sizes stand behind the data */
#define STORED 0
#define DEFLATED 8
#define ENDED UINT32_MAX /* nothing of the file is left */

static uint32_t
u16(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t
u32(const char *s)
{
	return u16(s) | u16(s + 2) << 16;
}

void
zip_init(struct zip *z)
{
	memset(z, 0, sizeof(*z));
	z->gz = gz_new();
}

void
zip_clear(struct zip *z)
{
	gz_free(z->gz);
	memset(z, 0, sizeof(*z));
}

static void
note(struct zip *z, enum defect what)
{
	defects_note(z->defects, what, 0, NULL);
}

/* Finds the end record, from the end on; false where there is none. */
static bool
find_directory(struct zip *z)
{
	size_t lowest;

	if (z->n < END_LEN)
		return false;
	lowest =
	    z->n > END_LEN + COMMENT_MAX ? z->n - END_LEN - COMMENT_MAX : 0;
	for (size_t i = z->n - END_LEN + 1; i-- > lowest;) {
		const char *p = z->data + i;

		if (u32(p) != END)
			continue;
		z->left = u16(p + 10);
		z->at = u32(p + 16);
		return z->left == 0 ||
		    (z->at <= i && i - z->at >= ENTRY_LEN &&
			u32(z->data + z->at) == ENTRY);
	}
	return false;
}

void
zip_begin(struct zip *z, const char *data, size_t n,
    const struct gz_limits *limits, struct defects *d)
{
	z->data = data;
	z->n = n;
	z->limits = *limits;
	z->defects = d;
	z->files = 0;
	z->packed = NULL;
	z->directory = find_directory(z);
	if (!z->directory) {
		note(z, DEFECT_ZIP_CUT);
		z->at = 0;
	}
}

/* What a header says of a file. */
struct header {
	uint32_t flags, method, crc, packed, size;
	const char *name;
	size_t name_len;
	size_t data; /* where its data begins */
};

/* Reads the local header at an offset, as far as it counts. */
static bool
read_local(const struct zip *z, size_t at, struct header *h)
{
	const char *p = z->data + at;

	if (z->n < LOCAL_LEN || at > z->n - LOCAL_LEN || u32(p) != LOCAL)
		return false;
	h->flags = u16(p + 6);
	h->method = u16(p + 8);
	h->crc = u32(p + 14);
	h->packed = u32(p + 18);
	h->size = u32(p + 22);
	h->name_len = u16(p + 26);
	h->data = at + LOCAL_LEN + h->name_len + u16(p + 28);
	h->name = p + LOCAL_LEN;
	return h->data <= z->n;
}

/* The next entry of the directory; its sizes count, not the local ones. */
static bool
next_entry(struct zip *z, struct header *h)
{
	struct header local;
	const char *p = z->data + z->at;
	size_t len;

	if (z->left == 0)
		return false;
	z->left--;
	if (z->n < ENTRY_LEN || z->at > z->n - ENTRY_LEN || u32(p) != ENTRY) {
		note(z, DEFECT_ZIP_DATA);
		z->left = 0;
		return false;
	}
	h->flags = u16(p + 8) & ~LATER;
	h->method = u16(p + 10);
	h->crc = u32(p + 16);
	h->packed = u32(p + 20);
	h->size = u32(p + 24);
	h->name_len = u16(p + 28);
	h->name = p + ENTRY_LEN;
	len = ENTRY_LEN + h->name_len + u16(p + 30) + u16(p + 32);
	if (len > z->n - z->at || !read_local(z, u32(p + 42), &local)) {
		note(z, DEFECT_ZIP_DATA);
		z->left = 0;
		return false;
	}
	h->data = local.data;
	z->at += len;
	return true;
}

/* The next local header; what was not read of the file before is left out. */
static bool
next_local(struct zip *z, struct header *h)
{
	if (z->packed != NULL)
		z->at = (size_t)(z->packed - z->data) +
		    (z->sized ? z->packed_len : gz_used(z->gz));
	/* a record of sizes may stand here, with or without its mark */
	for (size_t i = 0; i <= 16; i += 4)
		if (z->at + i <= z->n && read_local(z, z->at + i, h))
			return true;
	return false;
}

/* Whether a file can be read; begins on it. */
static bool
begin_file(struct zip *z, const struct header *h)
{
	size_t rest = z->n - h->data;

	z->packed = z->data + h->data;
	z->sized = (h->flags & LATER) == 0;
	z->packed_len = z->sized ? h->packed : rest;
	z->method = h->method;
	z->want_crc = h->crc;
	z->want_len = h->size;
	z->crc = (uint32_t)crc32(0, NULL, 0);
	z->len = 0;
	z->given = 0;
	if ((h->flags & ENCRYPTED) != 0 ||
	    (h->method != STORED && h->method != DEFLATED) ||
	    (h->method == STORED && !z->sized)) {
		note(z, DEFECT_ZIP_DATA);
		return false;
	}
	if (z->packed_len > rest) {
		note(z, DEFECT_ZIP_DATA);
		z->packed_len = rest;
	}
	if (h->method == DEFLATED)
		gz_start(z->gz, GZ_RAW, z->packed, z->packed_len, &z->limits);
	return true;
}

bool
zip_next(struct zip *z, const char **name, size_t *len)
{
	struct header h;

	for (;;) {
		if (!(z->directory ? next_entry(z, &h) : next_local(z, &h)))
			return false;
		if (z->files++ == ZIP_FILES_MAX) {
			note(z, DEFECT_ZIP_MANY);
			return false;
		}
		if (begin_file(z, &h) && z->packed_len > 0 &&
		    !(h.name_len > 0 && h.name[h.name_len - 1] == '/')) {
			*name = h.name;
			*len = h.name_len;
			return true;
		}
		if (!z->directory && !z->sized)
			return false; /* nobody knows where the next one is */
	}
}

/* Notes how a file ended. */
static void
finish(struct zip *z)
{
	static const enum defect named[] = {
		[GZ_GOING] = DEFECT_ZIP_DATA,
		[GZ_TRUNCATED] = DEFECT_ZIP_DATA,
		[GZ_BAD_CHECK] = DEFECT_ZIP_CHECK,
		[GZ_BAD_DATA] = DEFECT_ZIP_DATA,
		[GZ_TOO_LONG] = DEFECT_ZIP_SIZE,
		[GZ_TOO_DENSE] = DEFECT_ZIP_RATIO,
	};
	enum gz_status status =
	    z->method == STORED ? GZ_DONE : gz_status(z->gz);

	if (status != GZ_DONE)
		note(z, named[status]);
	else if (z->sized && (z->crc != z->want_crc || z->len != z->want_len))
		note(z, DEFECT_ZIP_CHECK);
}

/* The next piece of a file, stored or deflated. */
static size_t
piece(struct zip *z, const char **data)
{
	size_t n;

	if (z->method == DEFLATED)
		return gz_next(z->gz, data);
	n = z->packed_len - z->given;
	if (n > 65536)
		n = 65536;
	*data = z->packed + z->given;
	z->given += n;
	if (z->len + n > z->limits.octets) {
		note(z, DEFECT_ZIP_SIZE);
		z->method = ENDED;
		return 0;
	}
	return n;
}

size_t
zip_more(void *ctx, const char **data)
{
	struct zip *z = ctx;
	size_t n;

	if (z->method == ENDED)
		return 0;
	n = piece(z, data);
	if (n == 0) {
		if (z->method != ENDED)
			finish(z);
		z->method = ENDED;
		return 0;
	}
	z->crc = (uint32_t)crc32(z->crc, (const Bytef *)*data, (uInt)n);
	z->len += n;
	return n;
}
