/*
 * transport: the ways a report takes, each a struct of functions.
 *
 * A new way is a file and a row in transport.c. A mail way is chosen by the
 * beginning of [report.deliver] via, the other one by the scheme of a
 * destination.
 *
 * A try ends by its callback: accepted, when whoever was asked has taken the
 * report into its keeping; refused for good; or later, for everything that may
 * change, and for what nobody can know (a connection that broke after the last
 * octet). Each try has a deadline of its own.
 *
 * Thread safety: belongs to the thread of the event_base.
 * Tests: t/unit/transport.c, t/system/deliver.t
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "reportgen/keyring.h"
#include "share/base/clock.h"
#include "share/base/log.h"
#include "share/conf/conf.h"
#include "share/dns/dns.h"
#include "share/store/report_outbox.h"

#include <event2/event.h>
#include <stdint.h>

enum transport_result {
	TRANSPORT_ACCEPTED,
	TRANSPORT_REFUSED,
	TRANSPORT_LATER
};

/* The world that a transport is in; everything is borrowed. */
struct transport_env {
	struct event_base *base;
	const struct conf *conf;
	struct keyring *keys;
	const struct dns_resolver *dns;
	const struct clock *clock;
	const struct log *log;
};

/* What is to be brought where; borrowed until the try has ended. */
struct transport_parcel {
	const struct outbox_report *report; /* packed included */
	const char *to;                     /* mail address, or URL */
};

/* why: of what was not accepted, for people; borrowed during the call. */
typedef void transport_callback(void *arg, enum transport_result result,
    const char *why);

/* size_max: what it takes of a whole mail; 0: unknown. */
typedef void transport_probed(void *arg, int64_t size_max, const char *why);

struct transport_kind {
	const char *name;   /* "smtp" */
	const char *prefix; /* of [report.deliver] via; NULL: of no mail */
	/* NULL and e when it cannot be used by this config. */
	void *(*open)(const struct transport_env *env, struct err *e);
	/*
	 * Starts a try and gives its handle for cancel(), or NULL when cb was
	 * called already.
	 */
	void *(*start)(void *ctx, const struct transport_parcel *p,
	    transport_callback *cb, void *arg);
	/* Ends a try whose callback was not called; it will not be. */
	void (*cancel)(void *ctx, void *try);
	/* Asks how large a mail may be, as start(); NULL: nobody knows. */
	void *(*probe)(void *ctx, transport_probed *cb, void *arg);
	/* Nothing is under way: lets go of connections. May be NULL. */
	void (*rest)(void *ctx);
	void (*close)(void *ctx);
};

/* One that is open; kind NULL: there is none. */
struct transport {
	const struct transport_kind *kind;
	void *ctx;
};

extern const struct transport_kind transport_smtp;
extern const struct transport_kind transport_sendmail;
extern const struct transport_kind transport_https;

/*
 * Opens the way of mails that [report.deliver] via names; kind is NULL for
 * "none".
 */
int transport_open_mail(struct transport *t, const struct transport_env *env,
    struct err *e) MUST_CHECK;

/* Whether mails go through a program, which may need more than we have. */
bool transport_runs_program(const struct conf *c);

/* Opens a way. */
int transport_open(struct transport *t, const struct transport_kind *kind,
    const struct transport_env *env, struct err *e) MUST_CHECK;

/* Closes it; tries that are under way end without their callbacks. */
void transport_close(struct transport *t);

/*
 * Writes the mail of a parcel into out, which is initialized here; -1 and e
 * when there is none to be sent now.
 */
int transport_write_mail(const struct transport_env *env,
    const struct transport_parcel *p, struct buf *out,
    struct err *e) MUST_CHECK;

#endif
