/* control_json: JSON of the control socket - see control_json.h */
#include "config.h"

#include "share/app/control_json.h"

#include "share/base/text.h"

#include <stdlib.h>
#include <string.h>

json_t *
control_need(json_t *j)
{
	if (j == NULL)
		abort();
	return j;
}

json_t *
control_object(void)
{
	json_t *o = control_need(json_object());

	control_put_int(o, "schema", 1);
	return o;
}

static void
put(json_t *o, const char *name, json_t *value)
{
	if (json_object_set_new(o, name, control_need(value)) == -1)
		abort();
}

void
control_put_int(json_t *o, const char *name, int64_t n)
{
	put(o, name, json_integer((json_int_t)n));
}

void
control_put_str(json_t *o, const char *name, const char *s)
{
	json_t *j = s != NULL ? json_string(s) : json_null();
	char safe[1024];

	if (j == NULL) /* jansson takes UTF-8 only */
		j = json_string(text_escape(safe, sizeof(safe), s, strlen(s)));
	put(o, name, j);
}

void
control_put_time(json_t *o, const char *name, int64_t ms)
{
	char text[32];

	if (ms == 0)
		put(o, name, json_null());
	else
		put(o, name,
		    json_string(
			text_rfc3339(text, sizeof(text), (time_t)(ms / 1000))));
}

void
control_put_bool(json_t *o, const char *name, bool b)
{
	put(o, name, json_boolean(b));
}

char *
control_text(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));

	if (text == NULL)
		abort();
	json_decref(o);
	return text;
}

void
control_page_init(struct control_page *p)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->text, CONTROL_PAGE_HARD + 512);
	buf_puts(&p->text, "{\"schema\":1,\"items\":[");
}

bool
control_page_add(struct control_page *p, json_t *item)
{
	char *text = control_text(item);

	if (p->text.len + strlen(text) + 1 > CONTROL_PAGE_HARD)
		p->left_out++;
	else
		buf_printf(&p->text, "%s%s", p->n++ > 0 ? "," : "", text);
	free(text);
	return p->text.len < CONTROL_PAGE_SOFT;
}

char *
control_page_end(struct control_page *p, const char *next)
{
	char *quoted;

	buf_puts(&p->text, "]");
	if (p->left_out > 0)
		buf_printf(&p->text, ",\"left_out\":%zu", p->left_out);
	if (next == NULL) {
		buf_puts(&p->text, ",\"next\":null}");
	} else {
		json_t *j = control_need(json_string(next));

		quoted = json_dumps(j, JSON_ENCODE_ANY);
		if (quoted == NULL)
			abort();
		buf_printf(&p->text, ",\"next\":%s}", quoted);
		free(quoted);
		json_decref(j);
	}
	return buf_take(&p->text);
}
