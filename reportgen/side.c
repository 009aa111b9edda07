/* side: what our own processes tell the receiver - see side.h */
#include "config.h"

#include "reportgen/side.h"

#include "share/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const words[] = {
	[SIDE_LOG] = "LOG",
	[SIDE_AT] = "AT",
	[SIDE_OWN] = "OWN",
};
#define WORDS (sizeof(words) / sizeof(*words))

int
side_open(int fds[2], struct err *e)
{
	const int size = (int)SIDE_MAX;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds) == -1)
		return err_sys(e, "cannot make a pair of sockets");
	/* the kernel doubles it, and takes less where it must */
	(void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

void
side_write(const struct side_record *r, struct buf *b)
{
	buf_printf(b, "%s %" PRId64 " ", words[r->kind], r->ms);
	if (r->kind == SIDE_OWN) {
		buf_add(b, r->text, r->len);
		buf_puts(b, "\n");
		return;
	}
	buf_printf(b, "%s %" PRIu64 ".%" PRIu64 "\n", r->source,
	    r->position.generation, r->position.offset);
	if (r->kind == SIDE_LOG)
		buf_add(b, r->text, r->len);
}

/* Waits until fd takes a datagram; a blocking socket waits by itself. */
static int
send_waiting(int fd, const char *data, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	for (;;) {
		if (send(fd, data, n, MSG_NOSIGNAL) != -1)
			return 0;
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			(void)poll(&p, 1, 1000);
		else if (errno != EINTR)
			return -1;
	}
}

int
side_send(int fd, const struct side_record *r, struct err *e)
{
	struct buf b;
	int ret = 0;

	buf_init(&b, SIDE_MAX);
	side_write(r, &b);
	if (buf_full(&b))
		ret = err_set(e, ERR_LIMIT,
		    "a record of %zu octets is too long", r->len);
	else if (send_waiting(fd, b.data, b.len) == -1)
		ret = err_sys(e, "cannot tell the receiver");
	buf_clear(&b);
	return ret;
}

/* ---- reading ---- */

/* What is left of a record's first line. */
struct line {
	const char *p, *end;
};

/* The next word, which ends at a blank or the end of the line. */
static size_t
next_word(struct line *l, const char **word)
{
	const char *blank;
	size_t n;

	*word = l->p;
	blank = memchr(l->p, ' ', (size_t)(l->end - l->p));
	n = (size_t)((blank != NULL ? blank : l->end) - l->p);
	l->p += n + (blank != NULL ? 1 : 0);
	return n;
}

/* A decimal number that takes all n octets. */
static bool
read_number(const char *s, size_t n, uint64_t *value)
{
	*value = 0;
	if (n == 0 || n > 19)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(s[i] - '0');
	}
	return *value <= INT64_MAX;
}

static bool
read_position(struct line *l, struct side_position *p)
{
	const char *word, *dot;
	size_t n = next_word(l, &word);

	dot = memchr(word, '.', n);
	return dot != NULL &&
	    read_number(word, (size_t)(dot - word), &p->generation) &&
	    read_number(dot + 1, n - 1 - (size_t)(dot - word), &p->offset);
}

static bool
read_source(struct line *l, char source[SIDE_SOURCE_MAX])
{
	const char *word;
	size_t n = next_word(l, &word);

	if (n == 0 || n >= SIDE_SOURCE_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (word[i] <= ' ' || word[i] >= 127)
			return false;
	memcpy(source, word, n);
	source[n] = '\0';
	return true;
}

static bool
read_kind(struct line *l, enum side_kind *kind)
{
	const char *word;
	size_t n = next_word(l, &word);

	for (size_t i = 0; i < WORDS; i++)
		if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0) {
			*kind = (enum side_kind)i;
			return true;
		}
	return false;
}

int
side_parse(const char *data, size_t n, struct side_record *r, struct err *e)
{
	const char *newline = n > 0 ? memchr(data, '\n', n) : NULL;
	struct line l = { data, newline };
	const char *word;
	uint64_t ms;
	size_t len;

	memset(r, 0, sizeof(*r));
	if (newline == NULL || !read_kind(&l, &r->kind))
		return err_set(e, ERR_SYNTAX, "a record of no kind");
	len = next_word(&l, &word);
	if (!read_number(word, len, &ms))
		return err_set(e, ERR_SYNTAX, "a record without a time");
	r->ms = (int64_t)ms;
	if (r->kind == SIDE_OWN) {
		r->text = l.p;
		r->len = (size_t)(l.end - l.p);
		if (r->len == 0)
			return err_set(e, ERR_SYNTAX, "a record of no domain");
		return 0;
	}
	if (!read_source(&l, r->source) || !read_position(&l, &r->position) ||
	    l.p != l.end)
		return err_set(e, ERR_SYNTAX, "a record without a position");
	if (r->kind == SIDE_LOG) {
		r->text = newline + 1;
		r->len = n - 1 - (size_t)(newline - data);
	}
	return 0;
}

int
side_position_compare(const struct side_position *a,
    const struct side_position *b)
{
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return 0;
}
