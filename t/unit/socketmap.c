/* socketmap: server and client - see share/net/socketmap.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "share/net/listener.h"
#include "share/net/netstring.h"
#include "share/net/socketmap.h"
#include "share/net/socketmap_client.h"
#include "share/net/socketmap_conn.h"
#include "t/unit/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 20000 /* only reached when something is wrong */
#define LATER_MAX 8192

static struct event_base *base;
static struct socketmap_server *server;
static struct listener_spec spec;
static char address[64];

/* Requests that map "later" has put off, in the order they came. */
static struct socketmap_request *later[LATER_MAX];
static size_t nlater;

/* What map "peer" saw last. */
static bool peer_known;
static uid_t peer_uid;

/*
 * echo: "OK " and the key at once. later: put off. big: "OK " and as many
 * octets as the key says. wake: answers all that was put off, then itself.
 */
static void
handle(void *arg, struct socketmap_request *req, const char *map,
    const char *key)
{
	struct buf b;

	(void)arg;
	if (strcmp(map, "later") == 0) {
		if (nlater < LATER_MAX)
			later[nlater++] = req;
		return;
	}
	if (strcmp(map, "peer") == 0) {
		peer_known = socketmap_request_peer(req, &peer_uid) == 0;
		socketmap_answer(req, "OK", 2);
		return;
	}
	if (strcmp(map, "wake") == 0) {
		for (size_t i = 0; i < nlater; i++)
			socketmap_answer(later[i], "OK woken", 8);
		nlater = 0;
	}
	buf_init(&b, 1 << 20);
	if (strcmp(map, "big") == 0) {
		buf_printf(&b, "OK ");
		for (long n = strtol(key, NULL, 10); n > 0; n--)
			buf_add(&b, "x", 1);
	} else {
		buf_printf(&b, "OK %s", key);
	}
	socketmap_answer(req, b.data, b.len);
	buf_clear(&b);
}

static void
start(size_t max)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct err e = { 0 };
	int fd;

	nlater = 0;
	memset(&spec, 0, sizeof(spec));
	memcpy(spec.host, "127.0.0.1", 10);
	fd = listener_bind(&spec, &e);
	if (fd == -1 || getsockname(fd, (struct sockaddr *)&in, &len) == -1) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	spec.port = ntohs(in.sin_port);
	snprintf(address, sizeof(address), "inet:127.0.0.1:%u",
	    (unsigned)spec.port);
	server = socketmap_server_new(base, max, handle, NULL);
	socketmap_server_add(server, fd);
}

static struct socketmap_stats
stats(void)
{
	struct socketmap_stats st;

	socketmap_server_stats(server, &st);
	return st;
}

/* Lets the server work once; never waits long. */
static void
turn(void)
{
	struct timeval tv = { .tv_usec = 1000 };

	(void)event_base_loopexit(base, &tv);
	(void)event_base_loop(base, EVLOOP_ONCE);
}

static int64_t
now_ms(void)
{
	return clock_mono_ms(clock_system());
}

/* Connects; the server has accepted when this returns. */
static int
dial(void)
{
	uint64_t before = stats().connections;
	int64_t end = now_ms() + PATIENCE_MS;
	struct err e = { 0 };
	int fd = listener_connect(&spec, PATIENCE_MS, &e);

	if (fd == -1)
		diag("%s", e.text);
	while (fd != -1 && stats().connections == before && now_ms() < end)
		turn();
	return fd;
}

static void
say(int fd, const char *text)
{
	ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

	if (n != (ssize_t)strlen(text))
		diag("cannot send: %s", strerror(errno));
}

/*
 * Lets the server work until fd has given want octets (appended to b), or
 * its end. True at the end of file.
 */
