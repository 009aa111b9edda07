/* side: records of our own processes - see reportgen/side.h */
#include "config.h"

#include "reportgen/side.h"
#include "t/unit/tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct side_record
log_record(const char *text)
{
	return (struct side_record){ .kind = SIDE_LOG,
		.ms = 1764633600123,
		.source = "file",
		.position = { 3, 4096 },
		.text = text,
		.len = strlen(text) };
}

static void
test_round_trip(void)
{
	struct side_record r = log_record("{\"d\":\n\"x\"}"), got;
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, SIDE_MAX);
	side_write(&r, &b);
	is_str(buf_str(&b), "LOG 1764633600123 file 3.4096\n{\"d\":\n\"x\"}",
	    "a session of the log");
	is_int(side_parse(b.data, b.len, &got, &e), 0, "is read");
	is_int(got.kind, SIDE_LOG, "as what it is");
	is_int(got.ms, 1764633600123, "with its time");
	is_str(got.source, "file", "its source");
	is_int(got.position.generation, 3, "the file");
	is_int(got.position.offset, 4096, "the place in it");
	is_mem(got.text, "{\"d\":\n\"x\"}", got.len, "and the JSON");
	buf_reset(&b);
	r.kind = SIDE_AT;
	side_write(&r, &b);
	is_str(buf_str(&b), "AT 1764633600123 file 3.4096\n", "a position");
	is_int(side_parse(b.data, b.len, &got, &e), 0, "is read");
	is_int(got.kind, SIDE_AT, "as what it is");
	buf_reset(&b);
	r = (struct side_record){ .kind = SIDE_OWN,
		.ms = 1,
		.text = "example.org",
		.len = 11 };
	side_write(&r, &b);
	is_str(buf_str(&b), "OWN 1 example.org\n", "an own report");
	is_int(side_parse(b.data, b.len, &got, &e), 0, "is read");
	is_mem(got.text, "example.org", got.len, "with its domain");
	buf_clear(&b);
}

static void
test_faults(void)
{
	static const char *const wrong[] = {
		"",
		"LOG",
		"LOG\n",
		"LOG 1 file 1.1",
		"log 1 file 1.1\n{}",
		"LOG x file 1.1\n{}",
		"LOG -1 file 1.1\n{}",
		"LOG 1 file 1\n{}",
		"LOG 1 file 1.x\n{}",
		"LOG 1 file .1\n{}",
		"LOG 1 file 1.1 more\n{}",
		"LOG 1  1.1\n{}",
		"LOG 1 a-source-of-thirty-two-octets-xxxx 1.1\n{}",
		"LOG 1 fi\x01le 1.1\n{}",
		"LOG 99999999999999999999 f 1.1\n{}",
		"LOG 1 f 1.99999999999999999999\n{}",
		"AT 1 file\n",
		"OWN 1\n",
		"OWN 1 \n",
		"OWN example.org\n",
		"OWN 1 example.org",
	};
	struct side_record r;
	struct err e;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		err_clear(&e);
		is_int(side_parse(wrong[i], strlen(wrong[i]), &r, &e), -1,
		    "no record: %zu", i);
		is_int(e.code, ERR_SYNTAX, "says %s", e.text);
	}
}

static void
test_order(void)
{
	const struct side_position a = { 1, 9 }, b = { 2, 0 }, c = { 2, 1 };

	is_int(side_position_compare(&a, &b), -1, "the file counts first");
	is_int(side_position_compare(&c, &b), 1, "then the place in it");
	is_int(side_position_compare(&c, &c), 0, "equal is equal");
}

/* Sends more than any queue holds. */
static void *
send_many(void *arg)
{
	int fd = *(int *)arg;
	struct side_record r = log_record("{}");
	struct err e;

	for (int i = 1; i <= 2000; i++) {
		r.position.offset = (uint64_t)i;
		if (side_send(fd, &r, &e) == -1)
			return (void *)1;
	}
	return NULL;
}

static void
test_pair(void)
{
	struct side_record r, got;
	struct err e = { 0 };
	char *data = malloc(SIDE_MAX), *big = malloc(SIDE_MAX);
	pthread_t thread;
	void *failed = NULL;
	uint64_t next = 1;
	int fds[2];
	ssize_t n;

	is_int(side_open(fds, &e), 0, "a pair of sockets");
	is_int(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0,
	    "also where it does not block");
	is_int(pthread_create(&thread, NULL, send_many, &fds[1]), 0,
	    "one sends 2,000 records");
	while (next <= 2000 && (n = recv(fds[0], data, SIDE_MAX, 0)) > 0 &&
	    side_parse(data, (size_t)n, &got, &e) == 0 &&
	    got.position.offset == next)
		next++;
	pthread_join(thread, &failed);
	is_int(next, 2001, "and none is lost or out of order");
	ok(failed == NULL, "nor fails");
	memset(big, 'x', SIDE_MAX);
	r = log_record("");
	r.text = big;
	r.len = SIDE_MAX - 100;
	is_int(side_send(fds[1], &r, &e), 0, "a record near the limit: %s",
	    e.text);
	is_int(recv(fds[0], data, SIDE_MAX, 0) > (ssize_t)r.len, 1,
	    "comes whole");
	r.len = SIDE_MAX;
	is_int(side_send(fds[1], &r, &e), -1, "one beyond is refused");
	is_int(e.code, ERR_LIMIT, "as what it is");
	close(fds[0]);
	is_int(side_send(fds[1], &got, &e), -1, "nobody there is an error");
	close(fds[1]);
	free(data);
	free(big);
}

int
main(void)
{
	test_round_trip();
	test_faults();
	test_order();
	test_pair();
	return done_testing();
}
