/* sigwait: keeps libmilter's signal thread from taking our signals */
#include "config.h"

#include <signal.h>
#include <unistd.h>

/*
 * libmilter starts a thread that waits for HUP, TERM and INT with sigwait(3)
 * and ends smfi_main() when it gets one; no option turns that off. The kernel
 * hands a signal to that thread whenever the main thread has another one
 * pending (a TERM right after a HUP), so the reload or the clean end would be
 * lost. libmilter alone calls sigwait() in this program: the linker lets it
 * find this one, in which its thread sleeps for good. All signals are blocked
 * there (see filter_start()), so pause() never returns; if it did, going on
 * to sleep would be right.
 */
int
sigwait(const sigset_t *restrict set, int *restrict sig)
{
	(void)set;
	(void)sig;
	for (;;)
		(void)pause();
}
