/* zip: zip files, good and bad - see share/rpt/zip.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/rpt/zip.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <zlib.h>

static const struct gz_limits limits = { 100000, GZ_RATIO_MAX };

static void
put16(struct buf *b, unsigned v)
{
	char s[2] = { (char)v, (char)(v >> 8) };

	buf_add(b, s, 2);
}

static void
put32(struct buf *b, unsigned long v)
{
	put16(b, (unsigned)(v & 0xffff));
	put16(b, (unsigned)(v >> 16 & 0xffff));
}

static void
deflate_raw(struct buf *out, const char *s, size_t n)
{
	char packed[100000];
	z_stream z;

	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)s;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)packed;
	z.avail_out = sizeof(packed);
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	buf_add(out, packed, sizeof(packed) - z.avail_out);
	deflateEnd(&z);
}

struct writer {
	struct buf file, directory;
	unsigned n;
	unsigned method, flags;
	unsigned long spoil; /* added to the checksum */
};

static void
writer_init(struct writer *w, unsigned method, unsigned flags)
{
	memset(w, 0, sizeof(*w));
	buf_init(&w->file, 1 << 20);
	buf_init(&w->directory, 1 << 20);
	w->method = method;
	w->flags = flags;
}

/* What local header and entry have in common. */
static void
put_head(struct buf *b, const struct writer *w, unsigned long crc,
    size_t packed, size_t n, const char *name)
{
	put16(b, w->flags);
	put16(b, w->method);
	put32(b, 0);
	put32(b, crc);
	put32(b, packed);
	put32(b, n);
	put16(b, (unsigned)strlen(name));
	put16(b, 0);
}

static void
add(struct writer *w, const char *name, const char *s, size_t n)
{
	unsigned long crc =
	    crc32(crc32(0, NULL, 0), (const Bytef *)s, (uInt)n) + w->spoil;
	bool later = (w->flags & 8) != 0;
	size_t at = w->file.len;
	struct buf packed;

	buf_init(&packed, 1 << 20);
	if (w->method == 8)
		deflate_raw(&packed, s, n);
	else
		buf_add(&packed, s, n);
	put32(&w->file, 0x04034b50);
	put16(&w->file, 20);
	put_head(&w->file, w, later ? 0 : crc, later ? 0 : packed.len,
	    later ? 0 : n, name);
	buf_puts(&w->file, name);
	buf_add(&w->file, packed.data, packed.len);
	if (later) {
		put32(&w->file, 0x08074b50);
		put32(&w->file, crc);
		put32(&w->file, packed.len);
		put32(&w->file, n);
	}
	put32(&w->directory, 0x02014b50);
	put16(&w->directory, 20);
	put16(&w->directory, 20);
	put_head(&w->directory, w, crc, packed.len, n, name);
	for (int i = 0; i < 10; i++)
		buf_add(&w->directory, "", 1);
	put32(&w->directory, at);
	buf_puts(&w->directory, name);
	w->n++;
	buf_clear(&packed);
}

static void
finish(struct writer *w, bool directory)
{
	size_t at = w->file.len;

	if (directory) {
		buf_add(&w->file, w->directory.data, w->directory.len);
		put32(&w->file, 0x06054b50);
		put32(&w->file, 0);
		put16(&w->file, w->n);
		put16(&w->file, w->n);
		put32(&w->file, w->directory.len);
		put32(&w->file, at);
		put16(&w->file, 0);
	}
	buf_clear(&w->directory);
}

/* Reads all files: "name=content" lines, then the defects. */
static void
is_zip(const char *data, size_t n, const char *want, const char *name)
{
	struct defects d;
	struct zip z;
	struct buf out;
	const char *file, *piece;
	size_t len, got;

	buf_init(&out, 1 << 20);
	defects_init(&d);
	zip_init(&z);
	zip_begin(&z, data, n, &limits, &d);
	while (zip_next(&z, &file, &len)) {
		size_t total = 0;

		buf_add(&out, file, len);
		buf_puts(&out, "=");
		while ((got = zip_more(&z, &piece)) > 0) {
			if ((total += got) <= 100)
				buf_add(&out, piece, got);
		}
		if (total > 100)
			buf_printf(&out, "(%zu)", total);
		buf_puts(&out, "\n");
	}
	defects_write_names(&d, &out);
	is_str(buf_str(&out), want, "%s", name);
	buf_clear(&out);
	zip_clear(&z);
}

