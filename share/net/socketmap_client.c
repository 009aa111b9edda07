/* socketmap_client: asks a socketmap server once - see socketmap_client.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/net/listener.h"
#include "share/net/netstring.h"
#include "share/net/socketmap.h"
#include "share/net/socketmap_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The framing of the largest reply. */
#define BUFFER_MAX (SOCKETMAP_REPLY_MAX + NETSTRING_HEAD_SIZE + 1)

/* Waits for events on fd until deadline (monotonic); -1 and e otherwise. */
static int
await(int fd, short events, int64_t deadline, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = events };
	int r;

	do {
		int64_t left = deadline - clock_mono_ms(clock_system());

		if (left <= 0)
			r = 0;
		else
			r = poll(&p, 1,
			    left > INT32_MAX ? INT32_MAX : (int)left);
	} while (r == -1 && errno == EINTR);
	if (r == -1)
		return err_sys(e, "cannot wait");
	if (r == 0)
		return err_set(e, ERR_TEMP, "no answer in time");
	return 0;
}

/* Sends all of b. */
static int
send_all(int fd, const struct buf *b, int64_t deadline, struct err *e)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n =
		    send(fd, b->data + done, b->len - done, MSG_NOSIGNAL);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN) {
			if (await(fd, POLLOUT, deadline, e) == -1)
				return -1;
		} else if (errno != EINTR)
			return err_sys(e, "cannot send");
	}
	return 0;
}

/* Appends what has come to b. */
static int
receive(int fd, struct buf *b, int64_t deadline, struct err *e)
{
	char block[4096];
	ssize_t n;

	if (await(fd, POLLIN, deadline, e) == -1)
		return -1;
	n = recv(fd, block, sizeof(block), 0);
	if (n == 0)
		return err_set(e, ERR_TEMP,
		    "the server closed the connection without an answer");
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		return err_sys(e, "cannot receive");
	if (n > 0)
		buf_add(b, block, (size_t)n);
	return buf_full(b)
	    ? err_set(e, ERR_SYNTAX, "the server's answer is no netstring")
	    : 0;
}

/* Gives the content of the netstring that comes. */
static char *
read_reply(int fd, int64_t deadline, struct err *e)
{
	struct buf in;
	char *reply = NULL;
	const char *str;
	size_t len, used;
	enum netstring_status status;

	buf_init(&in, BUFFER_MAX + 4096);
	do {
		if (receive(fd, &in, deadline, e) == -1)
			goto out;
		status = netstring_next(buf_str(&in), in.len,
		    SOCKETMAP_REPLY_MAX, &str, &len, &used);
	} while (status == NETSTRING_MORE);
	if (status == NETSTRING_WHOLE)
		reply = xstrndup(str, len);
	else
		(void)err_set(e, ERR_SYNTAX,
		    "the server's answer is no netstring");
out:
	buf_clear(&in);
	return reply;
}

char *
socketmap_ask(const char *listen, const char *map, const char *key,
    int64_t connect_ms, int64_t answer_ms, struct err *e)
{
	struct listener_spec spec;
	struct buf request, framed;
	char *reply = NULL;
	int64_t deadline;
	int fd = -1;

	buf_init(&request, SOCKETMAP_REQUEST_MAX);
	buf_init(&framed, SOCKETMAP_REQUEST_MAX + NETSTRING_HEAD_SIZE);
	buf_printf(&request, "%s %s", map, key);
	if (buf_full(&request)) {
		(void)err_set(e, ERR_LIMIT, "the key is too long");
		goto out;
	}
	netstring_put(&framed, request.data, request.len);
	if (listener_parse(listen, &spec, e) == -1)
		goto out;
	fd = listener_connect(&spec, connect_ms, e);
	if (fd == -1)
		goto out;
	deadline = clock_mono_ms(clock_system()) + answer_ms;
	if (send_all(fd, &framed, deadline, e) == 0)
		reply = read_reply(fd, deadline, e);
out:
	if (reply == NULL)
		(void)err_wrap(e, "%s", listen);
	if (fd != -1)
		close(fd);
	buf_clear(&request);
	buf_clear(&framed);
	return reply;
}
