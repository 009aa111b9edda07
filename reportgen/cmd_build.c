/* cmd_build: all reports of a day as files and mails - see cmd_reports.h */
#include "config.h"

#include "reportgen/ask.h"
#include "reportgen/cli.h"
#include "reportgen/cmd_reports.h"
#include "reportgen/day_reports.h"
#include "reportgen/mail_crew.h"
#include "reportgen/report_mail.h"
#include "share/base/clock.h"
#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/rpt/report_name.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define USAGE "build --day DAY --dir DIR [--json]"
#define NAME_LEN_MAX 200 /* of a file, without ".N.eml" */

struct build {
	const struct conf *c;
	const char *day, *dir;
	bool json;
	int64_t day_s, now_s;
	int dirfd;
	struct mail_crew *crew;
	bool with_mails;
	struct err no_mails; /* why not */
	struct cli_progress progress;
	size_t reports, forgotten, mails;
	uint64_t failed;
	int64_t success, failure;
};

/*
 * The name that the report is sent under; where a directory cannot hold so long
 * a one, it is found by its report-id's hash. Freed by the caller.
 */
static char *
file_name(const struct outbox_report *r)
{
	const struct report_key key = { r->submitter, r->domain, r->begin,
		r->end, r->part };
	struct buf name;

	buf_init(&name, REPORT_NAME_ID_MAX + 2 * HOSTNAME_SIZE);
	report_name_write_file(&key, true, &name);
	if (name.len > NAME_LEN_MAX) {
		uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

		for (size_t i = 0; i < name.len; i++)
			h = (h ^ (unsigned char)name.data[i]) *
			    UINT64_C(1099511628211);
		buf_reset(&name);
		buf_printf(&name, "%.100s~%016llx.json.gz", r->domain,
		    (unsigned long long)h);
	}
	return buf_take(&name);
}

/* Writes a whole file, which is never there by half. */
static int
write_file(int dirfd, const char *name, const void *data, size_t n,
    struct err *e)
{
	char *temp = xasprintf("%s.tmp", name);
	int fd, rc = -1;

	fd = openat(dirfd, temp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd == -1) {
		(void)err_sys(e, "%s", temp);
		goto out;
	}
	for (const char *at = data; n > 0;) {
		ssize_t done = write(fd, at, n);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1) {
			(void)err_sys(e, "%s", temp);
			goto out;
		}
		at += done;
		n -= (size_t)done;
	}
	if (renameat(dirfd, temp, dirfd, name) == -1) {
		(void)err_sys(e, "%s", name);
		goto out;
	}
	rc = 0;
out:
	if (fd != -1)
		close(fd);
	if (rc == -1)
		(void)unlinkat(dirfd, temp, 0);
	free(temp);
	return rc;
}

/* In a thread of the crew's. */
static int
take_mail(void *ctx, const struct outbox_report *r, const char *to, size_t i,
    const struct buf *mail, struct err *e)
{
	const struct build *b = ctx;
	char *file = file_name(r), *name;
	int rc;

	(void)to;
	name = xasprintf("%s.%zu.eml", file, i + 1);
	rc = write_file(b->dirfd, name, mail->data, mail->len, e);
	free(name);
	free(file);
	return rc;
}

static int
take_report(void *arg, const struct outbox_report *r,
    const struct report_job *job, struct err *e)
{
	struct build *b = arg;
	char *name;
	int rc;

	(void)job;
	cli_progress(&b->progress, b->reports);
	if (r->packed == NULL) {
		b->forgotten++;
		return 0;
	}
	name = file_name(r);
	rc = write_file(b->dirfd, name, r->packed, r->packed_len, e);
	free(name);
	if (rc == 0 && b->crew != NULL)
		rc = mail_crew_add(b->crew, r, e);
	b->reports++;
	b->success += r->success;
	b->failure += r->failure;
	return rc;
}

static int
open_dir(struct build *b, struct err *e)
{
	if (mkdir(b->dir, 0750) == -1 && errno != EEXIST)
		return err_sys(e, "%s", b->dir);
	b->dirfd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return b->dirfd == -1 ? err_sys(e, "%s", b->dir) : 0;
}

