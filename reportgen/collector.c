/* collector: the socket that MTAs send to - see collector.h */
#include "config.h"

#include "reportgen/collector.h"

#include "reportgen/qlen.h"
#include "share/base/text.h"

#include <grp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Before the socket is made: the kernel reads the limit then. */
static void
raise_queue(const struct conf *c, const struct privilege *who, struct shared *s,
    const struct log *log)
{
	int64_t n = 0;
	struct err e;
	int rc = who->root ? qlen_raise(QLEN_PATH, c->report.queue, &n, &e)
			   : qlen_read(QLEN_PATH, &n, &e);

	if (rc == -1)
		log_write(log, LOG_LEVEL_WARN, "%s", e.text);
	if (n > 0 && n < c->report.queue)
		log_write(log, LOG_LEVEL_WARN,
		    "queue=%" PRId64 " wanted=%" PRId64
		    " outcomes will be lost under load: "
		    "set net.unix.max_dgram_qlen=%" PRId64
		    " in this network namespace (sysctl.d) and start again",
		    n, c->report.queue, c->report.queue);
	s->qlen = (uint64_t)n;
}

/* [report.collect] group, else Postfix's, else that of the server. */
static const char *
find_group(const struct conf *c, const struct log *log)
{
	if (c->report.collect_group[0] != '\0')
		return c->report.collect_group;
	if (getgrnam("postfix") != NULL)
		return "postfix";
	log_write(log, LOG_LEVEL_INFO,
	    "there is no group postfix: [report.collect] group is \"%s\"",
	    c->server.group);
	return c->server.group;
}

static int
make_spec(const struct conf *c, const struct privilege *who,
    const struct log *log, struct listener_spec *spec, struct err *e)
{
	const char *owner = c->report.collect_owner;
	const char *group = c->report.collect_group;

	memset(spec, 0, sizeof(*spec));
	spec->datagram = true;
	spec->mode = (mode_t)strtoul(c->report.collect_mode, NULL, 8);
	if (who->root) {
		if (owner[0] == '\0')
			owner = c->server.user;
		group = find_group(c, log);
	}
	if (text_copy(spec->path, sizeof(spec->path), c->report_socket) == -1 ||
	    text_copy(spec->owner, sizeof(spec->owner), owner) == -1 ||
	    text_copy(spec->group, sizeof(spec->group), group) == -1)
		return err_set(e, ERR_LIMIT,
		    "the path of a Unix socket has at most %zu octets",
		    sizeof(spec->path) - 1);
	return 0;
}

int
collector_open(const struct conf *c, const struct privilege *who,
    struct activation *handed, struct shared *s, const struct log *log,
    struct err *e)
{
	struct listener_spec spec;
	int fd;

	raise_queue(c, who, s, log);
	fd = activation_take_datagram(handed, "collector");
	if (fd == -1 && make_spec(c, who, log, &spec, e) == 0) {
		fd = activation_take_bound(handed, &spec);
		if (fd == -1 &&
		    privilege_make_socket_dir(c->report_socket, who, e) == 0)
			fd = listener_bind(&spec, e);
	}
	if (fd == -1)
		return err_wrap(e, "[report.collect] socket");
	return fd;
}
