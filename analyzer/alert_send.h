/*
 * alert_send: the ways by which alerts are told: mail, webhook, command.
 *
 * Mail goes by [report.deliver] via; it is auto-generated (RFC 3834) and its
 * sender is from-address, else postmaster of the host. The webhook gets a POST
 * of JSON over verified TLS; private addresses need [net] allow. The command
 * is run without a shell, with the same JSON on its input.
 *
 * Blocking, for commands. Thread safety: none. Limits: ALERT_SEND_MS for each
 * way. Tests: t/unit/alert.c, t/system/alert.t
 */
#ifndef ALERT_SEND_H
#define ALERT_SEND_H

#include "share/base/buf.h"
#include "share/conf/conf.h"

#include <stdint.h>

#define ALERT_SEND_MS 60000

/* Appends the mail to one address. */
int alert_mail_write(const struct conf *c, const char *to, const char *text,
    int64_t now_s, struct buf *out, struct err *e) MUST_CHECK;

/*
 * Tells by every way that is configured, text by mail and json by the others.
 * Ways are independent; -1 and e (the last one's) when one failed.
 */
int alert_send(const struct conf *c, const char *text, const char *json,
    int64_t now_s, struct err *e) MUST_CHECK;

/* Whether any way is configured. */
bool alert_has_way(const struct conf *c);

#endif