static bool
hear(int fd, struct buf *b, size_t want)
{
	int64_t end = now_ms() + PATIENCE_MS;
	char block[65536];

	while (now_ms() < end) {
		ssize_t n = recv(fd, block, sizeof(block), MSG_DONTWAIT);

		if (n == 0 || (n == -1 && errno == ECONNRESET))
			return true;
		if (n > 0)
			buf_add(b, block, (size_t)n);
		if (want > 0 && b->len >= want)
			return false;
		if (n == -1)
			turn();
	}
	diag("waited in vain");
	return false;
}

/* Whether exactly this comes next on fd. */
static bool
hears(int fd, const char *want)
{
	struct buf b;
	bool same;

	buf_init(&b, 1 << 20);
	(void)hear(fd, &b, strlen(want));
	same = strcmp(buf_str(&b), want) == 0;
	if (!same)
		diag("heard \"%.200s\"", buf_str(&b));
	buf_clear(&b);
	return same;
}

/* Whether nothing but the end comes on fd, which is closed. */
static bool
hears_end(int fd)
{
	struct buf b;
	bool end;

	buf_init(&b, 1 << 20);
	end = hear(fd, &b, 0) && b.len == 0;
	buf_clear(&b);
	close(fd);
	return end;
}

/* Lets the server work until that many requests wait. */
static bool
waits(size_t want)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (stats().waiting != want && now_ms() < end)
		turn();
	return stats().waiting == want;
}

/* Lets the server work until that many connections are open. */
static bool
opens(size_t want)
{
	int64_t end = now_ms() + PATIENCE_MS;

	while (stats().open != want && now_ms() < end)
		turn();
	return stats().open == want;
}

static void
test_simple(void)
{
	int fd;

	start(100);
	fd = dial();
	say(fd, "9:echo hell,");
	ok(hears(fd, "7:OK hell,"), "a request is answered");
	say(fd, "5:echo ,");
	ok(hears(fd, "3:OK ,"), "an empty key is one");
	say(fd, "11:echo a b  c,");
	ok(hears(fd, "9:OK a b  c,"), "blanks belong to the key");
	say(fd, "9:big 20000,");
	struct buf b;
	buf_init(&b, 1 << 20);
	(void)hear(fd, &b, 20010);
	is_int(b.len, 20010, "a large reply");
	buf_clear(&b);
	say(fd, "10:big 100000,");
	ok(hears(fd, "26:TEMP the reply is too long,"), "one too large");
	is_int(stats().requests, 5, "five requests");
	is_int(stats().open, 1, "one connection");
	close(fd);
	ok(opens(0), "it is closed");
	socketmap_server_free(server);
}

/* Many in one segment, one in many, and everything between. */
static void
test_framing(void)
{
	static const char in[] = "6:echo 1,6:echo 2,7:echo 33,5:echo ,"
				 "6:echo 4,";
	static const char out[] = "4:OK 1,4:OK 2,5:OK 33,3:OK ,4:OK 4,";
	char part[64];
	int fd;

	start(100);
	fd = dial();
	for (size_t step = 1; step < sizeof(in); step++) {
		for (size_t i = 0; i < sizeof(in) - 1; i += step) {
			snprintf(part, sizeof(part), "%.*s", (int)step, in + i);
			say(fd, part);
			turn();
		}
		ok(hears(fd, out), "in pieces of %zu", step);
	}
	close(fd);
	socketmap_server_free(server);
}

