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

static void
transfer_done(void *private, CURLcode code)
{
	struct http_transfer *t = private;

	LIST_REMOVE(t, next);
	http_transfer_finish(t, code);
	http_transfer_free(t);
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
	curl_loop_add(&h->loop, t->easy);
	return t;
}

static void
cancel_transfer(void *ctx, struct http_transfer *t)
{
	struct http_curl *h = ctx;

	curl_loop_remove(&h->loop, t->easy);
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
	h = xcalloc(1, sizeof(*h));
	curl_loop_init(&h->loop, base, transfer_done);
	h->ca_file = xstrdup(ca_file);
	h->filter = filter;
	h->port = port;
	h->iface.get = start_get;
	h->iface.cancel = cancel_transfer;
	h->iface.ctx = h;
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
	curl_loop_clear(&h->loop);
	addr_filter_free(h->filter);
	free(h->ca_file);
	free(h);
}

const struct http_client *
http_curl_iface(struct http_curl *h)
{
	return &h->iface;
}
