/* curl_loop: libcurl's multi interface run by libevent - see curl_loop.h */
#include "config.h"

#include "share/net/curl_loop.h"

#include <stdio.h>
#include <stdlib.h>

void
curl_loop_must(CURLcode code, const char *option)
{
	if (code != CURLE_OK) {
		(void)fprintf(stderr, "libcurl: %s: %s\n", option,
		    curl_easy_strerror(code));
		abort();
	}
}

/* Ends the process: what libcurl refuses here only fails without memory. */
static void
must_multi(CURLMcode code)
{
	if (code != CURLM_OK) {
		(void)fprintf(stderr, "libcurl: %s\n",
		    curl_multi_strerror(code));
		abort();
	}
}

/* Hands over what is finished. A callback may start and remove others. */
static void
report_finished(struct curl_loop *l)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(l->multi, &left)) != NULL) {
		CURLcode code = msg->data.result;
		void *private = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
		    &private);
		/* msg is not valid after this */
		must_multi(
		    curl_multi_remove_handle(l->multi, msg->easy_handle));
		l->done(private, code);
	}
}

static void
socket_event(evutil_socket_t fd, short what, void *arg)
{
	struct curl_loop *l = arg;
	int running, flags = 0;

	if (what & EV_READ)
		flags |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		flags |= CURL_CSELECT_OUT;
	must_multi(curl_multi_socket_action(l->multi, fd, flags, &running));
	report_finished(l);
}

static void
timer_event(evutil_socket_t fd, short what, void *arg)
{
	struct curl_loop *l = arg;
	int running;

	(void)fd;
	(void)what;
	must_multi(curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0,
	    &running));
	report_finished(l);
}

/* CURLMOPT_SOCKETFUNCTION: what libcurl waits for on a socket. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *perfd)
{
	struct curl_loop *l = arg;
	struct event *ev = perfd;
	short events = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	if (what == CURL_POLL_REMOVE) {
		(void)curl_multi_assign(l->multi, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	ev = event_new(l->base, fd, events, socket_event, l);
	if (ev == NULL || event_add(ev, NULL) == -1)
		abort();
	must_multi(curl_multi_assign(l->multi, fd, ev));
	return 0;
}

/* CURLMOPT_TIMERFUNCTION: when libcurl wants to be called. */
static int
watch_time(CURLM *multi, long ms, void *arg)
{
	struct curl_loop *l = arg;
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0)
		(void)event_del(l->timer);
	else
		(void)event_add(l->timer, &tv);
	return 0;
}

void
curl_loop_init(struct curl_loop *l, struct event_base *base,
    curl_loop_done *done)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	l->base = base;
	l->done = done;
	l->timer = evtimer_new(base, timer_event, l);
	l->multi = curl_multi_init();
	if (l->timer == NULL || l->multi == NULL)
		abort();
	must_multi(
	    curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, watch_socket));
	must_multi(curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l));
	must_multi(
	    curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, watch_time));
	must_multi(curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l));
}

void
curl_loop_clear(struct curl_loop *l)
{
	(void)curl_multi_cleanup(l->multi);
	event_free(l->timer);
	curl_global_cleanup();
}

void
curl_loop_add(struct curl_loop *l, CURL *easy)
{
	/* only sets a timer: nothing is called back from here */
	must_multi(curl_multi_add_handle(l->multi, easy));
}

void
curl_loop_remove(struct curl_loop *l, CURL *easy)
{
	must_multi(curl_multi_remove_handle(l->multi, easy));
}