/* Replies keep the order of requests, whichever is ready first. */
static void
test_order(void)
{
	int fd, other;

	start(100);
	fd = dial();
	other = dial();
	say(fd, "7:later 1,6:echo 2,7:later 3,6:echo 4,7:later 5,");
	ok(waits(3), "three wait");
	say(other, "6:echo x,");
	ok(hears(other, "4:OK x,"), "another connection does not");
	is_int(recv(fd, (char[1]){ 0 }, 1, MSG_DONTWAIT), -1, "nothing yet");
	socketmap_answer(later[2], "OK five", 7);
	socketmap_answer(later[1], "OK three", 8);
	is_int(recv(fd, (char[1]){ 0 }, 1, MSG_DONTWAIT), -1, "nor now");
	socketmap_answer(later[0], "NOTFOUND ", 9);
	ok(hears(fd, "9:NOTFOUND ,4:OK 2,8:OK three,4:OK 4,7:OK five,"),
	    "all in their order");
	is_int(stats().waiting, 0, "none waits");
	nlater = 0;
	say(fd, "7:later 1,7:later 2,");
	ok(waits(2), "two wait");
	say(other, "7:later 3,");
	ok(waits(3), "and a third");
	say(fd, "6:wake x,");
	ok(hears(fd, "8:OK woken,8:OK woken,4:OK x,"), "one wakes its own");
	ok(hears(other, "8:OK woken,"), "and others");
	close(fd);
	close(other);
	socketmap_server_free(server);
}

/* More than the limit in flight: reading pauses, nothing is lost. */
static void
test_pipeline(void)
{
	struct buf out, in;
	int fd;

	start(100);
	fd = dial();
	buf_init(&out, 1 << 20);
	buf_init(&in, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_printf(&out, "10:later %04d,", i);
	say(fd, buf_str(&out));
	ok(waits(SOCKETMAP_PIPELINE_MAX), "%d wait", SOCKETMAP_PIPELINE_MAX);
	for (int i = 0; i < 10; i++)
		turn();
	is_int(nlater, SOCKETMAP_PIPELINE_MAX, "no more than these");
	buf_reset(&out);
	for (size_t i = 0; i < 1000; i++) {
		char reply[16];

		while (nlater <= i)
			turn();
		snprintf(reply, sizeof(reply), "OK %04zu", i);
		socketmap_answer(later[i], reply, 7);
		buf_printf(&out, "7:%s,", reply);
	}
	(void)hear(fd, &in, out.len);
	is_str(buf_str(&in), buf_str(&out), "all are answered in order");
	buf_clear(&in);
	buf_clear(&out);
	close(fd);
	socketmap_server_free(server);
}

/* What is no request closes at once; what came before it is answered. */
static void
test_malformed(void)
{
	static const char *const bad[] = { "x", ":", "01:a,", "9:echo hell;",
		"GET / HTTP/1.0\r\n\r\n", "1:a,", "4:echo,", "5: echo,", "0:,",
		"-1:", "1 :" };
	int fd;

	start(100);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		fd = dial();
		say(fd, "6:echo 1,");
		say(fd, bad[i]);
		ok(hears(fd, "4:OK 1,"), "before \"%s\"", bad[i]);
		ok(hears_end(fd), "then the end");
	}
	is_int(stats().malformed, sizeof(bad) / sizeof(*bad), "counted");
	fd = dial();
	is_int(send(fd, "8:echo a\0b,", 11, 0), 11, "a NUL");
	ok(hears_end(fd), "is malformed");
	is_int(stats().oversize, 0, "none was too large");
	fd = dial();
	say(fd, "10001:");
	ok(hears_end(fd), "one octet too many");
	fd = dial();
	say(fd, "99999");
	ok(hears_end(fd), "seen at the digit that makes it so");
	is_int(stats().oversize, 2, "counted");
	ok(opens(0), "nothing stays");
	socketmap_server_free(server);
}

/* The largest request and the largest reply. */
static void
test_largest(void)
{
	struct buf b, want;
	int fd;

	start(100);
	fd = dial();
	buf_init(&b, 1 << 20);
	buf_init(&want, 1 << 20);
	for (int k = 0; k < 5; k++) {
		buf_puts(&b, "10000:echo ");
		buf_puts(&want, "9998:OK ");
		for (int i = 0; i < 9995; i++) {
			buf_add(&b, "k", 1);
			buf_add(&want, "k", 1);
		}
		buf_puts(&b, ",");
		buf_puts(&want, ",");
	}
	say(fd, buf_str(&b));
	ok(hears(fd, buf_str(&want)), "five of 10000 octets at once");
	buf_reset(&b);
	say(fd, "9:big 99997,");
	(void)hear(fd, &b, 100008);
	ok(b.len == 100008 && strncmp(b.data, "100000:OK xx", 12) == 0 &&
		b.data[b.len - 1] == ',',
	    "a reply of 100000");
	buf_clear(&b);
	buf_clear(&want);
	close(fd);
	socketmap_server_free(server);
}

