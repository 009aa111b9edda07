/* check_host: the host itself - see check_host.h */
#include "config.h"

#include "milter/check_host.h"
#include "milter/capture.h"
#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/net/socketmap_client.h"
#include "share/tls/ca_file.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* In the child: becomes what smtp(8) is when it connects. */
static int
become(const char *jail, const struct passwd *pw, struct err *e)
{
	if (jail != NULL && (chroot(jail) != 0 || chdir("/") != 0))
		return err_sys(e, "%s", jail);
	/* Postfix's set_ugid(): the user's primary group alone */
	if (pw != NULL &&
	    (setgroups(1, &pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 ||
		setuid(pw->pw_uid) != 0))
		return err_sys(e, "user %s", pw->pw_name);
	return 0;
}

/* In the child: writes "" for a good answer, else what is wrong. */
static void
ask(int fd, const char *listen, const char *map, const char *jail,
    const struct passwd *pw)
{
	const char *text = "";
	struct err e;
	char *reply;

	if (become(jail, pw, &e) != 0) {
		text = e.text;
	} else if ((reply = socketmap_ask(listen, map, PROBE_KEY, CONNECT_MS,
			ANSWER_MS, &e)) == NULL) {
		text = e.text;
	} else if (strncmp(reply, "NOTFOUND", 8) != 0) {
		text = reply;
	}
	(void)!write(fd, text, strlen(text));
	_exit(0);
}

static int
host_ask_map(void *ctx, const char *listen, const char *map, const char *jail,
    const char *user, bool *as_postfix, struct err *e)
{
	const struct passwd *pw = geteuid() == 0 ? getpwnam(user) : NULL;
	char text[ERR_TEXT_MAX];
	ssize_t n, have = 0;
	int fd[2];
	pid_t pid;

	(void)ctx;
	*as_postfix = pw != NULL;
	if (geteuid() == 0 && pw == NULL)
		return err_set(e, ERR_NOENT, "there is no user \"%s\"", user);
	if (geteuid() != 0 && jail != NULL)
		return err_set(e, ERR_PERM,
		    "run check as root to ask from inside the jail");
	if (pipe(fd) != 0)
		return err_sys(e, "pipe");
	pid = fork();
	if (pid == 0)
		ask(fd[1], listen, map, jail, pw);
	close(fd[1]);
	if (pid < 0) {
		close(fd[0]);
		return err_sys(e, "fork");
	}
	while (have < (ssize_t)sizeof(text) - 1 &&
	    ((n = read(fd[0], text + have, sizeof(text) - 1 - (size_t)have)) >
		    0 ||
		(n < 0 && errno == EINTR)))
		have += n > 0 ? n : 0;
	text[have] = '\0';
	close(fd[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return have == 0 ? 0 : err_set(e, ERR_TEMP, "%s", text);
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
	host->query = host_query;
	host->ctx = (void *)postfix_dir;
}
