/* rows: a view as table, JSON or CSV - see rows.h */
#include "config.h"

#include "analyzer/rows.h"

#include "share/app/control_json.h"
#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/base/utf8.h"
#include "share/base/xmem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CELL_MAX 200 /* octets of a table's text */
#define CELL_MIN 12
#define GAP 2
#define INDENT 8
#define DAY INT64_C(86400)

struct line {
	char *text[ROWS_COLUMNS_MAX];
	enum term_tone tone[ROWS_COLUMNS_MAX];
	char *note; /* a paragraph of its own, else NULL */
	char *label;
	bool verbatim;
};

struct rows {
	FILE *out;
	enum rows_form form;
	const char *view;
	const struct rows_column *column;
	size_t ncolumns;
	struct line *line; /* of tables, until the end */
	size_t nlines, lines_cap;
	size_t n;
};

char *
rows_day(char *dst, size_t size, int64_t n)
{
	char when[32];

	if (n < 0)
		(void)text_copy(dst, size, "-");
	else
		(void)snprintf(dst, size, "%.10s",
		    text_rfc3339(when, sizeof(when), (time_t)(n * DAY)));
	return dst;
}

int64_t
rows_share(int64_t success, int64_t failure)
{
	/* counts go up to 2^53, and so might their sum's million-fold */
	double all = (double)success + (double)failure;

	return all <= 0 ? -1 : (int64_t)((double)success / all * 1e6);
}

char *
rows_spark(char *dst, size_t size, const int64_t *v, size_t n, bool utf8)
{
	static const char *const blocks[] = { "\u2581", "\u2582", "\u2583",
		"\u2584", "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const ascii[] = { "_", ",", "-", "~", "=", "+", "*",
		"#" };
	int64_t max = 1;
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i] > max)
			max = v[i];
	dst[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		int level = (int)((double)v[i] / (double)max * 7);
		const char *c = v[i] < 0 ? "." : (utf8 ? blocks : ascii)[level];

		if (len + strlen(c) >= size)
			break;
		len += (size_t)snprintf(dst + len, size - len, "%s", c);
	}
	return dst;
}

struct rows *
rows_new(FILE *out, enum rows_form form, const char *view,
    const struct rows_column *columns, size_t n)
{
	struct rows *r = xcalloc(1, sizeof(*r));

	r->out = out;
	r->form = form;
	r->view = view;
	r->column = columns;
	r->ncolumns = n < ROWS_COLUMNS_MAX ? n : ROWS_COLUMNS_MAX;
	if (form != ROWS_CSV)
		return r;
	for (size_t i = 0, shown = 0; i < r->ncolumns; i++)
		if (columns[i].kind != ROWS_GRAPH)
			fprintf(out, "%s%s", shown++ > 0 ? "," : "",
			    columns[i].name);
	fputs("\r\n", out);
	return r;
}

/* ---- CSV ---- */

