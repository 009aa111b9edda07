/* outcome_sink: what a collector is compared with - see outcome_sink.h */
#include "config.h"

#include "share/base/buf.h"
#include "share/base/map.h"
#include "share/base/xmem.h"
#include "t/bench/outcome_sink.h"

#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH 64
#define SIZE (64 * 1024)

struct counted {
	struct map_node node;
	unsigned long n;
};

static void
count(struct map *m, const char *data, size_t n)
{
	uint64_t hash = map_hash(m, data, n);
	struct map_node *at = map_first(m, hash);
	struct counted *c;

	if (at == NULL) {
		c = xcalloc(1, sizeof(*c));
		map_insert(m, &c->node, hash);
	} else {
		c = MAP_ENTRY(at, struct counted, node);
	}
	c->n++;
}

static void *
sync_it(void *arg)
{
	for (;;) {
		(void)sleep(1);
		(void)fdatasync(*(int *)arg);
	}
	return NULL;
}

/* Runs until it is killed. */
static void
run(int fd, enum sink_kind kind, int journal)
{
	static struct mmsghdr msg[BATCH];
	static struct iovec iov[BATCH];
	struct buf b;
	struct map m;
	pthread_t thread;
	int n;

	map_init(&m);
	buf_init(&b, BATCH * SIZE);
	for (int i = 0; i < BATCH; i++) {
		iov[i].iov_base = xmalloc(SIZE);
		iov[i].iov_len = SIZE;
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	if (kind == SINK_JOURNAL &&
	    pthread_create(&thread, NULL, sync_it, &journal) != 0)
		_exit(1);
	while ((n = recvmmsg(fd, msg, BATCH, MSG_WAITFORONE, NULL)) > 0) {
		if (kind == SINK_RECEIVE)
			continue;
		buf_reset(&b);
		for (int i = 0; i < n; i++) {
			count(&m, iov[i].iov_base, msg[i].msg_len);
			buf_add(&b, iov[i].iov_base, msg[i].msg_len);
		}
		if (write(journal, b.data, b.len) == -1)
			_exit(1);
	}
	_exit(1);
}

void
sink_start(struct sink *s, enum sink_kind kind)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	char *path;
	int fd, journal;

	s->dir = xstrdup("/tmp/bench-XXXXXX");
	if (mkdtemp(s->dir) == NULL)
		err(1, "%s", s->dir);
	s->socket = xasprintf("%s/sock", s->dir);
	path = xasprintf("%s/journal", s->dir);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", s->socket);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	journal = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd == -1 || journal == -1 ||
	    bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", s->socket);
	s->pid = fork();
	if (s->pid == 0)
		run(fd, kind, journal);
	if (s->pid == -1)
		err(1, "fork");
	close(fd);
	close(journal);
	free(path);
}

void
sink_stop(struct sink *s)
{
	char *path = xasprintf("%s/journal", s->dir);

	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	(void)unlink(path);
	(void)unlink(s->socket);
	(void)rmdir(s->dir);
	free(path);
	free(s->socket);
	free(s->dir);
}
