/* outcome_load: outcomes as Postfix sends them - see outcome_load.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/rpt/datagram.h"
#include "t/bench/outcome_load.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VARIANTS 10 /* of a domain's outcomes, one a failure */
#define LARGE_DOMAINS 1000
#define LARGE_MX 40
#define LARGE_FAILURES 20
#define SECOND_NS INT64_C(1000000000)

static void
put(struct buf *b, const char *domain, const struct datagram_policy *p)
{
	char record[128];
	const struct datagram d = { domain, record, p, 1 };

	(void)snprintf(record, sizeof(record),
	    "v=TLSRPTv1; rua=mailto:tlsrpt@%s", domain);
	buf_init(b, DATAGRAM_MAX);
	datagram_write(&d, true, b);
}

static void
mixed(struct buf *b, size_t domain, size_t variant)
{
	char name[40], host[64], line[64];
	const char *sts[] = { "version: STSv1", "mode: enforce", line,
		"max_age: 604800" };
	const char *tlsa[] = { "3 1 1 0123456789ABCDEF0123456789ABCDEF0123"
			       "456789ABCDEF0123456789ABCDEF" };
	const char *mx[] = { host };
	const struct datagram_failure f = { DATAGRAM_CERTIFICATE_EXPIRED,
		"192.0.2.1", host,
		"250-mx\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 SMTPUTF8",
		"198.51.100.7", NULL, NULL };
	struct datagram_policy p = { .domain = name,
		.failures = &f,
		.nfailures = variant == 0,
		.failed = variant == 0 };

	(void)snprintf(name, sizeof(name), "domain-%zu.example", domain);
	(void)snprintf(host, sizeof(host), "mx%zu.%s", domain % 2 + 1, name);
	(void)snprintf(line, sizeof(line), "mx: *.%s", name);
	switch (domain % 4) {
	case 0:
		p.type = DATAGRAM_NO_POLICY_FOUND;
		break;
	case 1:
		p.type = DATAGRAM_TLSA;
		p.strings = tlsa;
		p.nstrings = 1;
		break;
	default:
		p.type = DATAGRAM_STS;
		p.strings = sts;
		p.nstrings = 4;
		p.mx = mx;
		p.nmx = 1;
	}
	put(b, name, &p);
}

void
outcomes_mixed(struct outcomes *o, size_t domains)
{
	o->n = domains * VARIANTS;
	o->item = xcalloc(o->n, sizeof(*o->item));
	/* neighbours are of different domains */
	for (size_t i = 0; i < o->n; i++)
		mixed(&o->item[i], i % domains, i / domains);
}

static void
large(struct buf *b, size_t domain)
{
	static char hosts[LARGE_MX][64];
	struct datagram_failure f[LARGE_FAILURES];
	const char *mx[LARGE_MX];
	char name[40];
	struct datagram_policy p = { .type = DATAGRAM_STS,
		.domain = name,
		.mx = mx,
		.nmx = LARGE_MX,
		.failures = f,
		.nfailures = LARGE_FAILURES,
		.failed = true };

	(void)snprintf(name, sizeof(name), "domain-%zu.example", domain);
	for (size_t i = 0; i < LARGE_MX; i++) {
		(void)snprintf(hosts[i], sizeof(hosts[i]), "mx%zu.%s", i, name);
		mx[i] = hosts[i];
	}
	for (size_t i = 0; i < LARGE_FAILURES; i++)
		f[i] = (struct datagram_failure){ DATAGRAM_CERTIFICATE_EXPIRED,
			"192.0.2.1", hosts[i], hosts[i], "198.51.100.7", NULL,
			NULL };
	put(b, name, &p);
}

void
outcomes_large(struct outcomes *o)
{
	o->n = LARGE_DOMAINS;
	o->item = xcalloc(o->n, sizeof(*o->item));
	for (size_t i = 0; i < o->n; i++)
		large(&o->item[i], i);
}

void
outcomes_clear(struct outcomes *o)
{
	for (size_t i = 0; i < o->n; i++)
		buf_clear(&o->item[i]);
	free(o->item);
}

static struct sockaddr_un
address(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path) >=
	    (int)sizeof(sun.sun_path))
		errx(1, "%s is too long", path);
	return sun;
}

/* As libtlsrpt does within Postfix; 0, or errno. */
static int
send_one(const struct sockaddr_un *to, const struct buf *b, int flags)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), rc = 0;

	if (fd == -1)
		err(1, "socket");
	if (sendto(fd, b->data, b->len, flags | MSG_NOSIGNAL,
		(const struct sockaddr *)to, sizeof(*to)) == -1)
		rc = errno;
	close(fd);
	return rc;
}

static void
send_part(const struct outcomes *o, const struct sockaddr_un *to, size_t first,
    size_t step, size_t n)
{
	for (size_t i = first; i < n; i += step) {
		int rc = send_one(to, &o->item[i % o->n], 0);

		if (rc != 0) {
			errno = rc;
			warn("sendto");
			_exit(1);
		}
	}
	_exit(0);
}

void
outcomes_send(const struct outcomes *o, const char *path, size_t n,
    int processes)
{
	struct sockaddr_un to = address(path);
	pid_t pid[16];
	int status;

	for (int i = 0; i < processes; i++) {
		pid[i] = fork();
		if (pid[i] == -1)
			err(1, "fork");
		if (pid[i] == 0)
			send_part(o, &to, (size_t)i, (size_t)processes, n);
	}
	for (int i = 0; i < processes; i++)
		if (waitpid(pid[i], &status, 0) == -1 || status != 0)
			errx(1, "a sender failed");
}

uint64_t
outcomes_rate(const struct outcomes *o, const char *path, double rate,
    double seconds, uint64_t *sent)
{
	struct sockaddr_un to = address(path);
	uint64_t n = (uint64_t)(rate * seconds), lost = 0;
	struct timespec start, at;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint64_t i = 0; i < n; i++) {
		int64_t ns = start.tv_nsec +
		    (int64_t)((double)i / rate * (double)SECOND_NS);
		int rc;

		at.tv_sec = start.tv_sec + (time_t)(ns / SECOND_NS);
		at.tv_nsec = (long)(ns % SECOND_NS);
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at,
			   NULL) == EINTR)
			;
		rc = send_one(&to, &o->item[i % o->n], MSG_DONTWAIT);
		if (rc == EAGAIN) {
			lost++;
		} else if (rc != 0) {
			errno = rc;
			err(1, "sendto");
		}
	}
	*sent = n;
	return lost;
}
