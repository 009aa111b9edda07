/* fuzz_jscan: events are well nested, the same however the text is cut */
#include "config.h"

#include "share/base/utf8.h"
#include "share/rpt/jscan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct pieces {
	const char *p, *end;
	size_t size;
	char *copy;
};

static size_t
more(void *ctx, const char **data)
{
	struct pieces *ps = ctx;
	size_t n = (size_t)(ps->end - ps->p);

	if (n > ps->size)
		n = ps->size;
	free(ps->copy);
	ps->copy = malloc(n + 1);
	if (ps->copy == NULL)
		abort();
	if (n > 0)
		memcpy(ps->copy, ps->p, n);
	ps->p += n;
	*data = ps->copy;
	return n;
}

static uint64_t
mix(uint64_t h, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

static uint64_t
mix_event(uint64_t h, const struct jscan *js, enum jscan_event ev)
{
	h = mix(h, &ev, sizeof(ev));
	if (ev == JSCAN_KEY || ev == JSCAN_STRING) {
		if (js->len > JSCAN_TEXT_MAX ||
		    !utf8_is_valid(js->text, js->len) ||
		    memchr(js->text, '\0', js->len) != NULL)
			abort();
		h = mix(h, js->text, js->len);
	} else if (ev == JSCAN_NUMBER) {
		h = mix(h, &js->number.value, sizeof(js->number.value));
	}
	return h;
}

/* What the events amount to. */
static uint64_t
run(struct jscan *js)
{
	uint64_t h = 0;
	enum jscan_event ev;
	int depth = 0;

	while ((ev = jscan_next(js)) != JSCAN_END) {
		if (ev == JSCAN_BEGIN_OBJECT || ev == JSCAN_BEGIN_ARRAY)
			depth++;
		if (ev == JSCAN_END_OBJECT || ev == JSCAN_END_ARRAY)
			depth--;
		if (depth < 0 || depth > JSCAN_DEPTH_MAX)
			abort();
		h = mix_event(h, js, ev);
	}
	if (depth != 0 || jscan_next(js) != JSCAN_END)
		abort();
	return h;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct defects whole, cut;
	struct jscan js;
	uint64_t h;

	jscan_init(&js);
	defects_init(&whole);
	jscan_begin(&js, text, size, &whole);
	h = run(&js);
	for (size_t n = 1; n <= 17; n += 8) {
		struct pieces ps = { text, text + size, n, NULL };

		defects_init(&cut);
		jscan_begin_source(&js, (struct jscan_source){ more, &ps },
		    JSCAN_OCTETS_MAX, &cut);
		if (run(&js) != h ||
		    memcmp(whole.count, cut.count, sizeof(cut.count)) != 0)
			abort();
		free(ps.copy);
	}
	jscan_clear(&js);
	return 0;
}
