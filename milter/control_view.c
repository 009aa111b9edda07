/* control_view: the milter's control commands - see control_view.h */
#include "config.h"

#include "milter/control_view.h"

#include "milter/control_change.h"
#include "milter/control_list.h"
#include "milter/control_stats.h"

/* A new command is one row. */
static const struct control_command commands[] = {
	{ "stats", CONTROL_READER, control_stats },
	{ "dump", CONTROL_READER, control_dump },
	{ "list", CONTROL_READER, control_policies },
	{ "export", CONTROL_READER, control_export },
	{ "downgrades", CONTROL_READER, control_downgrades },
	{ "override-list", CONTROL_READER, control_overrides },
	{ "override-add", CONTROL_OWNER, control_override_add },
	{ "override-remove", CONTROL_OWNER, control_override_remove },
	{ "purge", CONTROL_OWNER, control_purge },
	{ "import", CONTROL_OWNER, control_import },
	{ "reload", CONTROL_OWNER, control_reload },
};

struct control *
control_view_serve(struct loop *loop, struct control_view *view, int fd)
{
	return control_new(loop, commands,
	    sizeof(commands) / sizeof(commands[0]), view, fd);
}
