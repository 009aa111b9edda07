/* ctl_override: the sub-command "override" - see ctl_milter.h */
#include "config.h"

#include "milter/ctl_milter.h"
#include "share/app/control_json.h"
#include "share/base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static int
usage(void)
{
	return ctl_milter_usage(
	    "override add DOMAIN --level may|encrypt|none --for 24h "
	    "--reason TEXT [--force] [--json]\n"
	    "       tlsherald-milter override list [--json]\n"
	    "       tlsherald-milter override remove DOMAIN [--json]");
}

/* Prints o as JSON, or the sentence and how held mail is released. */
static void
tell(const json_t *o, bool json, const char *sentence)
{
	char *domain = ctl_string(o, "domain"), *line;

	if (json) {
		line = json_dumps(o, JSON_COMPACT);
		if (line != NULL)
			puts(line);
		free(line);
	} else {
		printf("%s: %s\nTo release mail that is held back for it: "
		       "postqueue -s %s\n",
		    domain, sentence, domain);
	}
	free(domain);
}

static int
send_add(const struct conf *c, const json_t *what, bool json)
{
	char *arg = json_dumps(what, JSON_COMPACT), *expires;
	char sentence[128];
	int status = EX_OK;
	json_t *o = ctl_milter_ask(c, "override-add", arg, NULL, &status);

	free(arg);
	if (o == NULL)
		return status;
	expires = ctl_string(o, "expires");
	(void)snprintf(sentence, sizeof(sentence),
	    "overridden with %s until %s",
	    json_string_value(json_object_get(what, "level")), expires);
	tell(o, json, sentence);
	free(expires);
	json_decref(o);
	return EX_OK;
}

/* Reads one option into what; false: usage. */
static bool
read_option(int option, json_t *what)
{
	struct err e;
	int64_t ms;

	switch (option) {
	case 'l':
		control_put_str(what, "level", optarg);
		return true;
	case 'f':
		if (text_duration_ms(optarg, &ms, &e) == -1) {
			fprintf(stderr, "tlsherald-milter: --for %s: %s\n",
			    optarg, e.text);
			return false;
		}
		control_put_int(what, "for_ms", ms);
		return true;
	case 'r':
		control_put_str(what, "reason", optarg);
		return true;
	case 'F':
		control_put_bool(what, "force", true);
		return true;
	default:
		return option == 'j';
	}
}

static int
add(const struct conf *c, int argc, char **argv)
{
	static const struct option options[] = { { "level", required_argument,
						     NULL, 'l' },
		{ "for", required_argument, NULL, 'f' },
		{ "reason", required_argument, NULL, 'r' },
		{ "force", no_argument, NULL, 'F' },
		{ "json", no_argument, NULL, 'j' }, { NULL, 0, NULL, 0 } };
	json_t *what = control_object();
	bool json = false, good = true;
	int o, status;

	optind = 0;
	while (good && (o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		good = read_option(o, what);
		json = json || o == 'j';
	}
	good = good && optind + 1 == argc &&
	    json_object_get(what, "level") != NULL &&
	    json_object_get(what, "for_ms") != NULL &&
	    json_object_get(what, "reason") != NULL;
	if (good) {
		control_put_str(what, "domain", argv[optind]);
		status = send_add(c, what, json);
	} else {
		status = usage();
	}
	json_decref(what);
	return status;
}

static void
show(const json_t *v)
{
	char *domain = ctl_string(v, "domain"), *level = ctl_string(v, "level"),
	     *expires = ctl_string(v, "expires"), *by = ctl_string(v, "by"),
	     *reason = ctl_string(v, "reason");

	printf("%-40s %-8s%s until %s by %s, used %lld times: %s\n", domain,
	    level, json_is_true(json_object_get(v, "force")) ? " forced" : "",
	    expires, by,
	    (long long)json_integer_value(json_object_get(v, "uses")), reason);
	free(domain);
	free(level);
	free(expires);
	free(by);
	free(reason);
}

static int
list(const struct conf *c, int json)
{
	size_t n;
	int status = ctl_milter_list(c, "override-list", json != 0, show, &n);

	if (status == EX_OK && n == 0 && !json)
		puts("no override is in force");
	return status;
}

static int
remove_one(const struct conf *c, const char *domain, int json)
{
	int status = EX_OK;
	json_t *o = ctl_milter_ask(c, "override-remove", domain, NULL, &status);

	if (o == NULL)
		return status;
	tell(o, json != 0, "the override is removed");
	json_decref(o);
	return EX_OK;
}

int
ctl_override(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	int json;

	(void)conf_path;
	if (argc >= 2 && strcmp(argv[1], "add") == 0)
		return add(c, argc - 1, argv + 1);
	if (argc >= 2 && strcmp(argv[1], "list") == 0) {
		json = ctl_json_only(argc, argv, 2);
		return json == -1 ? usage() : list(c, json);
	}
	if (argc >= 3 && strcmp(argv[1], "remove") == 0) {
		json = ctl_json_only(argc, argv, 3);
		return json == -1 ? usage() : remove_one(c, argv[2], json);
	}
	return usage();
}
