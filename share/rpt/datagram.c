/* datagram: outcomes of TLS as libtlsrpt tells them - see datagram.h */
#include "config.h"

#include "share/rpt/datagram.h"
#include "share/base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
put_escaped(struct buf *out, unsigned char c)
{
	static const char plain[] = "\b\f\n\r\t\\\"";
	static const char letter[] = "bfnrt\\\"";
	const char *at = c != '\0' ? strchr(plain, c) : NULL;

	if (at != NULL)
		buf_printf(out, "\\%c", letter[at - plain]);
	else if (c < 0x20 || c == 0x7f)
		buf_printf(out, "\\u%04x", c);
	else
		buf_add(out, &c, 1);
}

static void
put_string(struct buf *out, const char *s)
{
	buf_puts(out, "\"");
	for (; *s != '\0'; s++)
		put_escaped(out, (unsigned char)*s);
	buf_puts(out, "\"");
}

/* ,"key": "value"; nothing where there is no value. */
static void
put_member(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, ",\"%s\": ", key);
	put_string(out, value);
}

static void
put_list(struct buf *out, const char *key, const char *const *item, size_t n)
{
	if (n == 0)
		return;
	buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i > 0 ? "," : "");
		put_string(out, item[i]);
	}
	buf_puts(out, "]");
}

static void
put_failure(struct buf *out, const struct datagram_failure *f)
{
	buf_printf(out, "{\"c\":%d", (int)f->code);
	put_member(out, "s", f->sending_ip);
	put_member(out, "n", f->mx);
	put_member(out, "h", f->helo);
	put_member(out, "r", f->receiving_ip);
	put_member(out, "a", f->additional);
	put_member(out, "f", f->reason);
	buf_puts(out, "}");
}

static void
put_policy(struct buf *out, const struct datagram_policy *p)
{
	buf_printf(out, "{\"policy-type\":%d", (int)p->type);
	put_member(out, "policy-domain", p->domain);
	put_list(out, "policy-string", p->strings, p->nstrings);
	put_list(out, "mx-host", p->mx, p->nmx);
	if (p->nfailures > 0) {
		buf_puts(out, ",\"failure-details\":[");
		for (size_t i = 0; i < p->nfailures; i++) {
			buf_puts(out, i > 0 ? "," : "");
			put_failure(out, &p->failures[i]);
		}
		buf_puts(out, "]");
	}
	buf_printf(out, ",\"t\":%zu,\"f\":%d}", p->nfailures, p->failed);
}

static void
write_all(const struct datagram *d, bool version, bool exact, struct buf *out)
{
	buf_puts(out, version ? "{\"dpv\": \"1\",\"d\": " : "{\"d\": ");
	put_string(out, d->domain);
	put_member(out, "pr", d->record);
	buf_puts(out, ",\"policies\":[");
	for (size_t i = 0; i < d->npolicies; i++) {
		buf_puts(out, i > 0 ? "," : "");
		put_policy(out, &d->policies[i]);
	}
	buf_puts(out, exact ? "],\"x-exact\":1}" : "]}");
}

void
datagram_write(const struct datagram *d, bool version, struct buf *out)
{
	write_all(d, version, false, out);
}

void
datagram_write_exact(const struct datagram *d, struct buf *out)
{
	write_all(d, true, true, out);
}

static enum err_code
code_of(int number)
{
	switch (number) {
	case EAGAIN:
	case ENOBUFS:
		return ERR_TEMP;
	case ENOENT:
	case ECONNREFUSED:
		return ERR_NOENT;
	case EMSGSIZE:
		return ERR_LIMIT;
	default:
		return ERR_SYS;
	}
}

/* By name each time, so that a collector that was restarted is found. */
int
datagram_send(const char *path, const void *data, size_t len, struct err *e)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, rc = 0;

	if (text_copy(to.sun_path, sizeof(to.sun_path), path) == -1)
		return err_set(e, ERR_LIMIT, "%s is too long for a socket",
		    path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(e, "socket");
	if (sendto(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&to, sizeof(to)) == -1)
		rc =
		    err_set(e, code_of(errno), "%s: %s", path, strerror(errno));
	close(fd);
	return rc;
}
