/* log_state: how far the log was read - see log_state.h */
#include "config.h"

#include "reportgen/log_state.h"
#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/base/xmem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "tlsherald-log 1"
#define TAIL "end"

/* ---- writing ---- */

static void
put_word(void *arg, const char *what, const char *value)
{
	buf_printf(arg, "%s %s\n", what, value);
}

static void
put_position(struct buf *b, const char *what, const struct side_position *p)
{
	buf_printf(b, "%s %" PRIu64 " %" PRIu64 "\n", what, p->generation,
	    p->offset);
}

static void
put_mark(struct buf *b, const char *what, const struct log_mark *m)
{
	buf_printf(b, "%s %" PRIu64 " %" PRIu64 " %s\n", what,
	    m->position.generation, m->position.offset, m->token);
}

static int
write_all(int fd, const struct buf *b)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n == -1 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
replace(const char *path, const struct buf *b, struct err *e)
{
	char *temp = xasprintf("%s.new", path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	int rc = 0;

	if (fd == -1 || write_all(fd, b) == -1 || fdatasync(fd) == -1 ||
	    rename(temp, path) == -1)
		rc = err_sys(e, "%s", path);
	if (fd != -1)
		close(fd);
	free(temp);
	return rc;
}

int
log_state_save(const char *path, const struct log_state *s,
    const struct log_sessions *t, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, LOG_STATE_MAX);
	buf_printf(&b, HEAD "\nsource %s\n", s->source);
	put_position(&b, "done", &s->done);
	put_position(&b, "counted", &s->counted);
	put_mark(&b, "mark", &s->mark);
	put_mark(&b, "recent", &s->recent);
	log_tally_save(&s->tally, put_word, &b);
	log_sessions_save(t, put_word, &b);
	buf_puts(&b, TAIL "\n");
	if (buf_full(&b))
		rc = err_set(e, ERR_LIMIT, "%s: too much to keep", path);
	else
		rc = replace(path, &b, e);
	buf_clear(&b);
	return rc;
}

/* ---- reading ---- */

static int
read_all(const char *path, struct buf *b, struct err *e)
{
	char block[8192];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1 && errno == ENOENT)
		return err_set(e, ERR_NOENT, "%s: not there", path);
	if (fd == -1)
		return err_sys(e, "%s", path);
	while ((n = read(fd, block, sizeof(block))) > 0)
		buf_add(b, block, (size_t)n);
	close(fd);
	if (n == -1)
		return err_sys(e, "%s", path);
	return 0;
}

static bool
read_position(const char *s, struct side_position *out, const char **rest)
{
	int used = 0;

	if (sscanf(s, "%" SCNu64 " %" SCNu64 "%n", &out->generation,
		&out->offset, &used) != 2)
		return false;
	*rest = s + used;
	return true;
}

static bool
read_mark(const char *s, struct log_mark *out)
{
	const char *rest;

	return read_position(s, &out->position, &rest) && *rest == ' ' &&
	    text_copy(out->token, sizeof(out->token), rest + 1) == 0;
}

/* One line, "what value". */
static bool
read_line(char *line, struct log_state *s, struct log_sessions *t)
{
	char *value = strchr(line, ' ');
	const char *rest;

	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(line, "source") == 0)
		return true;
	if (strcmp(line, "done") == 0)
		return read_position(value, &s->done, &rest) && *rest == '\0';
	if (strcmp(line, "counted") == 0)
		return read_position(value, &s->counted, &rest) &&
		    *rest == '\0';
	if (strcmp(line, "tally") == 0)
		return log_tally_load(&s->tally, line, value);
	if (strcmp(line, "mark") == 0)
		return read_mark(value, &s->mark);
	if (strcmp(line, "recent") == 0)
		return read_mark(value, &s->recent);
	return log_sessions_load(t, line, value);
}

/* Whether it has its beginning and its end, and is of that source. */
static int
check_whole(const char *path, const struct buf *b, const char *source,
    struct err *e)
{
	static const char tail[] = "\n" TAIL "\n";
	const char *text = buf_str(b);
	char *head = xasprintf(HEAD "\nsource %s\n", source);
	int rc = 0;

	if (buf_full(b) || strncmp(text, HEAD "\n", sizeof(HEAD)) != 0 ||
	    b->len < sizeof(tail) ||
	    strcmp(text + b->len - (sizeof(tail) - 1), tail) != 0)
		rc = err_set(e, ERR_SYNTAX, "%s is damaged", path);
	else if (strncmp(text, head, strlen(head)) != 0)
		rc = err_set(e, ERR_NOENT, "%s is of another log", path);
	free(head);
	return rc;
}

int
log_state_load(const char *path, struct log_state *s, struct log_sessions *t,
    struct err *e)
{
	char *line, *rest;
	struct buf b;
	int rc = -1;

	buf_init(&b, LOG_STATE_MAX);
	s->mark.token[0] = s->recent.token[0] = '\0';
	if (read_all(path, &b, e) == -1 ||
	    check_whole(path, &b, s->source, e) == -1)
		goto out;
	rest = b.data + sizeof(HEAD);
	while ((line = strsep(&rest, "\n")) != NULL && strcmp(line, TAIL) != 0)
		if (!read_line(line, s, t)) {
			(void)err_set(e, ERR_SYNTAX, "%s is damaged", path);
			goto out;
		}
	rc = s->mark.token[0] != '\0' && s->recent.token[0] != '\0'
	    ? 0
	    : err_set(e, ERR_SYNTAX, "%s is damaged", path);
out:
	buf_clear(&b);
	return rc;
}
