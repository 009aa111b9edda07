/*
 * yard_milter: the yardstick: a libmilter filter that adds one header.
 *
 *	yard_milter CONN ACTIONS STEPS [STAGE MACROS]...
 *
 * It negotiates what it is told (the measurement passes what the real filter
 * negotiated, in numbers of the protocol), takes what comes of that, and
 * adds one constant header at the end of each message.
 */
#include "config.h"

#include <err.h>
#include <libmilter/mfapi.h>
#include <stdlib.h>
#include <string.h>

static unsigned long actions, steps;
static char **symbols; /* stage, macros, stage, macros, ..., NULL */

static sfsistat
negotiate(SMFICTX *ctx, unsigned long offered_actions,
    unsigned long offered_steps, unsigned long f2, unsigned long f3,
    unsigned long *want_actions, unsigned long *want_steps, unsigned long *w2,
    unsigned long *w3)
{
	(void)offered_actions;
	(void)offered_steps;
	(void)f2;
	(void)f3;
	for (char **s = symbols; s[0] != NULL && s[1] != NULL; s += 2)
		(void)smfi_setsymlist(ctx, (int)strtol(s[0], NULL, 10), s[1]);
	*want_actions = actions;
	*want_steps = steps;
	*w2 = *w3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
go_on(unsigned long no_reply)
{
	return (steps & no_reply) != 0 ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return go_on(SMFIP_NR_MAIL);
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **argv)
{
	(void)ctx;
	(void)argv;
	return go_on(SMFIP_NR_RCPT);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return go_on(SMFIP_NR_HDR);
}

static sfsistat
on_end(SMFICTX *ctx)
{
	static char name[] = "X-TLS-Requirement", value[] = "level=none";

	(void)smfi_addheader(ctx, name, value);
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static char name[] = "yardstick";
	struct smfiDesc desc = { .xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_envfrom = on_mail,
		.xxfi_envrcpt = on_rcpt,
		.xxfi_header = on_header,
		.xxfi_eom = on_end,
		.xxfi_negotiate = negotiate };

	if (argc < 4)
		errx(64, "usage: yard_milter CONN ACTIONS STEPS ...");
	actions = strtoul(argv[2], NULL, 10);
	steps = strtoul(argv[3], NULL, 10);
	symbols = argv + 4;
	desc.xxfi_flags = actions;
	if (smfi_register(desc) != MI_SUCCESS ||
	    smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_opensocket(1) != MI_SUCCESS)
		errx(1, "libmilter refuses");
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
