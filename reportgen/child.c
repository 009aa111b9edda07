/* child: what a process of the daemon does with its parent's words - child.h */
#include "config.h"

#include "reportgen/child.h"

#include <signal.h>
#include <string.h>

void
child_unblock(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool
child_reload(struct child *c)
{
	struct conf *fresh = conf_load(c->conf_path, NULL, NULL);

	if (fresh == NULL)
		return false;
	conf_unref(c->conf);
	c->conf = fresh;
	log_set_level(c->log, (enum log_level)fresh->log.level);
	return true;
}
