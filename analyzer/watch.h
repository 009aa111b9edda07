/*
 * watch: takes reports in as they arrive, for as long as it runs.
 *
 * inotify(7) tells of changes; everything is looked at every WATCH_RESCAN_S as
 * well, since a file system may not tell (NFS) and a queue may overflow. A busy,
 * full or broken store is tried again every WATCH_RETRY_S: until then mails stay
 * where they are. Old reports are removed once a day. A supervisor is told by
 * notify.h; SIGTERM and SIGINT end it between two mails.
 *
 * Thread safety: none. Tests: t/system/watch.t
 */
#ifndef WATCH_H
#define WATCH_H

#include "share/conf/conf.h"

#define WATCH_RESCAN_S 300
#define WATCH_RETRY_S 10

/* The command; gives the exit status. */
int watch_main(const struct conf *c, const char *conf_path, int argc,
    char **argv);

#endif
