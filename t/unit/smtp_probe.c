/* smtp_probe: servers that never get to TLS; those that do are real ones, in
 * t/system/posture.t */
#include "config.h"

#include "share/tls/smtp_probe.h"
#include "t/unit/tap.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a server says: at first, then after each line it got. */
struct script {
	const char *say[4];
	int fd;
};

static void *
serve(void *arg)
{
	struct script *s = arg;
	int c = accept(s->fd, NULL, NULL);
	char line[1000];

	for (size_t i = 0; i < 4 && s->say[i] != NULL; i++) {
		if (i > 0 && recv(c, line, sizeof(line), 0) <= 0)
			break;
		if (send(c, s->say[i], strlen(s->say[i]), MSG_NOSIGNAL) == -1)
			break;
	}
	close(c);
	return NULL;
}

/* How far a probe comes with a server, and why not further. */
static enum smtp_probe_stage
probe(const char *greeting, const char *ehlo, const char *starttls, char why[])
{
	struct script s = { .say = { greeting, ehlo, starttls } };
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);
	struct smtp_probe_target t = { .address = "127.0.0.1",
		.sni = "mx.example.org",
		.helo = "me.example.org",
		.ca_file = getenv("CERT"),
		.timeout_ms = 10000 };
	struct smtp_probe p;
	struct err e = { 0 };
	pthread_t thread;

	s.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s.fd, (struct sockaddr *)&sin, n) == -1 ||
	    listen(s.fd, 1) == -1 ||
	    getsockname(s.fd, (struct sockaddr *)&sin, &n) == -1)
		abort();
	t.port = ntohs(sin.sin_port);
	if (greeting != NULL)
		(void)pthread_create(&thread, NULL, serve, &s);
	else
		close(s.fd); /* nobody listens */
	is_int(smtp_probe_run(&t, &p, &e), 0, "probed %s", e.text);
	if (greeting != NULL) {
		(void)pthread_join(thread, NULL);
		close(s.fd);
	}
	(void)snprintf(why, 160, "%s", p.why);
	smtp_probe_clear(&p);
	return p.stage;
}

int
main(void)
{
	static char huge[20000];
	char why[160];

	(void)setenv("CERT", "/etc/ssl/certs/ca-certificates.crt", 0);
	memset(huge, 'x', sizeof(huge) - 1);
	memcpy(huge, "250-", 4);
	is_int(probe(NULL, NULL, NULL, why), SMTP_PROBE_CONNECT, "nobody");
	is_str(why, "Connection refused", "it says so");
	is_int(probe("HTTP/1.1 400\r\n", NULL, NULL, why), SMTP_PROBE_GREETING,
	    "no SMTP server");
	is_int(probe("554 go away\r\n", NULL, NULL, why), SMTP_PROBE_GREETING,
	    "refused");
	has_str(why, "554", "with its code");
	is_int(probe("220 hi\r\n", "250-a\r\n250 SIZE\r\n", NULL, why),
	    SMTP_PROBE_OFFER, "no STARTTLS");
	is_int(probe("220 hi\r\n", "250-STARTTLSX\r\n250 x STARTTLS\r\n", NULL,
		   why),
	    SMTP_PROBE_OFFER, "words that only look like it");
	is_int(probe("220 hi\r\n", "250 starttls\r\n", "454 not now\r\n", why),
	    SMTP_PROBE_STARTTLS, "refused to start");
	has_str(why, "454", "with its code");
	is_int(probe("220 hi\r\n", "250 STARTTLS\r\n",
		   "220 go\r\n250 injected\r\n", why),
	    SMTP_PROBE_STARTTLS, "more than was asked for");
	has_str(why, "more than", "is refused");
	is_int(probe("220 hi\r\n", "250 STARTTLS\r\n", "220 go\r\n", why),
	    SMTP_PROBE_HANDSHAKE, "hangs up in the handshake");
	is_int(probe("220 hi\r\n", huge, NULL, why), SMTP_PROBE_GREETING,
	    "an endless reply");
	has_str(why, "too long", "is cut off");
	return done_testing();
}
