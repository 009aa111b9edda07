/*
 * ad_probe: whether the MTA's own resolver gives the AD bit.
 *
 * Postfix asks DNS again by itself for dane and dane-only and believes its
 * resolver's AD bit (RFC 7672 section 2.1). One query with EDNS DO and AD set
 * goes to the servers of resolv.conf, in order, like the C library: the next
 * one is asked when one is silent or answers with an error. The first NOERROR
 * answer decides; only one without AD proves "no". Timeout, SERVFAIL,
 * REFUSED and NXDOMAIN prove nothing.
 *
 * Thread safety: belongs to the thread of its event_base. Limits: as
 * dns_server.h; AD_PROBE_TIMEOUT_MS per server, asked twice in that time.
 * Tests: t/unit/ad_probe.c, t/system/no-ad.t
 */
#ifndef AD_PROBE_H
#define AD_PROBE_H

#include "share/base/err.h"
#include "share/base/hostname.h"

#include <event2/event.h>

#define AD_PROBE_TIMEOUT_MS 2000

enum ad_probe_result { AD_PROBE_YES, AD_PROBE_NO, AD_PROBE_NOTHING };

/*
 * Told once; server (borrowed, ADDR or ADDR@PORT) is whose answer decided, ""
 * where none did. The handle is gone.
 */
typedef void ad_probe_callback(void *arg, enum ad_probe_result result,
    const char *server);

struct ad_probe;

/*
 * Asks each server of resolv_conf (path) in turn for name's SOA and calls cb
 * once (never before it returns). A resolv.conf that is missing or names no
 * server means 127.0.0.1, as for the C library. Gives a handle, or NULL and e
 * where it cannot be read, names nothing that is an address, or no question
 * can be sent (cb is not called then).
 */
struct ad_probe *ad_probe_start(struct event_base *base,
    const char *resolv_conf, const char *name, ad_probe_callback *cb, void *arg,
    struct err *e) MUST_CHECK;

/* Ends a probe whose callback was not called yet; frees. NULL is fine. */
void ad_probe_cancel(struct ad_probe *p);

/*
 * The name to probe, given a trust anchor file: "." where it holds the
 * root, else its first anchor's name. -1 and e where the file cannot be read
 * or holds no anchor.
 */
int ad_probe_name(const char *trust_anchors, char name[HOSTNAME_SIZE],
    struct err *e) MUST_CHECK;

#endif
