/* log_delivery: lines of one message - see log_event.h */
#include "config.h"

#include "reportgen/log_event_part.h"

#include <string.h>

bool
log_take_address(struct log_rest *r, const char **address, size_t *n)
{
	const char *s = r->s;

	*address = s;
	if (s < r->end && *s == '"') {
		for (s++; s < r->end && *s != '"'; s++)
			if (*s == '\\' && ++s == r->end)
				return false;
		if (s == r->end)
			return false;
		s++;
	}
	for (; s < r->end && *s != '>'; s++)
		if (*s == '"' || *s == ' ' || *s == '<')
			return false;
	if (s == r->end)
		return false;
	*n = (size_t)(s - *address);
	r->s = s;
	return true;
}

/* ", NAME=value" without blanks; it need not be there. */
static void
pass_field(struct log_rest *r, const char *name)
{
	struct log_rest at = *r;

	if (!log_take(&at, ", ") || !log_take(&at, name))
		return;
	while (at.s < at.end && *at.s != ',' && *at.s != ' ')
		at.s++;
	*r = at;
}

static bool
ends_with(const struct log_rest *r, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(r->end - r->s) >= n && memcmp(r->end - n, what, n) == 0;
}

/* How TLS ended, by the reason that the client gives. */
static enum log_end
end_of(const struct log_rest *reason)
{
	static const struct {
		const char *text;
		enum log_end end;
	} ends[] = {
		{ "Server certificate not verified", LOG_END_UNVERIFIED },
		{ "Server certificate not trusted", LOG_END_UNVERIFIED },
		{ "TLS is required, but was not offered by host ",
		    LOG_END_NO_STARTTLS },
		{ "TLS is required, but host ", LOG_END_NO_STARTTLS },
		{ "Cannot start TLS: handshake failure", LOG_END_HANDSHAKE },
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct log_rest at = *reason;

		if (log_take(&at, ends[i].text))
			return ends[i].end;
	}
	return LOG_END_OTHER;
}

/*
 * Whether the server answered to MAIL or later. Its own text comes before,
 * so it may only claim this of itself.
 */
static bool
took_mail(const struct log_rest *reason)
{
	static const char *const ends[] = {
		"(in reply to MAIL FROM command)",
		"(in reply to RCPT TO command)",
		"(in reply to DATA command)",
		"(in reply to end of DATA command)",
	};
	struct log_rest at = *reason;

	if (!log_take(&at, "host "))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_with(&at, ends[i]))
			return true;
	return false;
}

/* The peer that "TLS is required, but ..." names. */
static void
take_blamed(const struct log_rest *reason, struct log_peer *peer)
{
	struct log_rest at = *reason;

	if (log_take(&at, "TLS is required, but was not offered by host ") ||
	    log_take(&at, "TLS is required, but host "))
		(void)log_take_peer(&at, peer);
}

/* "status=sent (reason)" */
static bool
take_status(struct log_rest *r, struct log_event *out)
{
	struct log_rest reason;

	if (!log_take(r, ", status="))
		return false;
	out->sent = log_take(r, "sent (");
	if (!out->sent && !log_take(r, "deferred (") &&
	    !log_take(r, "bounced (") && !log_take(r, "undeliverable (") &&
	    !log_take(r, "deliverable (") && !log_take(r, "SOFTBOUNCE ("))
		return false;
	if (r->s == r->end || r->end[-1] != ')')
		return false;
	reason.s = r->s;
	reason.end = r->end - 1;
	out->end = end_of(&reason);
	if (out->end == LOG_END_OTHER && (out->sent || took_mail(&reason)))
		out->end = LOG_END_MAIL;
	return true;
}

/* The domain of an address: what follows its last "@". */
static void
put_domain(struct log_event *out, const char *address, size_t n)
{
	const char *at = memrchr(address, '@', n);

	if (at != NULL)
		log_put_host(out->domain, at + 1,
		    (size_t)(address + n - at - 1));
}

/*
 * "to=<A>, [orig_to=<A>, ]relay=PEER|none, [conn_use=2, ]delay=1, delays=...,
 * [tls=secure, ]dsn=2.0.0, status=sent (...)"
 */
static bool
read_delivery(struct log_rest *r, struct log_event *out)
{
	const char *address, *original;
	size_t n, original_n;
	struct log_rest before;

	if (!log_take(r, "to=<") || !log_take_address(r, &address, &n) ||
	    !log_take(r, ">"))
		return false;
	if (log_take(r, ", orig_to=<") &&
	    (!log_take_address(r, &original, &original_n) || !log_take(r, ">")))
		return false;
	if (!log_take(r, ", relay="))
		return false;
	if (!log_take_peer(r, &out->peer) && !log_take(r, "none"))
		return false;
	before = *r;
	pass_field(r, "conn_use=");
	out->reused = r->s != before.s;
	pass_field(r, "delay=");
	pass_field(r, "delays=");
	pass_field(r, "tls=");
	pass_field(r, "dsn=");
	if (!take_status(r, out))
		return false;
	put_domain(out, address, n);
	out->kind = LOG_DELIVERY;
	return true;
}

void
log_read_queued(struct log_rest *r, struct log_event *out)
{
	struct log_rest at = *r;

	if (read_delivery(&at, out))
		return;
	memset(&out->peer, 0, sizeof(out->peer));
	out->end = end_of(r);
	if (out->end == LOG_END_OTHER)
		return;
	take_blamed(r, &out->peer);
	out->kind = LOG_GIVEN_UP;
}
