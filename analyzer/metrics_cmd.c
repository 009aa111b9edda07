/* metrics_cmd: prints or serves the store's figures - see metrics_page.h */
#include "config.h"

#include "analyzer/metrics_page.h"

#include "share/app/exposition.h"
#include "share/base/xmem.h"
#include "share/net/http_page.h"
#include "share/net/listener.h"
#include "share/net/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define PAGE_MAX (16u << 20)

static int
usage(void)
{
	fprintf(stderr,
	    "usage: tlsherald-analyzer metrics [--file PATH | "
	    "--listen]\n");
	return EX_USAGE;
}

static int
complain(const struct err *e)
{
	fprintf(stderr, "tlsherald-analyzer: %s\n", e->text);
	return e->code == ERR_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

/* The page of now; freed. NULL and e. */
static char *
page(const struct conf *c, struct err *e)
{
	char *path = xasprintf("%s/analysis.db", c->server.state_dir);
	struct analysis_store s;
	struct buf out;
	int rc = analysis_sqlite_open(path, NULL, &s, e);

	free(path);
	if (rc == -1)
		return NULL;
	buf_init(&out, PAGE_MAX);
	rc = metrics_page_write(c, &s, (int64_t)time(NULL), &out, e);
	s.free(s.ctx);
	if (rc == 0)
		return buf_take(&out);
	buf_clear(&out);
	return NULL;
}

/* Whole or not at all: who reads it may come at any time. */
static int
write_file(const char *path, const char *text, struct err *e)
{
	char *new = xasprintf("%s.new", path);
	FILE *f;
	int rc = -1;

	/* of a run that was killed, or a link that somebody put there */
	(void)unlink(new);
	f = fopen(new, "wxe");
	if (f == NULL) {
		(void)err_sys(e, "%s", new);
	} else if (fputs(text, f) == EOF || fflush(f) != 0 ||
	    fchmod(fileno(f), 0644) == -1 || rename(new, path) == -1) {
		(void)err_sys(e, "%s", path);
		(void)unlink(new);
	} else {
		rc = 0;
	}
	if (f != NULL)
		(void)fclose(f);
	free(new);
	return rc;
}

/* Asked for each request; a store that is not there is an empty page. */
static char *
serve_page(void *arg)
{
	const struct conf *c = arg;
	struct err e = { 0 };
	char *text = page(c, &e);

	if (text == NULL) {
		(void)complain(&e);
		text = xstrdup("");
	}
	return text;
}

static int
serve(const struct conf *c)
{
	const char *where = conf_metrics_listen(c, "analyzer");
	char *spec_text = xasprintf("inet:%s", where);
	struct listener_spec spec;
	struct http_page *server;
	struct loop *loop = NULL;
	struct err e = { 0 };
	int fd = -1, status = EX_OK;

	(void)signal(SIGPIPE, SIG_IGN);
	if (*where == '\0')
		(void)err_set(&e, ERR_PERM, "[metrics] listen is not set");
	else if (listener_parse(spec_text, &spec, &e) == 0)
		fd = listener_bind(&spec, &e);
	free(spec_text);
	if (fd != -1)
		loop = loop_new(&e);
	if (loop == NULL)
		return complain(&e);
	server = http_page_new(loop_base(loop), "/metrics", EXPOSITION_TYPE,
	    serve_page, (void *)(uintptr_t)c);
	http_page_add(server, fd);
	loop_run(loop); /* until a signal ends us */
	http_page_free(server);
	loop_free(loop);
	return status;
}

int
metrics_main(const struct conf *c, const char *conf_path, int argc, char **argv)
{
	const char *file = NULL;
	struct err e = { 0 };
	char *text;
	int status = EX_OK;

	(void)conf_path;
	if (argc == 2 && strcmp(argv[1], "--listen") == 0)
		return serve(c);
	if (argc == 3 && strcmp(argv[1], "--file") == 0)
		file = argv[2];
	else if (argc != 1)
		return usage();
	text = page(c, &e);
	if (text == NULL)
		return complain(&e);
	if (file == NULL)
		fputs(text, stdout);
	else if (write_file(file, text, &e) == -1)
		status = EX_CANTCREAT;
	if (status != EX_OK)
		(void)complain(&e);
	free(text);
	return fflush(stdout) == 0 ? status : EX_IOERR;
}