/* A peer that does not read gets everything later, in order and whole. */
static void
test_slow_reader(void)
{
	struct buf b;
	const char *p;
	size_t len, used, n = 0, left;
	int fd, other;

	start(100);
	fd = dial();
	other = dial();
	for (int i = 0; i < 200; i++)
		say(fd, i % 2 == 0 ? "9:big 90000," : "6:echo e,");
	for (int i = 0; i < 50; i++)
		turn();
	ok(stats().requests < 200, "the server stops reading: %d requests",
	    (int)stats().requests);
	say(other, "6:echo x,");
	ok(hears(other, "4:OK x,"), "others are served");
	buf_init(&b, 1 << 24);
	(void)hear(fd, &b, 100 * 90010 + 100 * 7);
	left = b.len;
	for (p = buf_str(&b); left > 0 &&
	     netstring_next(p, left, SOCKETMAP_REPLY_MAX, &p, &len, &used) ==
		 NETSTRING_WHOLE;
	     n++) {
		bool big = n % 2 == 0;

		if (len != (big ? 90003 : 4) ||
		    memcmp(p, big ? "OK xxxxxxx" : "OK e", 4) != 0)
			break;
		p += len + 1;
		left -= used;
	}
	is_int(n, 200, "all replies are whole and in order");
	is_int(left, 0, "and nothing else");
	is_int(stats().requests, 201, "all were read");
	say(fd, "6:echo x,");
	ok(hears(fd, "4:OK x,"), "and it goes on");
	buf_clear(&b);
	close(fd);
	close(other);
	socketmap_server_free(server);
}

/* Late answers to a peer whose buffer is full. */
static void
test_slow_late(void)
{
	struct buf b;
	static char big[SOCKETMAP_REPLY_MAX];
	int fd;

	start(100);
	fd = dial();
	memset(big, 'y', sizeof(big));
	for (int i = 0; i < SOCKETMAP_PIPELINE_MAX; i++)
		say(fd, "7:later x,");
	ok(waits(SOCKETMAP_PIPELINE_MAX), "all wait");
	for (size_t i = SOCKETMAP_PIPELINE_MAX; i-- > 0;)
		socketmap_answer(later[i], big, sizeof(big));
	say(fd, "6:echo z,");
	buf_init(&b, 1 << 24);
	(void)hear(fd, &b, (sizeof(big) + 8) * SOCKETMAP_PIPELINE_MAX + 7);
	ok(b.len == (sizeof(big) + 8) * SOCKETMAP_PIPELINE_MAX + 7,
	    "all of %d times 100000 octets arrives", SOCKETMAP_PIPELINE_MAX);
	ok(b.len > 7 && strcmp(b.data + b.len - 7, "4:OK z,") == 0,
	    "and what was asked meanwhile");
	buf_clear(&b);
	close(fd);
	socketmap_server_free(server);
}

/* What thousands of idle connections cost. */
static void
test_size(void)
{
	diag("a connection takes %zu octets", sizeof(struct socketmap_conn));
	ok(sizeof(struct socketmap_conn) <= 512, "an idle one is small");
}

