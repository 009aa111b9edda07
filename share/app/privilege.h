/*
 * privilege: directories, limits and the way from root to [server] user.
 *
 * Started as root: directories are made for the user, then everything is
 * dropped, checked, and no later exec can gain any (but may_gain). Not started as root:
 * nothing is dropped and nothing is chowned.
 *
 * Thread safety: before any thread is made.
 * Tests: t/system/milter_protocol.t
 */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include "share/base/err.h"
#include "share/conf/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PRIVILEGE_FILES_WANTED 65536

struct privilege {
	bool root; /* there is something to drop */
	uid_t uid; /* -1 when not root */
	gid_t gid;
	const char *user; /* borrowed from the conf */
	/* Programs that are run may gain rights, as sendmail(1) must: its
	 * postdrop(1) is setgid. Set it before the drop. */
	bool may_gain;
};

/* Looks up user and group; PERM when one of them does not exist. */
int privilege_find(const struct conf *c, struct privilege *p,
    struct err *e) MUST_CHECK;

/* Makes the state directory (0750) unless it is there. */
int privilege_make_state_dir(const struct conf *c, const struct privilege *p,
    struct err *e) MUST_CHECK;

/*
 * Makes the directory (0755) of a socket unless it is there: text as
 * listener_parse() or libmilter take it, or a path; nothing where text names
 * no Unix socket.
 */
int privilege_make_socket_dir(const char *text, const struct privilege *p,
    struct err *e) MUST_CHECK;

/* Raises the number of descriptors as far as it may; returns the limit. */
size_t privilege_raise_files(void);

/* Drops to the user, for good, and makes sure the state directory is theirs. */
int privilege_drop(const struct conf *c, const struct privilege *p,
    struct err *e) MUST_CHECK;

#endif
