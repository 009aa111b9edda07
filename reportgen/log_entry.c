/* log_entry: one entry of systemd's journal - see log_entry.h */
#include "config.h"

#include "reportgen/log_entry.h"
#include "share/base/text.h"

#include <string.h>

void
log_entry_init(struct log_entry *en)
{
	memset(en, 0, sizeof(*en));
	jscan_init(&en->js);
	defects_init(&en->defects);
	buf_init(&en->text, LOG_LINE_OCTETS);
}

void
log_entry_clear(struct log_entry *en)
{
	jscan_clear(&en->js);
	buf_clear(&en->text);
}

/* The texts that count. */
enum field {
	FIELD_OTHER,
	FIELD_CURSOR,
	FIELD_TIME,
	FIELD_PROGRAM,
	FIELD_PID,
	FIELD_SYSLOG_PID,
	FIELD_MESSAGE
};

static enum field
field_of(const char *s, size_t n)
{
	static const char *const names[] = {
		[FIELD_CURSOR] = "__CURSOR",
		[FIELD_TIME] = "__REALTIME_TIMESTAMP",
		[FIELD_PROGRAM] = "SYSLOG_IDENTIFIER",
		[FIELD_PID] = "_PID",
		[FIELD_SYSLOG_PID] = "SYSLOG_PID",
		[FIELD_MESSAGE] = "MESSAGE",
	};

	for (size_t i = FIELD_CURSOR; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0)
			return (enum field)i;
	return FIELD_OTHER;
}

/* Digits only; 0 where it is no number. */
static uint64_t
number_of(const char *s, size_t n)
{
	uint64_t v = 0;

	if (n > 18)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	return v;
}

/* Printable ASCII that fits, else "". */
static void
put_word(char *dst, size_t size, const char *s, size_t n)
{
	dst[0] = '\0';
	if (n >= size)
		return;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return;
	memcpy(dst, s, n);
	dst[n] = '\0';
}

static void
put_field(struct log_entry *en, enum field f, const char *s, size_t n)
{
	struct log_line *line = &en->line;
	uint64_t v;

	switch (f) {
	case FIELD_CURSOR:
		put_word(en->cursor, sizeof(en->cursor), s, n);
		break;
	case FIELD_TIME:
		line->ms = (int64_t)(number_of(s, n) / 1000);
		break;
	case FIELD_PROGRAM:
		put_word(line->program, sizeof(line->program), s, n);
		break;
	case FIELD_PID:
	case FIELD_SYSLOG_PID:
		v = number_of(s, n);
		if (v <= UINT32_MAX && (f == FIELD_SYSLOG_PID || !line->pid))
			line->pid = (uint32_t)v;
		break;
	case FIELD_MESSAGE:
		buf_reset(&en->text);
		buf_add(&en->text, s, n);
		break;
	case FIELD_OTHER:
		break;
	}
}

/* [112,111,115]; of several values of a field the first is taken. */
static void
read_array(struct log_entry *en, enum field f)
{
	struct jscan *js = &en->js;
	enum jscan_event ev;
	bool had_text = false;
	char octet;

	while ((ev = jscan_next(js)) != JSCAN_END_ARRAY && ev != JSCAN_END) {
		if (ev == JSCAN_STRING && !had_text) {
			put_field(en, f, js->text, js->len);
			had_text = true;
		} else if (ev == JSCAN_NUMBER && f == FIELD_MESSAGE &&
		    !had_text && js->number.value > 0 &&
		    js->number.value <= 255) {
			octet = (char)js->number.value;
			buf_add(&en->text, &octet, 1);
		} else
			jscan_skip(js, ev);
	}
}

bool
log_entry_read(struct log_entry *en, const char *s, size_t n)
{
	struct jscan *js = &en->js;
	enum field f = FIELD_OTHER;
	enum jscan_event ev;

	memset(&en->line, 0, sizeof(en->line));
	en->cursor[0] = '\0';
	buf_reset(&en->text);
	jscan_begin(js, s, n, &en->defects);
	if (jscan_next(js) != JSCAN_BEGIN_OBJECT)
		return false;
	while ((ev = jscan_next(js)) != JSCAN_END_OBJECT && ev != JSCAN_END) {
		if (ev == JSCAN_KEY)
			f = field_of(js->text, js->len);
		else if (ev == JSCAN_STRING)
			put_field(en, f, js->text, js->len);
		else if (ev == JSCAN_BEGIN_ARRAY)
			read_array(en, f);
		else
			jscan_skip(js, ev);
	}
	if (en->cursor[0] == '\0')
		return false;
	if (en->line.program[0] != '\0' && en->line.pid != 0 &&
	    !buf_full(&en->text)) {
		en->line.text = buf_str(&en->text);
		en->line.len = en->text.len;
	}
	return true;
}