static void
csv_text(FILE *out, const char *s)
{
	fputc('"', out);
	if (*s != '\0' && strchr("=+-@\t\r", *s) != NULL)
		fputc('\'', out);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

static void
csv_row(struct rows *r, const struct rows_cell *c)
{
	char day[16];

	for (size_t i = 0, shown = 0; i < r->ncolumns; i++) {
		if (r->column[i].kind == ROWS_GRAPH)
			continue;
		if (shown++ > 0)
			fputc(',', r->out);
		if (r->column[i].kind == ROWS_TEXT) {
			if (c[i].text != NULL)
				csv_text(r->out, c[i].text);
		} else if (r->column[i].kind == ROWS_DAY) {
			if (c[i].n >= 0)
				fputs(rows_day(day, sizeof(day), c[i].n),
				    r->out);
		} else if (r->column[i].kind == ROWS_SHARE) {
			if (c[i].n >= 0)
				fprintf(r->out, "%.4f", (double)c[i].n / 1e4);
		} else {
			fprintf(r->out, "%" PRId64, c[i].n);
		}
	}
	fputs("\r\n", r->out);
}

/* ---- JSON ---- */

static void
object_row(struct rows *r, const struct rows_cell *c)
{
	json_t *o = control_object();
	char day[16], *text;

	control_put_str(o, "view", r->view);
	for (size_t i = 0; i < r->ncolumns; i++) {
		const char *name = r->column[i].name;

		switch (r->column[i].kind) {
		case ROWS_TEXT:
			control_put_str(o, name, c[i].text);
			break;
		case ROWS_COUNT:
			control_put_int(o, name, c[i].n);
			break;
		case ROWS_DAY:
			control_put_str(o, name,
			    c[i].n < 0 ? NULL
				       : rows_day(day, sizeof(day), c[i].n));
			break;
		case ROWS_SHARE:
			(void)json_object_set_new(o, name,
			    control_need(c[i].n < 0
				    ? json_null()
				    : json_real((double)c[i].n / 1e4)));
			break;
		case ROWS_GRAPH:
			break;
		}
	}
	text = control_text(o);
	fprintf(r->out, "%s\n", text);
	free(text);
}

/* ---- table ---- */

static char *
table_cell(const struct rows_column *k, const struct rows_cell *c)
{
	char text[CELL_MAX + 1];

	switch (k->kind) {
	case ROWS_TEXT:
		if (c->text == NULL || *c->text == '\0')
			return xstrdup("-");
		return xstrdup(
		    text_escape(text, sizeof(text), c->text, strlen(c->text)));
	case ROWS_GRAPH: /* ours */
		return xstrdup(c->text == NULL ? "" : c->text);
	case ROWS_COUNT:
		return xasprintf("%" PRId64, c->n);
	case ROWS_DAY:
		return xstrdup(rows_day(text, sizeof(text), c->n));
	case ROWS_SHARE:
		break;
	}
	if (c->n < 0)
		return xstrdup("-");
	/* 99.996 is not 100 */
	return xasprintf("%d.%02d%%", (int)(c->n / 10000),
	    (int)(c->n % 10000 / 100));
}

static struct line *
add_line(struct rows *r)
{
	if (r->nlines == r->lines_cap) {
		r->lines_cap = r->lines_cap == 0 ? 64 : 2 * r->lines_cap;
		r->line =
		    xreallocarray(r->line, r->lines_cap, sizeof(*r->line));
	}
	memset(&r->line[r->nlines], 0, sizeof(*r->line));
	return &r->line[r->nlines++];
}

void
rows_add(struct rows *r, const struct rows_cell *cells)
{
	struct line *l;

	if (r->n == ROWS_MAX)
		return;
	r->n++;
	if (r->form == ROWS_CSV) {
		csv_row(r, cells);
		return;
	}
	if (r->form == ROWS_JSON) {
		object_row(r, cells);
		return;
	}
	l = add_line(r);
	for (size_t i = 0; i < r->ncolumns; i++) {
		l->text[i] = table_cell(&r->column[i], &cells[i]);
		l->tone[i] = cells[i].tone;
	}
}

void
rows_note(struct rows *r, const char *label, const char *text)
{
	struct line *l;

	if (r->form != ROWS_TABLE)
		return;
	l = add_line(r);
	l->note = xstrdup(text);
	l->label = xstrdup(label);
}

void
rows_verbatim(struct rows *r, const char *text)
{
	struct line *l;

	if (r->form != ROWS_TABLE)
		return;
	l = add_line(r);
	l->note = xstrdup(text);
	l->verbatim = true;
}

size_t
rows_count(const struct rows *r)
{
	return r->n;
}

/* Columns that a cell takes: characters, not octets. */
static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool
is_right(const struct rows_column *k)
{
	return k->kind == ROWS_COUNT || k->kind == ROWS_SHARE;
}

/* How wide a table is: its columns, 0 where one is not shown. */
struct layout {
	size_t width[ROWS_COLUMNS_MAX];
	size_t last; /* the column that ends a line */
};

static size_t
widest_cell(const struct rows *r, size_t i)
{
	size_t width = width_of(r->column[i].title);

	for (size_t j = 0; j < r->nlines; j++)
		if (r->line[j].text[i] != NULL &&
		    width_of(r->line[j].text[i]) > width)
			width = width_of(r->line[j].text[i]);
	return width;
}

/* The column to leave out next, ROWS_COLUMNS_MAX: none. */
static size_t
to_spare(const struct rows *r, const struct layout *l)
{
	size_t found = ROWS_COLUMNS_MAX;
	int most = 0;

	for (size_t i = 0; i < r->ncolumns; i++)
		if (l->width[i] > 0 && r->column[i].spare > most) {
			most = r->column[i].spare;
			found = i;
		}
	return found;
}

/* The text column to cut next. */
static size_t
to_cut(const struct rows *r, const struct layout *l)
{
	size_t found = ROWS_COLUMNS_MAX, most = CELL_MIN;

	for (size_t i = 0; i < r->ncolumns; i++)
		if (r->column[i].kind == ROWS_TEXT && l->width[i] > most) {
			most = l->width[i];
			found = i;
		}
	return found;
}

/* Makes it fit where that can be. */
static void
lay_out(const struct rows *r, struct layout *l, size_t room)
{
	size_t sum = 0, i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < r->ncolumns; i++)
		if (r->column[i].title != NULL) {
			l->width[i] = widest_cell(r, i);
			sum += l->width[i] + GAP;
		}
	while (sum > room + GAP && (i = to_spare(r, l)) != ROWS_COLUMNS_MAX) {
		sum -= l->width[i] + GAP;
		l->width[i] = 0;
	}
	while (sum > room + GAP && (i = to_cut(r, l)) != ROWS_COLUMNS_MAX) {
		l->width[i]--;
		sum--;
	}
	for (i = 0; i < r->ncolumns; i++)
		if (l->width[i] > 0 ||
		    (r->column[i].title != NULL && r->column[i].spare == 0))
			l->last = i;
}

