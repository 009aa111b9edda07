/* conf_write: values as TOML - see conf_write.h */
#include "config.h"

#include "share/conf/conf_write.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
conf_write_quoted(const char *s, struct buf *out)
{
	buf_puts(out, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_printf(out, "\\%c", *s);
		else if (iscntrl((unsigned char)*s))
			buf_printf(out, "\\u%04x", (unsigned char)*s);
		else
			buf_add(out, s, 1);
	}
	buf_puts(out, "\"");
}

/*
 * A string that would be read as an expression constant is written as one,
 * so that it comes back as it is.
 */
static void
write_string(const char *s, struct buf *out)
{
	const char *start = s + strspn(s, " \t");
	struct buf b;

	if (*start != '\'' && *start != '[' &&
	    strncmp(start, "key_get", 7) != 0) {
		conf_write_quoted(s, out);
		return;
	}
	buf_init(&b, 2 * strlen(s) + 2);
	buf_puts(&b, "'");
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\' || *s == '"')
			buf_puts(&b, "\\");
		buf_add(&b, s, 1);
	}
	buf_puts(&b, "'");
	conf_write_quoted(buf_str(&b), out);
	buf_clear(&b);
}

static void
write_list(const struct conf_list *l, struct buf *out)
{
	buf_puts(out, "[");
	for (size_t i = 0; i < l->n; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		write_string(l->item[i], out);
	}
	buf_puts(out, "]");
}

void
conf_write_duration(int64_t ms, struct buf *out)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" },
		{ 1000, "s" }, { 1, "ms" } };
	size_t i = 0;

	while (ms == 0 ? i < 3 : ms % units[i].ms != 0)
		i++;
	buf_printf(out, "\"%" PRId64 "%s\"", ms / units[i].ms, units[i].unit);
}

void
conf_write_size(int64_t octets, struct buf *out)
{
	if (octets != 0 && octets % (1 << 20) == 0)
		buf_printf(out, "\"%" PRId64 "mb\"", octets >> 20);
	else if (octets != 0 && octets % 1024 == 0)
		buf_printf(out, "\"%" PRId64 "kb\"", octets >> 10);
	else
		buf_printf(out, "%" PRId64, octets);
}

void
conf_write_count(int64_t n, struct buf *out)
{
	buf_printf(out, "%" PRId64, n);
}

void
conf_write_value(const struct conf_key *k, const void *base, struct buf *out)
{
	const void *src = (const char *)base + k->field;
	int i;

	switch (k->type) {
	case CONF_T_STRING:
	case CONF_T_WORD:
		write_string(*(char *const *)src, out);
		break;
	case CONF_T_LIST:
		write_list(src, out);
		break;
	case CONF_T_BOOL:
		buf_puts(out, *(const bool *)src ? "true" : "false");
		break;
	case CONF_T_ENUM:
		memcpy(&i, src, sizeof(i));
		buf_printf(out, "\"%s\"", k->names[i]);
		break;
	case CONF_T_DURATION:
		conf_write_duration(*(const int64_t *)src, out);
		break;
	case CONF_T_SIZE:
		conf_write_size(*(const int64_t *)src, out);
		break;
	case CONF_T_COUNT:
		conf_write_count(*(const int64_t *)src, out);
		break;
	case CONF_T_RULES:
	case CONF_T_SEND:
	case CONF_T_NTAS:
		abort();
	}
}
