/*
 * curl_loop: libcurl's multi interface run by libevent.
 *
 * Only the files of share/net include this. Nothing is called back while a
 * transfer is added or removed, so both may be done from a callback.
 *
 * Thread safety: belongs to the thread of the event_base. libcurl without
 * memory ends the process. Tests: t/unit/http_curl.c, t/unit/smtp_send.c
 */
#ifndef CURL_LOOP_H
#define CURL_LOOP_H

#include <curl/curl.h>
#include <event2/event.h>

/* A transfer ended with code; it is not in the loop any more. */
typedef void curl_loop_done(void *private, CURLcode code);

struct curl_loop {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
	curl_loop_done *done; /* gets the transfer's CURLOPT_PRIVATE */
};

/* Begins on base (borrowed). */
void curl_loop_init(struct curl_loop *l, struct event_base *base,
    curl_loop_done *done);

/* Ends; all transfers were removed. */
void curl_loop_clear(struct curl_loop *l);

/* Starts a transfer. */
void curl_loop_add(struct curl_loop *l, CURL *easy);

/* Ends a transfer that is not done; done is not called for it. */
void curl_loop_remove(struct curl_loop *l, CURL *easy);

/* Ends the process where libcurl refuses an option it was built for. */
void curl_loop_must(CURLcode code, const char *option);

/* Sets an option that libcurl has. */
#define CURL_LOOP_SET(easy, option, value) \
	curl_loop_must(curl_easy_setopt((easy), (option), (value)), #option)

#endif
