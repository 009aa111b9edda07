/* notify: tells the supervisor how the service stands - see notify.h */
#include "config.h"

#include "share/net/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 1
#define WATCHDOG_MAX_US (INT64_C(24) * 3600 * 1000000)

static int64_t
watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	char *end;
	long long us;

	if (usec == NULL || *usec < '0' || *usec > '9' ||
	    (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	us = strtoll(usec, &end, 10);
	if (*end != '\0' || us > WATCHDOG_MAX_US)
		return 0;
	return us / 1000;
}

/* Fills the address; false when it is of no form that we know. */
static bool
set_address(struct notify *n, const char *text)
{
	size_t len = strlen(text);

	if ((text[0] != '/' && text[0] != '@') || len < 2 ||
	    len >= sizeof(n->to.sun_path))
		return false;
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, text, len + 1);
	n->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (text[0] == '@')
		n->to.sun_path[0] = '\0';
	else
		n->len++;
	return true;
}

void
notify_init(struct notify *n)
{
	const char *to = getenv("NOTIFY_SOCKET");
	struct timeval patience = { PATIENCE_S, 0 };

	memset(n, 0, sizeof(*n));
	n->fd = -1;
	n->watchdog_ms = watchdog_ms();
	if (to != NULL && set_address(n, to))
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd != -1)
		(void)setsockopt(n->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		    sizeof(patience));
	else
		n->watchdog_ms = 0;
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

void
notify_send(const struct notify *n, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int len;

	if (n->fd == -1)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		return;
	/* nothing can be done about a supervisor that does not listen */
	(void)sendto(n->fd, text, (size_t)len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&n->to, n->len);
}

void
notify_reloading(const struct notify *n)
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	notify_send(n, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void
notify_clear(struct notify *n)
{
	if (n->fd != -1)
		close(n->fd);
	n->fd = -1;
	n->watchdog_ms = 0;
}
