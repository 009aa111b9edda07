/* mail_load: the MTA's side of the milter protocol - see mail_load.h */
#include "config.h"

#include "t/bench/mail_load.h"
#include "share/base/xmem.h"

#include <arpa/inet.h>
#include <err.h>
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define OUT_MAX 65536
#define IN_MAX 65536
#define HEADERS 8

/* What a macro is worth, Postfix's and Sendmail's; the rest is not defined. */
static const struct {
	const char *name, *value[2];
} macro[] = {
	{ "i", { "4ABCDEF01234", NULL } },
	{ "j", { "mx.example.org", "mx.example.org" } },
	{ "v", { "Postfix 3.10.5", "8.18.1" } },
	{ "{rcpt_mailer}", { "smtp", "esmtp" } },
	{ "{rcpt_host}", { "example.com", "example.com." } },
	{ "{client_addr}", { "192.0.2.7", "192.0.2.7" } },
	{ "{auth_authen}", { "user", "user" } },
};

static void
put32(struct buf *b, uint32_t n)
{
	n = htonl(n);
	buf_add(b, &n, sizeof(n));
}

static void
put_packet(struct mail_load *m, char command, const char *data, size_t len)
{
	put32(&m->out, (uint32_t)len + 1);
	buf_add(&m->out, &command, 1);
	buf_add(&m->out, data, len);
}

static void
flush(struct mail_load *m)
{
	if (m->out.len > 0 &&
	    write(m->fd, m->out.data, m->out.len) != (ssize_t)m->out.len)
		err(1, "write to the milter");
	buf_reset(&m->out);
}

static void
read_all(int fd, void *data, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = read(fd, (char *)data + done, n - done);

		if (got <= 0)
			errx(1, "the milter hung up");
		done += (size_t)got;
	}
}

/* The command of the next packet, its data in space, with a NUL. */
static char
next_packet(struct mail_load *m, char space[IN_MAX], size_t *len)
{
	uint32_t size;

	flush(m);
	read_all(m->fd, &size, sizeof(size));
	size = ntohl(size);
	if (size == 0 || size >= IN_MAX)
		errx(1, "a packet of %u octets", size);
	read_all(m->fd, space, size);
	space[size] = '\0';
	*len = size - 1;
	return space[0];
}

static void
take_reply(struct mail_load *m, uint32_t no_reply)
{
	char space[IN_MAX], command;
	size_t len;

	if ((m->steps & no_reply) != 0)
		return;
	command = next_packet(m, space, &len);
	if (command != SMFIR_CONTINUE)
		errx(1, "the milter answers %c %s", command, space + 1);
}

static void
note_macros(struct mail_load *m, const char *at, const char *end)
{
	while (end - at > 4) {
		uint32_t stage;

		memcpy(&stage, at, sizeof(stage));
		stage = ntohl(stage);
		if (stage < MAIL_LOAD_STAGES)
			m->macros[stage] = xstrdup(at + 4);
		at += 4 + strlen(at + 4) + 1;
	}
}

void
mail_load_open(struct mail_load *m, const char *path)
{
	uint32_t words[3] = { htonl(6), htonl(0x1ff), htonl(0x1fffff) };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char space[IN_MAX];
	size_t len;

	memset(m, 0, sizeof(*m));
	buf_init(&m->out, OUT_MAX);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	m->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (m->fd == -1 ||
	    connect(m->fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(1, "%s", path);
	put_packet(m, SMFIC_OPTNEG, (const char *)words, sizeof(words));
	if (next_packet(m, space, &len) != SMFIC_OPTNEG || len < sizeof(words))
		errx(1, "negotiation failed");
	memcpy(words, space + 1, sizeof(words));
	m->actions = ntohl(words[1]);
	m->steps = ntohl(words[2]);
	note_macros(m, space + 1 + sizeof(words), space + 1 + len);
}

void
mail_load_close(struct mail_load *m)
{
	put_packet(m, SMFIC_QUIT, "", 0);
	flush(m);
	close(m->fd);
	buf_clear(&m->out);
	for (size_t i = 0; i < MAIL_LOAD_STAGES; i++)
		free(m->macros[i]);
}

static bool
asked_for(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; *at != '\0';) {
		size_t word = strcspn(at, " ");

		if (word == n && memcmp(at, name, n) == 0)
			return true;
		at += word + strspn(at + word, " ");
	}
	return false;
}

static void
put_macros(struct mail_load *m, char command, int stage)
{
	struct buf b;
	char id[32];

	if (m->macros[stage] == NULL)
		return;
	buf_init(&b, 4096);
	buf_add(&b, &command, 1);
	(void)snprintf(id, sizeof(id), "6AM0Bench%06u", m->messages);
	for (size_t i = 0; i < sizeof(macro) / sizeof(macro[0]); i++) {
		const char *value = macro[i].value[m->sendmail];

		if (!asked_for(m->macros[stage], macro[i].name))
			continue;
		if (value == NULL)
			value = id;
		buf_add(&b, macro[i].name, strlen(macro[i].name) + 1);
		buf_add(&b, value, strlen(value) + 1);
	}
	put_packet(m, SMFIC_MACRO, b.data, b.len);
	buf_clear(&b);
}

static void
put_headers(struct mail_load *m)
{
	static const char header[] = "Received\0from a.example by b.example";

	if ((m->steps & SMFIP_NOHDRS) != 0)
		return;
	for (int i = 0; i < HEADERS; i++) {
		put_packet(m, SMFIC_HEADER, header, sizeof(header));
		take_reply(m, SMFIP_NR_HDR);
	}
}

void
mail_load_begin(struct mail_load *m, const char *rcpt)
{
	static const char from[] = "<user@example.org>";

	m->messages++;
	put_macros(m, SMFIC_MAIL, SMFIM_ENVFROM);
	put_packet(m, SMFIC_MAIL, from, sizeof(from));
	take_reply(m, SMFIP_NR_MAIL);
	put_macros(m, SMFIC_RCPT, SMFIM_ENVRCPT);
	put_packet(m, SMFIC_RCPT, rcpt, strlen(rcpt) + 1);
	take_reply(m, SMFIP_NR_RCPT);
	put_headers(m);
	flush(m);
}

void
mail_load_end(struct mail_load *m)
{
	put_macros(m, SMFIC_BODYEOB, SMFIM_EOM);
	put_packet(m, SMFIC_BODYEOB, "", 0);
	flush(m);
}

void
mail_load_await(struct mail_load *m)
{
	char space[IN_MAX], command;
	size_t len;

	do
		command = next_packet(m, space, &len);
	while (strchr("hmip", command) != NULL);
	if (command != SMFIR_CONTINUE && command != SMFIR_ACCEPT)
		errx(1, "the end is answered %c %s", command, space + 1);
}
