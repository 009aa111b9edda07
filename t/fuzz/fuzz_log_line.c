/* fuzz_log_line: lines of a log; names and addresses that come out are such */
#include "config.h"

#include "reportgen/log_session.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_MS INT64_C(1795311806000)

static struct side_position last;

static void
check_peer(const struct log_peer *p)
{
	char address[LOG_ADDRESS_SIZE];

	if (p->host[0] != '\0' && !hostname_is_normal(p->host))
		abort();
	if (p->address[0] != '\0' &&
	    (!hostname_is_address(p->address, strlen(p->address), address) ||
		strcmp(address, p->address) != 0))
		abort();
}

static void
on_session(void *arg, const struct log_session *s)
{
	(void)arg;
	if (!hostname_is_normal(s->domain) || s->peer.host[0] == '\0')
		abort();
	check_peer(&s->peer);
	if (side_position_compare(&last, &s->position) >= 0)
		abort();
	last = s->position;
}

static void
add_line(struct log_sessions *t, const char *s, size_t n, uint64_t offset)
{
	static char *names[] = { (char *)(uintptr_t) "postfix" };
	const struct conf_list list = { names, 1 };
	struct side_position at = { 1, offset };
	struct log_line line;
	struct log_event e;

	if (!log_line_parse(s, n, NOW_MS, &line))
		return;
	if (line.text < s || line.text + line.len != s + n)
		abort();
	log_event_read(log_line_program(line.program, &list), line.text,
	    line.len, &e);
	check_peer(&e.peer);
	if (e.domain[0] != '\0' && !hostname_is_normal(e.domain))
		abort();
	log_sessions_add(t, &line, &at, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_sessions *t =
	    log_sessions_new("noreply@example.org", on_session, NULL);
	const char *s = (const char *)data, *end = s + size;

	last = (struct side_position){ 0, 0 };
	while (s < end) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((stop != NULL ? stop : end) - s);

		add_line(t, s, n, (uint64_t)(s - (const char *)data) + 1);
		s += n + 1;
	}
	log_sessions_free(t);
	return 0;
}
