/* outgoing: all that it takes to bring reports out - see outgoing.h */
#include "config.h"

#include "reportgen/outgoing.h"
#include "share/base/xmem.h"
#include "share/net/timer_ev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A lock that root made is the user's, as the folder that it lies in. */
static void
give_away(int fd, const char *dir)
{
	struct stat st;

	if (geteuid() == 0 && stat(dir, &st) == 0)
		(void)!fchown(fd, st.st_uid, st.st_gid);
}

int
outgoing_lock(const struct conf *c, struct err *e)
{
	char *path = xasprintf("%s/sender.lock", c->server.state_dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1) {
		(void)err_sys(e, "cannot open %s", path);
	} else if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			(void)err_set(e, ERR_TEMP,
			    "another process is sending");
		else
			(void)err_sys(e, "cannot lock %s", path);
		close(fd);
		fd = -1;
	} else {
		give_away(fd, c->server.state_dir);
	}
	free(path);
	return fd;
}

static int
open_transports(struct outgoing *o, const struct outgoing_env *env,
    struct err *e)
{
	const struct transport_env t = {
		.base = env->base,
		.conf = o->conf,
		.keys = env->keys,
		.dns = resolver_ub_iface(o->resolver),
		.clock = clock_system(),
		.log = env->log,
	};

	if (transport_open_mail(&o->mail, &t, e) == -1)
		return -1;
	return transport_open(&o->https, &transport_https, &t, e);
}

int
outgoing_open(struct outgoing *o, const struct outgoing_env *env, struct err *e)
{
	struct delivery_env d = {
		.db = env->db,
		.clock = clock_system(),
		.timers = &o->timers,
		.log = env->log,
		.shared = env->shared,
		.mail = &o->mail,
		.https = &o->https,
		.own = env->own,
		.step = env->step,
		.ctx = env->ctx,
	};

	memset(o, 0, sizeof(*o));
	o->conf = conf_ref(env->conf);
	timer_ev_init(&o->timers, env->base);
	o->resolver = resolver_ub_new(env->base, o->conf, e);
	if (o->resolver == NULL || open_transports(o, env, e) == -1) {
		outgoing_close(o);
		return -1;
	}
	d.conf = o->conf;
	d.dns = resolver_ub_iface(o->resolver);
	o->delivery = delivery_new(&d);
	return 0;
}

void
outgoing_close(struct outgoing *o)
{
	delivery_free(o->delivery);
	transport_close(&o->mail);
	transport_close(&o->https);
	resolver_ub_free(o->resolver);
	conf_unref(o->conf);
	memset(o, 0, sizeof(*o));
}
