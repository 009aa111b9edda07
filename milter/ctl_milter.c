/* ctl_milter: sub-commands that ask the daemon - see ctl_milter.h */
#include "config.h"

#include "milter/ctl_milter.h"

#define PROGRAM "tlsherald-milter"

json_t *
ctl_milter_ask(const struct conf *c, const char *command, const char *arg,
    char **refused, int *status)
{
	const struct ctl ctl = { PROGRAM, c->control_socket };

	return ctl_ask(&ctl, command, arg, refused, status);
}

int
ctl_milter_list(const struct conf *c, const char *command, bool json,
    ctl_item *show, size_t *n)
{
	const struct ctl ctl = { PROGRAM, c->control_socket };

	return ctl_list(&ctl, command, json, show, n);
}

int
ctl_milter_usage(const char *text)
{
	return ctl_usage(PROGRAM, text);
}
