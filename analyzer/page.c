/* page: one HTML page, written by libxml2 - see page.h */
#include "config.h"

#include "analyzer/page.h"

#include "analyzer/page_style.h"
#include "share/base/utf8.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct page {
	xmlTextWriter *w;
	xmlBuffer *text;
	char *path, *temporary;
	bool failed; /* out of memory */
};

#define X(s) ((const xmlChar *)(s))

static void
check(struct page *p, int rc)
{
	if (rc < 0)
		p->failed = true;
}

/*
 * The length of the UTF-8 character at s that may stand in a page (XML 1.0
 * section 2.2; no C1 controls), 0 where there is none.
 */
static size_t
character(const char *s)
{
	size_t n = utf8_len(s, strnlen(s, 4));
	unsigned char c = (unsigned char)s[0];

	if (n == 1 && (c < ' ' ? strchr("\t\n\r", c) == NULL : c == 0x7f))
		return 0;
	if (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0)
		return 0;
	if (n == 3 && memcmp(s, "\xef\xbf", 2) == 0 &&
	    (unsigned char)s[2] > 0xbd)
		return 0;
	return n;
}

/* A copy of text with what may not stand in a page replaced; freed. */
static char *
clean(const char *text)
{
	char *out = xmalloc(3 * strlen(text) + 1), *to = out;

	while (*text != '\0') {
		size_t n = character(text);

		if (n == 0) {
			memcpy(to, UTF8_REPLACEMENT, 3);
			to += 3;
			text++;
			continue;
		}
		memcpy(to, text, n);
		to += n;
		text += n;
	}
	*to = '\0';
	return out;
}

void
page_begin(struct page *p, const char *element, const char *klass)
{
	check(p, xmlTextWriterStartElement(p->w, X(element)));
	if (klass != NULL)
		page_attribute(p, "class", klass);
}

void
page_attribute(struct page *p, const char *name, const char *value)
{
	char *s = clean(value);

	check(p, xmlTextWriterWriteAttribute(p->w, X(name), X(s)));
	free(s);
}

void
page_number(struct page *p, const char *name, int64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	page_attribute(p, name, text);
}

void
page_text(struct page *p, const char *text)
{
	char *s = clean(text);

	check(p, xmlTextWriterWriteString(p->w, X(s)));
	free(s);
}

void
page_textf(struct page *p, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	va_end(ap);
	page_text(p, s);
	free(s);
}

/* In HTML only void elements have no end tag; these are none of them. */
void
page_end(struct page *p)
{
	check(p, xmlTextWriterFullEndElement(p->w));
}

void
page_element(struct page *p, const char *element, const char *klass,
    const char *text)
{
	page_begin(p, element, klass);
	page_text(p, text);
	page_end(p);
}

void
page_link(struct page *p, const char *href, const char *text)
{
	page_begin(p, "a", NULL);
	page_attribute(p, "href", href);
	page_text(p, text);
	page_end(p);
}

/* A void element: <meta name="" content=""/>. */
static void
meta(struct page *p, const char *kind, const char *name, const char *content)
{
	page_begin(p, "meta", NULL);
	page_attribute(p, kind, name);
	page_attribute(p, "content", content);
	check(p, xmlTextWriterEndElement(p->w));
}

static void
head(struct page *p, const char *title)
{
	page_begin(p, "head", NULL);
	page_begin(p, "meta", NULL);
	page_attribute(p, "charset", "utf-8");
	check(p, xmlTextWriterEndElement(p->w));
	meta(p, "name", "viewport", "width=device-width, initial-scale=1");
	/* names of strangers are in here: nothing of them may load or run */
	meta(p, "http-equiv", "Content-Security-Policy",
	    "default-src 'none'; style-src 'unsafe-inline'");
	meta(p, "name", "referrer", "no-referrer");
	meta(p, "name", "robots", "noindex");
	page_element(p, "title", NULL, title);
	page_begin(p, "style", NULL);
	check(p, xmlTextWriterWriteRaw(p->w, X(page_style)));
	page_end(p);
	page_end(p);
}

struct page *
page_open(const char *dir, const char *name, const char *title, const char *up,
    struct err *e)
{
	struct page *p = xcalloc(1, sizeof(*p));

	p->path = xasprintf("%s/%s", dir, name);
	p->temporary = xasprintf("%s/.%s.new", dir, name);
	p->text = xmlBufferCreate();
	p->w = p->text == NULL ? NULL : xmlNewTextWriterMemory(p->text, 0);
	if (p->w == NULL) {
		(void)err_set(e, ERR_SYS, "%s: no memory", p->path);
		page_drop(p);
		return NULL;
	}
	check(p, xmlTextWriterWriteRaw(p->w, X("<!DOCTYPE html>\n")));
	page_begin(p, "html", NULL);
	page_attribute(p, "lang", "en");
	head(p, title);
	page_begin(p, "body", NULL);
	page_begin(p, "main", NULL);
	page_begin(p, "header", NULL);
	if (up != NULL) {
		page_begin(p, "p", NULL);
		page_link(p, up, "\u2190 Overview");
		page_end(p);
	}
	page_element(p, "h1", NULL, title);
	page_end(p);
	return p;
}

static int
save(struct page *p, struct err *e)
{
	size_t n = (size_t)xmlBufferLength(p->text);
	FILE *f;
	bool ok;

	/* of a run that was killed, or a link that somebody put there */
	(void)unlink(p->temporary);
	f = fopen(p->temporary, "wxe");
	if (f == NULL)
		return err_sys(e, "%s", p->temporary);
	ok = fwrite(xmlBufferContent(p->text), 1, n, f) == n;
	ok = fflush(f) == 0 && ok;
	if (!ok)
		(void)err_sys(e, "%s", p->temporary);
	/* names and counts of a site: the web server may read them, if told */
	if (ok && fchmod(fileno(f), 0644) == -1)
		ok = false;
	(void)fclose(f);
	if (ok && rename(p->temporary, p->path) == 0)
		return 0;
	if (ok)
		(void)err_sys(e, "%s", p->path);
	(void)unlink(p->temporary);
	return -1;
}

int
page_close(struct page *p, struct err *e)
{
	int rc = -1;

	check(p, xmlTextWriterEndDocument(p->w));
	if (p->failed)
		(void)err_set(e, ERR_SYS, "%s: no memory", p->path);
	else
		rc = save(p, e);
	page_drop(p);
	return rc;
}

void
page_drop(struct page *p)
{
	if (p == NULL)
		return;
	if (p->w != NULL)
		xmlFreeTextWriter(p->w);
	if (p->text != NULL)
		xmlBufferFree(p->text);
	free(p->path);
	free(p->temporary);
	free(p);
}
