/* watchdog: silent as soon as a loop hangs - see milter/watchdog.h */
#include "config.h"

#include "milter/watchdog.h"
#include "share/base/clock.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <err.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_MS 20000
#define TICKS_MS 250 /* a dozen ticks */

static char dir[] = "/tmp/tlsherald-watchdog.XXXXXX";
static struct loop *admin, *front;
static int supervisor;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static struct service *
make_service(void)
{
	struct conf_mistakes m;
	char *text = xasprintf("[server]\nstate-dir = \"%s\"\n"
			       "[dns]\nservers = [\"127.0.0.1@9\"]\n"
			       "trust-anchors = \"%s/anchors\"\n",
	    dir, dir);
	struct conf *c = conf_parse("test", text, strlen(text), &m, NULL);
	struct service *s;
	struct err e = { 0 };

	if (c == NULL)
		errx(1, "%s", m.line[0]);
	s = service_new_private(c, NULL, &e);
	if (s == NULL)
		errx(1, "%s", e.text);
	conf_mistakes_clear(&m);
	conf_unref(c);
	free(text);
	return s;
}

/* Lets the watchdog tick for ms; how often it told the supervisor. */
static int
tick(int64_t ms)
{
	struct timeval tv = { 0, (suseconds_t)(ms * 1000) };
	char text[64];
	ssize_t len;
	int n = 0;

	(void)event_base_loopexit(loop_base(admin), &tv);
	(void)event_base_dispatch(loop_base(admin));
	while ((len = recv(supervisor, text, sizeof(text) - 1, 0)) > 0) {
		text[len] = '\0';
		n += strcmp(text, "WATCHDOG=1") == 0;
	}
	return n;
}

/* Ticks until the supervisor was told, which it is soon. */
static bool
is_told(void)
{
	int64_t end = clock_mono_ms(clock_system()) + PATIENCE_MS;

	while (clock_mono_ms(clock_system()) < end)
		if (tick(25) > 0)
			return true;
	return false;
}

static void *
run(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void
hang(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

static void
make_supervisor(struct notify *n)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/notify", dir);
	supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (supervisor == -1 ||
	    bind(supervisor, (const struct sockaddr *)&sun, sizeof(sun)) == -1)
		errx(1, "%s", sun.sun_path);
	setenv("NOTIFY_SOCKET", sun.sun_path, 1);
	setenv("WATCHDOG_USEC", "80000", 1);
	notify_init(n);
}

static void
test_loops(const struct notify *n, struct service *s, pthread_t *thread)
{
	struct watchdog *w;
	struct err e = { 0 };

	w = watchdog_new(admin, n, front, s, NULL);
	is_int(tick(TICKS_MS), 0, "no loop turns: nothing is told");
	if (pthread_create(thread, NULL, run, front) != 0)
		errx(1, "no thread");
	is_int(tick(TICKS_MS), 0, "one of two turns: nothing is told");
	is_int(service_start(s, &e), 0, "the resolver loop turns too");
	ok(is_told(), "now it is told");
	pthread_mutex_lock(&gate);
	loop_post(front, hang, NULL);
	(void)tick(TICKS_MS); /* what came back before is told */
	is_int(tick(TICKS_MS), 0, "the front loop hangs: no word more");
	pthread_mutex_unlock(&gate);
	ok(is_told(), "it goes on: told again");
	loop_stop(front);
	pthread_join(*thread, NULL);
	service_free(s);
	watchdog_free(w);
}

int
main(void)
{
	struct notify n, none;
	struct err e = { 0 };
	struct service *s;
	pthread_t thread;
	char *path;
	FILE *f;

	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	path = xasprintf("%s/anchors", dir);
	f = fopen(path, "w");
	if (f == NULL)
		err(1, "%s", path);
	fprintf(f,
	    ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D084"
	    "58E880409BBC683457104237C7F8EC8D\n");
	fclose(f);
	admin = loop_new(&e);
	front = loop_new(&e);
	if (admin == NULL || front == NULL)
		errx(1, "%s", e.text);
	make_supervisor(&n);
	s = make_service();
	notify_init(&none);
	ok(watchdog_new(admin, &none, front, s, NULL) == NULL,
	    "nobody wants to know: nothing to do");
	test_loops(&n, s, &thread);
	loop_free(front);
	loop_free(admin);
	notify_clear(&n);
	(void)unlink(path);
	free(path);
	path = xasprintf("%s/notify", dir);
	(void)unlink(path);
	free(path);
	(void)rmdir(dir);
	return done_testing();
}
