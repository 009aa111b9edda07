/* ctl_list: sub-commands that list what the daemon holds - see ctl_milter.h */
#include "config.h"

#include "milter/ctl_milter.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* Prints a list, below a heading where it is for people. */
static int
print_list(const struct conf *c, const char *command, int json, ctl_item *show,
    const char *heading, const char *nothing)
{
	size_t n;
	int status;

	if (!json)
		puts(heading);
	status = ctl_milter_list(c, command, json != 0, show, &n);
	if (status == EX_OK && n == 0 && !json)
		puts(nothing);
	return status;
}

static void
show_verdict(const json_t *v)
{
	char *domain = ctl_string(v, "domain"),
	     *strategy = ctl_string(v, "strategy"),
	     *level = ctl_string(v, "level"), *source = ctl_string(v, "source"),
	     *override = ctl_string(v, "override"), *why = ctl_string(v, "why");

	printf("%-40s %-14s %-10s %-9s %6lld s%s%s%s%s\n", domain, strategy,
	    level, source,
	    (long long)json_integer_value(json_object_get(v, "fresh_for")),
	    override[0] != '\0' ? " override=" : "", override,
	    why[0] != '\0' ? " " : "", why);
	free(domain);
	free(strategy);
	free(level);
	free(source);
	free(override);
	free(why);
}

int
ctl_dump(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	int json = ctl_json_only(argc, argv, 1);

	(void)conf_path;
	if (json == -1)
		return ctl_milter_usage("dump [--json]");
	return print_list(c, "dump", json, show_verdict,
	    "NEXT HOP                                 STRATEGY       LEVEL      "
	    "SOURCE    FRESH FOR",
	    "nothing is in the cache");
}

static void
show_policy(const json_t *p)
{
	char *domain = ctl_string(p, "domain"), *mode = ctl_string(p, "mode"),
	     *id = ctl_string(p, "id"), *fetched = ctl_string(p, "fetched"),
	     *expires = ctl_string(p, "expires");

	printf("%-40s %-8s %-20s %s  %s\n", domain, mode, fetched, expires, id);
	free(domain);
	free(mode);
	free(id);
	free(fetched);
	free(expires);
}

int
ctl_policies(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	int json = ctl_json_only(argc, argv, 1);

	(void)conf_path;
	if (json == -1)
		return ctl_milter_usage("list [--json]");
	return print_list(c, "list", json, show_policy,
	    "DOMAIN                                   MODE     FETCHED         "
	    "     EXPIRES               ID",
	    "no MTA-STS policy is held");
}

int
ctl_export(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	(void)conf_path;
	if (ctl_json_only(argc, argv, 1) == -1)
		return ctl_milter_usage("export [--json]");
	return ctl_milter_list(c, "export", true, NULL, NULL);
}

static void
show_downgrade(const json_t *d)
{
	char *domain = ctl_string(d, "domain"), *what = ctl_string(d, "what"),
	     *when = ctl_string(d, "when"), *had = ctl_string(d, "had"),
	     *detail = ctl_string(d, "detail");

	printf("%-40s %-14s %-20s  %-20s  %s\n", domain, what, when,
	    had[0] != '\0' ? had : "-", detail);
	free(domain);
	free(what);
	free(when);
	free(had);
	free(detail);
}

int
ctl_downgrades(const struct conf *c, const char *conf_path, int argc,
    char **argv)
{
	int json = ctl_json_only(argc, argv, 1);

	(void)conf_path;
	if (json == -1)
		return ctl_milter_usage("downgrades [--json]");
	return print_list(c, "downgrades", json, show_downgrade,
	    "DOMAIN                                   WHAT           WHEN      "
	    "            SEEN LAST             DETAIL",
	    "no domain lost anything");
}
