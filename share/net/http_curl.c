/* http_curl: http.h over libcurl's multi interface - see http_curl.h */
#include "config.h"

#include "share/base/hostname.h"
#include "share/base/xmem.h"
#include "share/net/http_curl.h"
#include "share/net/http_transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Hands over what is finished. A callback may start and cancel others. */
static void
report_finished(struct http_curl *h)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct http_transfer *t;
		CURLcode code = msg->data.result;
		void *private = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE,
		    &private);
		t = private;
		/* msg is not valid after this */
		must_multi(curl_multi_remove_handle(h->multi, t->easy));
		LIST_REMOVE(t, next);
		http_transfer_finish(t, code);
		http_transfer_free(t);
	}
}

static void
socket_event(evutil_socket_t fd, short what, void *arg)
{
	struct http_curl *h = arg;
	int running, flags = 0;

	if (what & EV_READ)
		flags |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		flags |= CURL_CSELECT_OUT;
	must_multi(curl_multi_socket_action(h->multi, fd, flags, &running));
	report_finished(h);
}

static void
timer_event(evutil_socket_t fd, short what, void *arg)
{
	struct http_curl *h = arg;
	int running;

	(void)fd;
	(void)what;
	must_multi(curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0,
	    &running));
	report_finished(h);
}

/* CURLMOPT_SOCKETFUNCTION: what libcurl waits for on a socket. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *perfd)
{
	struct http_curl *h = arg;
	struct event *ev = perfd;
	short events = EV_PERSIST;

	(void)easy;
	if (ev != NULL)
		event_free(ev);
	if (what == CURL_POLL_REMOVE) {
		(void)curl_multi_assign(h->multi, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	ev = event_new(h->base, fd, events, socket_event, h);
	if (ev == NULL || event_add(ev, NULL) == -1)
		abort();
	must_multi(curl_multi_assign(h->multi, fd, ev));
	return 0;
}

/* CURLMOPT_TIMERFUNCTION: when libcurl wants to be called. */
static int
watch_time(CURLM *multi, long ms, void *arg)
{
	struct http_curl *h = arg;
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0)
		(void)event_del(h->timer);
	else
		(void)event_add(h->timer, &tv);
	return 0;
}

/* Whether a PEM certificate begins in a file; -1 and e when none does. */
static int
check_ca_file(const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	char line[256];
	bool found = false;

	if (f == NULL)
		return err_sys(e, "cannot read the CA file %s", path);
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = strncmp(line, "-----BEGIN ", 11) == 0 &&
		    strstr(line, "CERTIFICATE-----") != NULL;
	if (!found && ferror(f))
		(void)err_sys(e, "cannot read the CA file %s", path);
	else if (!found)
		(void)err_set(e, ERR_SYNTAX,
		    "the CA file %s holds no certificate", path);
	(void)fclose(f);
	return found ? 0 : -1;
}

/* The file of the system's store. */
static const char *
system_ca_file(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if (v->age >= CURLVERSION_SEVENTH && v->cainfo != NULL)
		return v->cainfo;
	return "/etc/ssl/certs/ca-certificates.crt";
}

static struct http_transfer *
start_get(void *ctx, const struct http_request *req, http_callback *cb,
    void *arg)
{
	struct http_curl *h = ctx;
	struct http_transfer *t = http_transfer_new(h, req, cb, arg);

	LIST_INSERT_HEAD(&h->transfers, t, next);
	/* only sets a timer: nothing is called back from here */
	must_multi(curl_multi_add_handle(h->multi, t->easy));
	return t;
}

static void
cancel_transfer(void *ctx, struct http_transfer *t)
{
	struct http_curl *h = ctx;

	must_multi(curl_multi_remove_handle(h->multi, t->easy));
	LIST_REMOVE(t, next);
	http_transfer_free(t);
}

struct http_curl *
http_curl_new(struct event_base *base, const char *ca_file,
    struct addr_filter *filter, uint16_t port, struct err *e)
{
	struct http_curl *h;

	if (*ca_file == '\0')
		ca_file = system_ca_file();
	if (check_ca_file(ca_file, e) == -1) {
		addr_filter_free(filter);
		return NULL;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	h = xcalloc(1, sizeof(*h));
	h->base = base;
	h->ca_file = xstrdup(ca_file);
	h->filter = filter;
	h->port = port;
	h->iface.get = start_get;
	h->iface.cancel = cancel_transfer;
	h->iface.ctx = h;
	h->timer = evtimer_new(base, timer_event, h);
	h->multi = curl_multi_init();
	if (h->timer == NULL || h->multi == NULL)
		abort();
	must_multi(
	    curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, watch_socket));
	must_multi(curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h));
	must_multi(
	    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, watch_time));
	must_multi(curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h));
	return h;
}

void
http_curl_free(struct http_curl *h)
{
	struct http_transfer *t;

	if (h == NULL)
		return;
	while ((t = LIST_FIRST(&h->transfers)) != NULL)
		cancel_transfer(h, t);
	(void)curl_multi_cleanup(h->multi);
	event_free(h->timer);
	addr_filter_free(h->filter);
	free(h->ca_file);
	free(h);
	curl_global_cleanup();
}

const struct http_client *
http_curl_iface(struct http_curl *h)
{
	return &h->iface;
}