static void
start_crew(struct build *b)
{
	const char *obstacle = report_mail_obstacle(b->c);
	struct conf *c = conf_ref((struct conf *)(uintptr_t)b->c);

	if (obstacle != NULL)
		(void)err_set(&b->no_mails, ERR_PERM, "%s", obstacle);
	else
		b->crew =
		    mail_crew_start(c, 0, b->now_s, take_mail, b, &b->no_mails);
	b->with_mails = b->crew != NULL;
	conf_unref(c);
}

static int
run_build(struct build *b, struct report_db *db, struct err *e)
{
	struct err late;
	int rc;

	start_crew(b);
	cli_progress_start(&b->progress, "reports", 0);
	rc = day_reports_each(db, b->c, NULL, b->day_s, b->day_s + CLI_DAY,
	    b->now_s, take_report, b, &b->failed, e);
	if (b->crew != NULL &&
	    mail_crew_end(b->crew, &b->mails, rc == 0 ? e : &late) == -1)
		rc = -1;
	cli_progress_end(&b->progress);
	return rc;
}

static int
tell(const struct build *b)
{
	char day[32];

	(void)text_rfc3339(day, sizeof(day), (time_t)b->day_s);
	if (b->json) {
		json_t *o = json_pack("{si,ss%,ss,sI,sI,sI,sI,sI,sI,ss*}",
		    "schema", 1, "day", day, (size_t)10, "dir", b->dir,
		    "reports", (json_int_t)b->reports, "mails",
		    (json_int_t)b->mails, "success", (json_int_t)b->success,
		    "failure", (json_int_t)b->failure, "forgotten",
		    (json_int_t)b->forgotten, "failed", (json_int_t)b->failed,
		    "no_mails", b->with_mails ? NULL : b->no_mails.text);
		char *text = json_dumps(o, JSON_COMPACT);

		json_decref(o);
		return cli_put_json(text);
	}
	printf("%.10s: %zu reports (%lld sessions good, %lld failed) and %zu "
	       "mails in %s\n",
	    day, b->reports, (long long)b->success, (long long)b->failure,
	    b->mails, b->dir);
	if (b->forgotten > 0)
		printf("%zu more were sent and are not kept any more\n",
		    b->forgotten);
	if (b->failed > 0)
		printf("%llu more do not fit in max-size\n",
		    (unsigned long long)b->failed);
	if (!b->with_mails)
		fprintf(stderr, CLI_PROGRAM ": no mails: %s\n",
		    b->no_mails.text);
	return EX_OK;
}

static int
parse_options(struct build *b, int argc, char **argv)
{
	static const struct option options[] = {
		{ "day", required_argument, NULL, 'd' },
		{ "dir", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int opt;

	optind = 0; /* begins anew: options may stand behind words */
	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (opt) {
		case 'd':
			b->day = optarg;
			break;
		case 'o':
			b->dir = optarg;
			break;
		case 'j':
			b->json = true;
			break;
		default:
			return -1;
		}
	return optind < argc || b->day == NULL || b->dir == NULL ? -1 : 0;
}

int
cmd_build(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	struct build b = { .c = c,
		.dirfd = -1,
		.now_s = clock_wall_ms(clock_system()) / 1000 };
	struct report_db *db = NULL;
	struct err e;
	int status;

	(void)conf_path;
	if (parse_options(&b, argc, argv) == -1)
		return cli_usage(USAGE);
	err_clear(&b.no_mails);
	if (cli_day(b.day, b.now_s, &b.day_s, &e) == -1)
		return cli_fail(&e);
	if (ask_checkpoint(c, &e) == -1)
		fprintf(stderr, CLI_PROGRAM ": %s\n", e.text);
	if ((db = cli_open(c, false, &e)) == NULL)
		return cli_fail(&e);
	if (open_dir(&b, &e) == -1)
		status = cli_fail(&e) != EX_OK ? EX_CANTCREAT : 0;
	else if (run_build(&b, db, &e) == -1)
		status = cli_fail(&e);
	else
		status = tell(&b);
	if (b.dirfd != -1)
		close(b.dirfd);
	report_db_close(db);
	return status;
}