/* One cell, filled to its width; the last of a line is not filled. */
static void
print_cell(struct term *t, enum term_tone tone, const char *s, size_t width,
    bool right, bool last)
{
	size_t n = width_of(s), blanks = n < width ? width - n : 0;
	char cut[CELL_MAX + 4];

	if (n > width && width > 3) { /* escaped text: octets are characters */
		(void)snprintf(cut, sizeof(cut), "%.*s...", (int)width - 3, s);
		s = cut;
	}
	if (right)
		fprintf(t->out, "%*s", (int)blanks, "");
	if (strlen(s) == width_of(s))
		term_print(t, tone, "%s", s);
	else
		fputs(s, t->out); /* a graph of ours */
	if (!right && !last)
		fprintf(t->out, "%*s", (int)blanks, "");
	if (!last)
		fprintf(t->out, "%*s", GAP, "");
}

/* Lines to paste: never broken, and nothing in them that is not ASCII. */
static void
print_verbatim(struct term *t, const char *text)
{
	while (*text != '\0') {
		int n = (int)strcspn(text, "\n");

		fprintf(t->out, "%*s", INDENT, "");
		term_print(t, TERM_PLAIN, "%.*s", n, text);
		fputc('\n', t->out);
		text += n;
		text += *text == '\n';
	}
}

static void
print_note(struct term *t, const struct line *l)
{
	if (l->verbatim)
		print_verbatim(t, l->note);
	else
		term_fill(t, *l->label == '\0' ? 0 : INDENT, l->label, l->note);
}

/* One line of cells; without a line the titles. */
static void
print_cells(struct term *t, const struct rows *r, const struct layout *l,
    const struct line *line)
{
	for (size_t i = 0; i <= l->last && i < r->ncolumns; i++) {
		const struct rows_column *k = &r->column[i];

		if (k->title == NULL || (l->width[i] == 0 && k->spare > 0))
			continue;
		print_cell(t, line != NULL ? line->tone[i] : TERM_HEAD,
		    line != NULL ? line->text[i] : k->title, l->width[i],
		    is_right(k), i == l->last);
	}
	fputc('\n', t->out);
}

static void
print_table(struct rows *r)
{
	struct layout l;
	struct term t;

	term_init(&t, r->out);
	lay_out(r, &l, (size_t)t.width);
	if (r->n > 0)
		print_cells(&t, r, &l, NULL);
	for (size_t j = 0; j < r->nlines; j++)
		if (r->line[j].note != NULL)
			print_note(&t, &r->line[j]);
		else
			print_cells(&t, r, &l, &r->line[j]);
}

static void
forget_lines(struct rows *r)
{
	for (size_t j = 0; j < r->nlines; j++) {
		for (size_t i = 0; i < ROWS_COLUMNS_MAX; i++)
			free(r->line[j].text[i]);
		free(r->line[j].note);
		free(r->line[j].label);
	}
	r->nlines = 0;
}

int
rows_end(struct rows *r)
{
	if (r->form == ROWS_TABLE)
		print_table(r);
	forget_lines(r);
	return fflush(r->out) != 0 || ferror(r->out) ? -1 : 0;
}

void
rows_free(struct rows *r)
{
	if (r == NULL)
		return;
	forget_lines(r);
	free(r->line);
	free(r);
}
