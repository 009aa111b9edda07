/* policy_line: one exported MTA-STS policy - see policy_line.h */
#include "config.h"

#include "milter/policy_line.h"

#include "share/base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *
string_of(const json_t *o, const char *name, struct err *e)
{
	const json_t *j = json_object_get(o, name);

	/* jansson refuses a NUL in it */
	if (json_is_string(j))
		return json_string_value(j);
	(void)err_set(e, ERR_SYNTAX, "\"%s\" is missing or no string", name);
	return NULL;
}

/* RFC 8461 section 3.1: 1*32(ALPHA / DIGIT) */
static bool
is_id(const char *id)
{
	size_t n = strspn(id,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return n > 0 && n < STS_ID_SIZE && id[n] == '\0';
}

/* "2026-11-21T22:20:33Z", and nothing else. */
static int
read_time(const char *text, int64_t *ms, struct err *e)
{
	char again[32];
	struct tm tm;
	const char *end;
	time_t t;

	memset(&tm, 0, sizeof(tm));
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != '\0')
		return err_set(e, ERR_SYNTAX,
		    "\"fetched\" is no time like 2026-11-21T22:20:33Z");
	t = timegm(&tm);
	/* strptime takes one-digit months and the like, we do not */
	if (t < 0 || strcmp(text_rfc3339(again, sizeof(again), t), text) != 0)
		return err_set(e, ERR_SYNTAX,
		    "\"fetched\" is no time like 2026-11-21T22:20:33Z");
	*ms = (int64_t)t * 1000;
	return 0;
}

static struct sts_policy *
from_object(const json_t *o, int64_t now_ms, struct err *e)
{
	const char *domain, *id, *fetched, *body;
	char name[HOSTNAME_SIZE];
	struct sts_policy *p;
	int64_t ms = 0;

	if (json_integer_value(json_object_get(o, "schema")) != 1) {
		(void)err_set(e, ERR_SYNTAX, "\"schema\" is not 1");
		return NULL;
	}
	domain = string_of(o, "domain", e);
	id = domain != NULL ? string_of(o, "id", e) : NULL;
	fetched = id != NULL ? string_of(o, "fetched", e) : NULL;
	body = fetched != NULL ? string_of(o, "policy", e) : NULL;
	if (body == NULL || read_time(fetched, &ms, e) == -1)
		return NULL;
	if (hostname_normalize(domain, strlen(domain), name, e) == -1 ||
	    hostname_is_address(name, strlen(name), NULL)) {
		(void)err_set(e, ERR_SYNTAX, "\"domain\" is no domain");
		return NULL;
	}
	if (!is_id(id)) {
		(void)err_set(e, ERR_SYNTAX, "\"id\" is no policy id");
		return NULL;
	}
	if (ms > now_ms + POLICY_LINE_FUTURE_MS) {
		(void)err_set(e, ERR_SYNTAX, "\"fetched\" is in the future");
		return NULL;
	}
	p = sts_policy_parse(body, strlen(body), e);
	if (p == NULL) {
		(void)err_wrap(e, "\"policy\"");
		return NULL;
	}
	return sts_policy_stamp(p, name, id, ms);
}

struct sts_policy *
policy_line_read(const char *text, size_t len, int64_t now_ms, struct err *e)
{
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct sts_policy *p = NULL;

	if (json_is_object(o))
		p = from_object(o, now_ms, e);
	else
		(void)err_set(e, ERR_SYNTAX, "no JSON object");
	json_decref(o);
	return p;
}