static void
is_written(struct writer *w, bool directory, const char *want, const char *name)
{
	finish(w, directory);
	is_zip(w->file.data, w->file.len, want, name);
	buf_clear(&w->file);
}

static void
test_good(void)
{
	struct writer w;

	writer_init(&w, 8, 0);
	add(&w, "a.json", "{\"a\":1}", 7);
	add(&w, "dir/", "", 0);
	add(&w, "b.json", "{}", 2);
	is_written(&w, true, "a.json={\"a\":1}\nb.json={}\n", "deflated");
	writer_init(&w, 0, 0);
	add(&w, "a.json", "{\"a\":1}", 7);
	is_written(&w, true, "a.json={\"a\":1}\n", "stored");
	writer_init(&w, 8, 8);
	add(&w, "a.json", "{\"a\":1}", 7);
	add(&w, "b.json", "{}", 2);
	is_written(&w, true, "a.json={\"a\":1}\nb.json={}\n",
	    "sizes behind the data");
	writer_init(&w, 8, 8);
	add(&w, "a.json", "{\"a\":1}", 7);
	add(&w, "b.json", "{}", 2);
	is_written(&w, false, "a.json={\"a\":1}\nb.json={}\nzip-cut",
	    "and no directory");
	writer_init(&w, 8, 0);
	add(&w, "a.json", "{\"a\":1}", 7);
	add(&w, "b.json", "{}", 2);
	is_written(&w, false, "a.json={\"a\":1}\nb.json={}\nzip-cut",
	    "sizes before it and no directory");
}

static void
test_bad(void)
{
	static char zeros[200000];
	struct writer w;

	writer_init(&w, 8, 0);
	w.spoil = 1;
	add(&w, "a", "{}", 2);
	is_written(&w, true, "a={}\nzip-check", "a wrong checksum");
	writer_init(&w, 8, 1);
	add(&w, "a", "{}", 2);
	is_written(&w, true, "zip-data", "encrypted");
	writer_init(&w, 12, 0);
	add(&w, "a", "{}", 2);
	is_written(&w, true, "zip-data", "another method");
	writer_init(&w, 8, 0);
	add(&w, "a", zeros, 99999);
	is_written(&w, true, "a=(99999)\n", "dense, but small");
	writer_init(&w, 8, 0);
	add(&w, "a", zeros, sizeof(zeros));
	is_written(&w, true, "a=(98304)\nzip-size", "too long, deflated");
	writer_init(&w, 0, 0);
	add(&w, "a", zeros, sizeof(zeros));
	is_written(&w, true, "a=(65536)\nzip-size", "too long, stored");
	writer_init(&w, 0, 0);
	for (int i = 0; i < 40; i++)
		add(&w, "a", "x", 1);
	finish(&w, true);
	{
		struct defects d;
		struct zip z;
		const char *name;
		size_t len;
		int n = 0;

		defects_init(&d);
		zip_init(&z);
		zip_begin(&z, w.file.data, w.file.len, &limits, &d);
		while (zip_next(&z, &name, &len))
			n++;
		is_int(n, ZIP_FILES_MAX, "many files");
		ok(defects_has(&d, DEFECT_ZIP_MANY), "are cut");
		zip_clear(&z);
	}
	buf_clear(&w.file);
	is_zip("PK\x03\x04", 4, "zip-cut", "four octets");
	is_zip("", 0, "zip-cut", "nothing");
}

/* A file cut anywhere, or with any octet changed, is only read within. */
static void
test_cut(void)
{
	struct writer w;
	char *copy;
	size_t n;

	writer_init(&w, 8, 0);
	add(&w, "a.json", "{\"a\":1}", 7);
	add(&w, "b.json", "{\"b\":2}", 7);
	finish(&w, true);
	n = w.file.len;
	for (size_t i = 0; i < 2 * n; i++) {
		struct defects d;
		struct zip z;
		const char *s;
		size_t len, have = i < n ? i : n;

		copy = malloc(have > 0 ? have : 1);
		memcpy(copy, w.file.data, have);
		if (i >= n)
			copy[i - n] = (char)~copy[i - n];
		defects_init(&d);
		zip_init(&z);
		zip_begin(&z, copy, have, &limits, &d);
		while (zip_next(&z, &s, &len))
			while (zip_more(&z, &s) > 0)
				;
		zip_clear(&z);
		free(copy);
	}
	pass("cut and changed everywhere");
	buf_clear(&w.file);
}

int
main(void)
{
	test_good();
	test_bad();
	test_cut();
	return done_testing();
}
