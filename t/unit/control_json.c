/* control_json: pages of the control socket - see share/app/control_json.h */
#include "config.h"

#include "share/app/control_json.h"
#include "share/net/socketmap.h"
#include "t/unit/tap.h"

#include <stdlib.h>

static json_t *
item(int i, size_t size)
{
	json_t *o = control_object();
	char text[2000];

	memset(text, 'x', sizeof(text));
	text[size < sizeof(text) ? size : sizeof(text) - 1] = '\0';
	control_put_int(o, "n", i);
	control_put_str(o, "text", text);
	return o;
}

static void
test_values(void)
{
	json_t *o = control_object();
	char *text;

	control_put_str(o, "none", NULL);
	control_put_str(o, "odd", "a\xff\x1b");
	control_put_time(o, "never", 0);
	control_put_time(o, "when", INT64_C(1795219200999));
	control_put_bool(o, "yes", true);
	text = control_text(o);
	is_str(text,
	    "{\"schema\":1,\"none\":null,\"odd\":\"a\\\\xff\\\\x1b\","
	    "\"never\":null,\"when\":\"2026-11-21T00:00:00Z\",\"yes\":true}",
	    "values of every kind");
	free(text);
}

static void
test_empty(void)
{
	struct control_page p;
	char *text;

	control_page_init(&p);
	text = control_page_end(&p, NULL);
	is_str(text, "{\"schema\":1,\"items\":[],\"next\":null}",
	    "an empty page is the last");
	free(text);
}

static void
test_full(void)
{
	struct control_page p;
	char *text;
	json_t *o;
	int n = 0;

	control_page_init(&p);
	while (control_page_add(&p, item(n, 900)))
		n++;
	ok(n > 50, "many fit");
	/* those that belong to the last one still find room, up to a point */
	for (int i = 0; i < 100; i++)
		(void)control_page_add(&p, item(++n, 900));
	ok(p.left_out > 0, "not all of them");
	text = control_page_end(&p, "on \"and\" on");
	ok(strlen(text) + 3 <= SOCKETMAP_REPLY_MAX, "a reply holds the page");
	o = json_loads(text, 0, NULL);
	ok(o != NULL, "which is whole");
	is_str(json_string_value(json_object_get(o, "next")), "on \"and\" on",
	    "with the place to go on from");
	is_int(json_array_size(json_object_get(o, "items")) +
		(size_t)json_integer_value(json_object_get(o, "left_out")),
	    n + 1, "what is left out is counted");
	json_decref(o);
	free(text);
}

int
main(void)
{
	test_values();
	test_empty();
	test_full();
	return done_testing();
}