static void
test_end_of_file(void)
{
	struct buf b;
	int fd;

	start(100);
	fd = dial();
	say(fd, "9:echo he");
	shutdown(fd, SHUT_WR);
	ok(hears_end(fd), "the end within a request is the end");
	fd = dial();
	say(fd, "6:echo 1,7:later 2,6:echo 3,");
	shutdown(fd, SHUT_WR);
	ok(waits(1), "a request waits");
	socketmap_answer(later[0], "OK 2", 4);
	ok(hears(fd, "4:OK 1,4:OK 2,4:OK 3,"),
	    "what was asked before the end is answered");
	ok(hears_end(fd), "then comes the end");
	fd = dial();
	nlater = 0;
	for (int i = 0; i < SOCKETMAP_PIPELINE_MAX + 5; i++)
		say(fd, "7:later x,");
	say(fd, "6:echo 1");
	shutdown(fd, SHUT_WR);
	ok(waits(SOCKETMAP_PIPELINE_MAX), "as many wait as may");
	for (size_t i = 0; i < SOCKETMAP_PIPELINE_MAX + 5; i++) {
		while (nlater <= i)
			turn();
		socketmap_answer(later[i], "OK", 2);
	}
	buf_init(&b, 1 << 20);
	ok(hear(fd, &b, 0), "then comes the end");
	is_int(b.len, (SOCKETMAP_PIPELINE_MAX + 5) * 5, "all were answered");
	buf_clear(&b);
	close(fd);
	ok(opens(0), "nothing stays");
	is_int(stats().malformed, 0, "an early end is not malformed");
	socketmap_server_free(server);
}

/* Peers that vanish while their requests are under way. */
static void
test_vanished(void)
{
	struct linger now = { .l_onoff = 1 };
	int fd;

	start(100);
	for (int i = 0; i < 20; i++) {
		fd = dial();
		say(fd, "7:later a,7:later b,7:later c,");
		ok(waits(3 * (size_t)(i + 1)), "three more wait");
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(fd);
	}
	ok(opens(0), "all are gone");
	is_int(stats().waiting, 60, "their requests are not");
	for (size_t i = nlater; i-- > 0;)
		socketmap_answer(later[i], "OK", 2);
	is_int(stats().waiting, 0, "until they are answered");
	fd = dial();
	say(fd, "6:echo 1,");
	ok(hears(fd, "4:OK 1,"), "the next is served");
	close(fd);
	socketmap_server_free(server);
}

