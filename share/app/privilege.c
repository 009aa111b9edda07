/* privilege: from root to [server] user - see privilege.h */
#include "config.h"

#include "share/app/privilege.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int
privilege_find(const struct conf *c, struct privilege *p, struct err *e)
{
	const struct passwd *pw;
	const struct group *gr;

	p->root = geteuid() == 0;
	p->uid = (uid_t)-1;
	p->gid = (gid_t)-1;
	p->user = c->server.user;
	p->may_gain = false;
	if (!p->root)
		return 0;
	pw = getpwnam(c->server.user);
	if (pw == NULL)
		return err_set(e, ERR_PERM,
		    "[server] user \"%s\" does not "
		    "exist (adduser --system --group --home %s %s)",
		    c->server.user, c->server.state_dir, c->server.user);
	gr = getgrnam(c->server.group);
	if (gr == NULL)
		return err_set(e, ERR_PERM,
		    "[server] group \"%s\" does not exist", c->server.group);
	p->uid = pw->pw_uid;
	p->gid = gr->gr_gid;
	if (p->uid == 0)
		return err_set(e, ERR_PERM,
		    "[server] user \"%s\" is root: "
		    "name one without privileges",
		    c->server.user);
	return 0;
}

/* Makes one directory unless it is there; what is there is left as it is. */
static int
make_dir(const char *path, mode_t mode, const struct privilege *p,
    struct err *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0) {
		if (chmod(path, mode) == -1 ||
		    (p->root && chown(path, p->uid, p->gid) == -1))
			return err_sys(e, "%s", path);
		return 0;
	}
	if (errno != EEXIST)
		return err_sys(e, "cannot make directory %s", path);
	if (stat(path, &st) == -1)
		return err_sys(e, "%s", path);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_PERM, "%s is not a directory", path);
	return 0;
}

int
privilege_make_state_dir(const struct conf *c, const struct privilege *p,
    struct err *e)
{
	return make_dir(c->server.state_dir, 0750, p, e);
}

int
privilege_make_socket_dir(const char *text, const struct privilege *p,
    struct err *e)
{
	char *path, *comma;
	int rc = 0;

	if (text_starts_nocase(text, "unix:"))
		text += 5;
	else if (text_starts_nocase(text, "local:"))
		text += 6;
	if (text[0] != '/')
		return 0;
	path = xstrdup(text);
	comma = strchr(path, ',');
	if (comma != NULL)
		*comma = '\0';
	rc = make_dir(dirname(path), 0755, p, e);
	free(path);
	return rc;
}

size_t
privilege_raise_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == -1)
		return 1024;
	if (l.rlim_max < PRIVILEGE_FILES_WANTED && geteuid() == 0) {
		struct rlimit more = { PRIVILEGE_FILES_WANTED,
			PRIVILEGE_FILES_WANTED };

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return PRIVILEGE_FILES_WANTED;
	}
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) == -1 &&
	    getrlimit(RLIMIT_NOFILE, &l) == -1)
		return 1024;
	return (size_t)l.rlim_cur;
}

static int
become(const struct privilege *p, struct err *e)
{
	uid_t r, s, eff;

	if (initgroups(p->user, p->gid) == -1 ||
	    setresgid(p->gid, p->gid, p->gid) == -1 ||
	    setresuid(p->uid, p->uid, p->uid) == -1)
		return err_sys(e, "cannot become user %s", p->user);
	/* a drop that can be taken back is none */
	if (getresuid(&r, &eff, &s) == -1 || r != p->uid || eff != p->uid ||
	    s != p->uid || setuid(0) == 0 || seteuid(0) == 0)
		return err_set(e, ERR_BUG, "root privileges did not go away");
	return 0;
}

int
privilege_drop(const struct conf *c, const struct privilege *p, struct err *e)
{
	if (p->root && become(p, e) == -1)
		return -1;
	if (!p->may_gain && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_sys(e, "no_new_privs");
	if (access(c->server.state_dir, R_OK | W_OK | X_OK) == -1)
		return err_sys(e, "state directory %s is not usable by user %s",
		    c->server.state_dir, p->root ? p->user : "that runs this");
	return 0;
}
