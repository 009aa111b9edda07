/* check_host: the host itself - see check_host.h */
#include "config.h"

#include "milter/check_host.h"
#include "share/app/capture.h"
#include "share/app/impersonate.h"
#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/base/text.h"
#include "share/net/listener.h"
#include "share/net/socketmap_client.h"
#include "share/tls/ca_file.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECT_MS 1000
#define ANSWER_MS 5000
/* a name with a leading dot is answered without any lookup */
#define PROBE_KEY ".invalid"

static int
host_ca_roots(void *ctx, const char *path, size_t *roots, struct err *e)
{
	(void)ctx;
	return ca_file_roots(path, roots, e);
}

static char *
host_read_file(void *ctx, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char piece[4096];
	struct buf b;
	size_t n;

	(void)ctx;
	if (f == NULL) {
		err_sys(e, "%s", path);
		return NULL;
	}
	buf_init(&b, CHECK_HOST_FILE_MAX);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0 && !buf_full(&b))
		buf_add(&b, piece, n);
	fclose(f);
	return buf_take(&b);
}

static int
host_entries(void *ctx, const char *path, size_t *n, struct err *e)
{
	DIR *d = opendir(path);
	const struct dirent *entry;

	(void)ctx;
	if (d == NULL)
		return err_sys(e, "%s", path);
	*n = 0;
	while ((entry = readdir(d)) != NULL)
		*n += entry->d_name[0] != '.';
	closedir(d);
	return 0;
}

struct ad_wait {
	struct event_base *base;
	enum ad_probe_result result;
};

static void
ad_done(void *arg, enum ad_probe_result result, const char *server)
{
	struct ad_wait *w = arg;

	(void)server;
	w->result = result;
	event_base_loopbreak(w->base);
}

static int
host_probe_ad(void *ctx, const char *resolv_conf, const char *trust_anchors,
    enum ad_probe_result *result, struct err *e)
{
	struct ad_wait w = { .result = AD_PROBE_NOTHING };
	char name[HOSTNAME_SIZE + 1];

	(void)ctx;
	if (ad_probe_name(trust_anchors, name, e) != 0)
		return -1;
	w.base = event_base_new();
	if (w.base == NULL)
		return err_set(e, ERR_SYS, "no event loop");
	if (ad_probe_start(w.base, resolv_conf, name, ad_done, &w, e) == NULL) {
		event_base_free(w.base);
		return -1;
	}
	/* the handle is gone once the callback was called */
	event_base_dispatch(w.base);
	event_base_free(w.base);
	*result = w.result;
	return 0;
}

struct question {
	const char *listen;
	const char *map;
};

static int
ask(void *arg, struct err *e)
{
	const struct question *q = arg;
	char *reply = socketmap_ask(q->listen, q->map, PROBE_KEY, CONNECT_MS,
	    ANSWER_MS, e);
	int rc = 0;

	if (reply == NULL)
		return -1;
	if (strncmp(reply, "NOTFOUND", 8) != 0)
		rc = err_set(e, ERR_TEMP, "%s", reply);
	free(reply);
	return rc;
}

static int
host_ask_map(void *ctx, const char *listen, const char *map, const char *jail,
    const char *user, bool *as_postfix, struct err *e)
{
	struct question q = { listen, map };

	(void)ctx;
	return impersonate_run(user, jail, ask, &q, as_postfix, e);
}

/* A socket address from a listener's words; its length, 0 when it has none. */
static socklen_t
address_of(const char *listen, struct sockaddr_storage *ss)
{
	struct sockaddr_un *un = (struct sockaddr_un *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct listener_spec l;

	memset(ss, 0, sizeof(*ss));
	if (listener_parse(listen, &l, NULL) != 0)
		return 0;
	if (l.path[0] != '\0') {
		un->sun_family = AF_UNIX;
		return text_copy(un->sun_path, sizeof(un->sun_path), l.path) ==
			0
		    ? sizeof(*un)
		    : 0;
	}
	if (inet_pton(AF_INET, l.host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(l.port);
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, l.host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(l.port);
		return sizeof(*in6);
	}
	return 0;
}

static int
knock(void *arg, struct err *e)
{
	const char *listen = arg;
	struct sockaddr_storage ss;
	socklen_t len = address_of(listen, &ss);
	int fd, rc = 0;

	if (len == 0)
		return err_set(e, ERR_SYNTAX, "no address: %s", listen);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "socket");
	if (connect(fd, (struct sockaddr *)&ss, len) != 0)
		rc = err_sys(e, "connect");
	close(fd);
	return rc;
}

static int
host_connect(void *ctx, const char *listen, const char *jail, const char *user,
    bool *as_postfix, struct err *e)
{
	(void)ctx;
	return impersonate_run(user, jail, knock, (void *)listen, as_postfix,
	    e);
}

/* ctx is Postfix's configuration directory, or NULL. */
static char *
host_query(void *ctx, const char *table, const char *key)
{
	char *argv[7], *out, *end;
	int n = 0, status;
	struct err e;

	argv[n++] = (char *)"postmap";
	if (ctx != NULL) {
		argv[n++] = (char *)"-c";
		argv[n++] = ctx;
	}
	argv[n++] = (char *)"-q";
	argv[n++] = (char *)key;
	argv[n++] = (char *)table;
	argv[n] = NULL;
	out = capture_output(argv, &status, &e);
	if (out == NULL)
		return NULL;
	end = strchr(out, '\n');
	if (end != NULL)
		*end = '\0';
	if (status == 0 && *out != '\0')
		return out;
	free(out);
	return NULL;
}

void
check_host_system(struct check_host *host, const char *postfix_dir)
{
	host->ca_roots = host_ca_roots;
	host->read_file = host_read_file;
	host->entries = host_entries;
	host->probe_ad = host_probe_ad;
	host->ask_map = host_ask_map;
	host->connect = host_connect;
	host->query = host_query;
	host->ctx = (void *)postfix_dir;
}