/* Limits of time: a request begun, a reply not taken. */
static void
test_timeouts(void)
{
	int fd, idle, slow;
	int64_t end;

	start(100);
	socketmap_server_set_timeouts(server, 60, 60);
	idle = dial();
	fd = dial();
	say(fd, "6:echo 1,9000:ec");
	ok(hears(fd, "4:OK 1,"), "a request, and another begun");
	/* an octet now and then does not help */
	end = now_ms() + PATIENCE_MS;
	while (stats().timeouts == 0 && now_ms() < end) {
		if (send(fd, "h", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == -1)
			break;
		for (int i = 0; i < 5; i++)
			turn();
	}
	is_int(stats().timeouts, 1, "it takes too long");
	ok(stats().malformed == 0, "nothing was wrong with it");
	ok(hears_end(fd), "it is closed");
	say(idle, "6:echo 1,");
	ok(hears(idle, "4:OK 1,"), "an idle one is not");
	say(idle, "7:later 1,");
	ok(waits(1), "a request waits");
	slow = dial();
	for (int i = 0; i < 150; i++)
		say(slow, "9:big 90000,");
	end = now_ms() + PATIENCE_MS;
	while (stats().timeouts == 1 && now_ms() < end)
		turn();
	is_int(stats().timeouts, 2, "who takes nothing is closed");
	close(slow);
	socketmap_answer(later[0], "OK x", 4);
	ok(hears(idle, "4:OK x,"), "who waits for us is not");
	close(idle);
	socketmap_server_free(server);
}

static void
test_eviction(void)
{
	enum { N = 2000, MAX = 500 };
	static int fd[N];
	struct rlimit lim;
	int n = N, open_ones = 0;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < 2 * N + 50) {
		lim.rlim_cur =
		    lim.rlim_max < 2 * N + 50 ? lim.rlim_max : 2 * N + 50;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
		if (lim.rlim_cur < 2 * N + 50)
			n = (int)lim.rlim_cur / 2 - 50;
	}
	start(MAX);
	fd[0] = dial();
	say(fd[0], "7:later 1,");
	ok(waits(1), "the first connection waits for an answer");
	fd[1] = dial();
	for (int i = 2; i < n; i++) {
		fd[i] = dial();
		/* the second one stays in use */
		say(fd[1], "6:echo 1,");
		if (!hears(fd[1], "4:OK 1,"))
			break;
	}
	is_int(stats().connections, n, "%d connections", n);
	is_int(stats().open, MAX, "%d of them are kept", MAX);
	is_int(stats().evicted, n - MAX, "the others went");
	for (int i = 2; i < n; i++) {
		char c;

		if (recv(fd[i], &c, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN)
			open_ones += i >= n - (MAX - 2);
		else if (i >= n - (MAX - 2))
			diag("connection %d is closed", i);
	}
	is_int(open_ones, MAX - 2, "the oldest went first");
	socketmap_answer(later[0], "OK x", 4);
	ok(hears(fd[0], "4:OK x,"), "not the one that waited");
	say(fd[n - 1], "6:echo 9,");
	ok(hears(fd[n - 1], "4:OK 9,"), "the last one is served");
	for (int i = 0; i < n; i++)
		close(fd[i]);
	ok(opens(0), "all are closed");
	socketmap_server_free(server);
}

/* All connections wait for answers: the next one waits to be accepted. */
static void
test_all_busy(void)
{
	struct err e = { 0 };
	int fd[16], next;

	start(16);
	for (int i = 0; i < 16; i++) {
		fd[i] = dial();
		say(fd[i], "7:later 1,");
	}
	ok(waits(16), "sixteen wait");
	next = listener_connect(&spec, PATIENCE_MS, &e);
	say(next, "6:echo n,");
	for (int i = 0; i < 20; i++)
		turn();
	is_int(stats().connections, 16, "a seventeenth is not accepted");
	is_int(stats().evicted, 0, "and takes nobody's place");
	socketmap_answer(later[3], "OK x", 4);
	ok(hears(fd[3], "4:OK x,"), "one is answered");
	ok(hears(next, "4:OK n,"), "then the seventeenth is served");
	ok(hears_end(fd[3]), "in the place of the idle one");
	for (int i = 0; i < 16; i++)
		if (i != 3)
			close(fd[i]);
	close(next);
	for (int i = 0; i < 16; i++)
		if (i != 3)
			socketmap_answer(later[i], "OK", 2);
	socketmap_server_free(server);
}

/* No descriptors left: the oldest idle one goes; if none is, no busy loop. */
static void
test_descriptors(void)
{
	struct rlimit lim, less;
	int fd, sock, turns = 0;
	struct sockaddr_in in = { .sin_family = AF_INET };
	const char *preload = getenv("LD_PRELOAD");
	int64_t end;

	/* valgrind lets the kernel accept and closes what is above the limit */
	if (preload != NULL && strstr(preload, "vgpreload") != NULL) {
		skip("valgrind", "no descriptors left");
		return;
	}
	start(100);
	fd = dial();
	sock = socket(AF_INET, SOCK_STREAM, 0);
	in.sin_port = htons(spec.port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	getrlimit(RLIMIT_NOFILE, &lim);
	less = lim;
	less.rlim_cur = (rlim_t)sock + 1;
	setrlimit(RLIMIT_NOFILE, &less);
	connect(sock, (const struct sockaddr *)&in, sizeof(in));
	say(sock, "6:echo 1,");
	ok(hears(sock, "4:OK 1,"), "a new one is served");
	is_int(stats().evicted, 1, "an idle one went");
	setrlimit(RLIMIT_NOFILE, &lim);
	ok(hears_end(fd), "the older one");
	say(sock, "7:later 1,");
	ok(waits(1), "the new one waits for an answer");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	less.rlim_cur = (rlim_t)(fd > sock ? fd : sock) + 1;
	setrlimit(RLIMIT_NOFILE, &less);
	connect(fd, (const struct sockaddr *)&in, sizeof(in));
	say(fd, "6:echo 2,");
	for (end = now_ms() + 50; now_ms() < end; turns++)
		turn();
	ok(turns < 500, "no busy loop: %d turns", turns);
	is_int(stats().connections, 2, "nobody is accepted");
	setrlimit(RLIMIT_NOFILE, &lim);
	ok(hears(fd, "4:OK 2,"), "until there are descriptors again");
	close(fd);
	close(sock);
	socketmap_server_free(server);
}

/* Freed with requests under way and replies half-written. */
static void
test_free(void)
{
	struct buf b;
	int fd, half, idle;
	size_t whole = 0, len, used;
	const char *p;

	start(100);
	fd = dial();
	idle = dial();
	half = dial();
	say(fd, "7:later 1,6:echo 2,7:lat");
	ok(waits(1), "one waits, one is answered behind it");
	for (int i = 0; i < 100; i++)
		say(half, "9:big 90000,");
	for (int i = 0; i < 30; i++)
		turn();
	buf_init(&b, 1 << 24);
	/* the peer reads while the server is freed */
	fflush(stdout);
	socketmap_server_stop(server);
	is_int(stats().open, 3, "stop closes no connection");
	is_int(listener_connect(&spec, 1000, NULL), -1, "but the listener");
	pthread_t thread;
	pthread_create(&thread, NULL,
	    (void *(*)(void *))(uintptr_t)socketmap_server_free, server);
	while (true) {
		char block[65536];
		ssize_t n = recv(half, block, sizeof(block), 0);

		if (n > 0)
			buf_add(&b, block, (size_t)n);
		else if (n == 0 || errno != EAGAIN)
			break;
	}
	pthread_join(thread, NULL);
	ok(hears_end(fd), "what waited gets nothing");
	ok(hears_end(idle), "nor does an idle one");
	for (p = buf_str(&b);
	     netstring_next(p, b.len - (size_t)(p - b.data),
		 SOCKETMAP_REPLY_MAX, &p, &len, &used) == NETSTRING_WHOLE;
	     whole++)
		p += len + 1;
	ok(whole > 0 && p == b.data + b.len,
	    "%zu whole replies and no part of another", whole);
	buf_clear(&b);
	close(half);
}

static void *
ask_thread(void *arg)
{
	struct err e = { 0 };
	char *reply = socketmap_ask(address, "echo", arg, 5000, 5000, &e);

	return reply != NULL ? reply : xasprintf("failed: %s", e.text);
}

/* Serves until the thread has its reply; the caller frees it. */
static char *
ask(const char *key)
{
	pthread_t thread;
	void *reply = NULL;
	uint64_t before = stats().connections;

	pthread_create(&thread, NULL, ask_thread, (void *)(uintptr_t)key);
	while (stats().connections == before)
		turn();
	while (stats().open > 0)
		turn();
	pthread_join(thread, &reply);
	return reply;
}

static void
test_client(void)
{
	static char key[10001];
	struct err e = { 0 };
	char *reply;
	int fd;

	start(100);
	reply = ask("some key");
	is_str(reply, "OK some key", "the client asks");
	free(reply);
	memset(key, 'k', 9995);
	reply = ask(key);
	ok(strlen(reply) == 9998, "a large key");
	free(reply);
	key[9995] = 'k';
	ok(socketmap_ask(address, "echo", key, 5000, 5000, &e) == NULL,
	    "one too large");
	is_int(e.code, ERR_LIMIT, "is refused");
	socketmap_server_free(server);
	ok(socketmap_ask(address, "echo", "x", 5000, 5000, &e) == NULL,
	    "nobody is there");
	is_int(e.code, ERR_NOENT, "and the error says so");
	has_str(e.text, address, "with the address");
	ok(socketmap_ask("nonsense", "echo", "x", 5000, 5000, &e) == NULL,
	    "a wrong address");
	is_int(e.code, ERR_SYNTAX, "is wrong");
	/* the kernel accepts, nobody answers */
	spec.port = 0;
	fd = listener_bind(&spec, &e);
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	getsockname(fd, (struct sockaddr *)&in, &len);
	snprintf(address, sizeof(address), "inet:127.0.0.1:%u",
	    (unsigned)ntohs(in.sin_port));
	ok(socketmap_ask(address, "echo", "x", 5000, 30, &e) == NULL,
	    "no answer");
	is_int(e.code, ERR_TEMP, "may come another time");
	close(fd);
}

/* What a client makes of a server that is none. */
static void *
rogue(void *arg)
{
	struct err e = { 0 };
	char *reply;

	(void)arg;
	reply = socketmap_ask(address, "echo", "x", 5000, 5000, &e);
	if (reply != NULL)
		return reply;
	return xasprintf("%d", (int)e.code);
}

static void
test_client_rogue(void)
{
	static const struct {
		const char *sent;
		int code;
	} cases[] = {
		{ "", ERR_TEMP },
		{ "5:OK", ERR_TEMP },
		{ "HTTP/1.0 400 Bad\r\n", ERR_SYNTAX },
		{ "100001:", ERR_SYNTAX },
		{ "2:OKx", ERR_SYNTAX },
	};
	struct err e = { 0 };
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int fd;

	spec.port = 0;
	fd = listener_bind(&spec, &e);
	fcntl(fd, F_SETFL, 0);
	getsockname(fd, (struct sockaddr *)&in, &len);
	snprintf(address, sizeof(address), "inet:127.0.0.1:%u",
	    (unsigned)ntohs(in.sin_port));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		pthread_t thread;
		void *got = NULL;
		char want[8], request[16];
		int peer;

		pthread_create(&thread, NULL, rogue, NULL);
		peer = accept(fd, NULL, NULL);
		/* else closing would reset, and what is sent be lost */
		if (recv(peer, request, 9, MSG_WAITALL) != 9)
			diag("no request");
		say(peer, cases[i].sent);
		close(peer);
		pthread_join(thread, &got);
		snprintf(want, sizeof(want), "%d", cases[i].code);
		is_str(got, want, "a server that says \"%s\"", cases[i].sent);
		free(got);
	}
	close(fd);
}

static void
test_peer(void)
{
	char dir[] = "/tmp/socketmap-XXXXXX", path[64];
	struct err e = { 0 };
	int fd;

	start(16);
	fd = dial();
	say(fd, "6:peer x,");
	ok(hears(fd, "2:OK,"), "asked over TCP");
	ok(!peer_known, "nobody knows who that is");
	close(fd);
	if (mkdtemp(dir) == NULL)
		exit(1);
	(void)snprintf(path, sizeof(path), "unix:%s/s", dir);
	is_int(listener_parse(path, &spec, &e), 0, "a Unix socket");
	socketmap_server_add(server, listener_bind(&spec, &e));
	fd = listener_connect(&spec, 1000, &e);
	say(fd, "6:peer x,");
	ok(hears(fd, "2:OK,"), "asked over it");
	ok(peer_known && peer_uid == geteuid(), "the kernel knows");
	close(fd);
	socketmap_server_free(server);
	(void)unlink(spec.path);
	(void)rmdir(dir);
}

int
main(void)
{
	static void (*const tests[])(void) = { test_simple, test_framing,
		test_order, test_pipeline, test_malformed, test_largest,
		test_slow_reader, test_slow_late, test_size, test_end_of_file,
		test_vanished, test_timeouts, test_eviction, test_all_busy,
		test_descriptors, test_free, test_client, test_client_rogue,
		test_peer };

	signal(SIGPIPE, SIG_DFL);
	base = event_base_new();
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		diag("test %zu", i);
		tests[i]();
	}
	event_base_free(base);
	return done_testing();
}
