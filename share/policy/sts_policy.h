/*
 * sts_policy: an MTA-STS policy (RFC 8461 section 3.2), parsed and written.
 *
 * Nothing of a policy file is ever passed on as it came: replies, store and
 * logs are written from this struct.
 *
 * Choices beyond the RFC: empty lines are skipped, a max_age above the
 * RFC's largest is capped, mx patterns that are no host names (U-labels and
 * address literals among them) are dropped one by one.
 *
 * Thread safety: immutable once stamped; references may be taken and dropped
 * by every thread. Limits: STS_TEXT_MAX octets, STS_MX_MAX patterns (more:
 * invalid); a file may have STS_BODY_MAX, which who fetches it sees to.
 * Tests: t/unit/sts_policy.c, t/fuzz/fuzz_sts_policy.c
 */
#ifndef STS_POLICY_H
#define STS_POLICY_H

#include "share/base/buf.h"
#include "share/base/hostname.h"
#include "share/policy/sts_record.h"

#include <stdbool.h>
#include <stdint.h>

#define STS_BODY_MAX (64 * 1024)
/* What is read is written again with a blank per line, and must be legible. */
#define STS_TEXT_MAX (STS_BODY_MAX + 512)
#define STS_MX_MAX 256
#define STS_MAX_AGE_MAX 31557600

enum sts_mode { STS_ENFORCE, STS_TESTING, STS_NONE };

/* One block, since many are kept; the text is read by functions below. */
struct sts_policy {
	unsigned refs;
	uint32_t max_age;   /* seconds */
	int64_t fetched_ms; /* wall clock */
	uint32_t stamp_at;  /* in text: domain, id */
	uint16_t nmx;
	enum sts_mode mode : 8;
	char text[]; /* mx patterns, domain, id; each ends in a NUL */
};

/*
 * Parses a policy body. Gives a policy with one reference, domain and id ""
 * and fetched_ms 0; or NULL and e, which says what is wrong.
 */
struct sts_policy *sts_policy_parse(const char *body, size_t len,
    struct err *e) MUST_CHECK;

/*
 * Fills in whose policy it is and when it was fetched. Takes p, of which
 * there must be no other reference, and gives what it became.
 */
struct sts_policy *sts_policy_stamp(struct sts_policy *p, const char *domain,
    const char *id, int64_t fetched_ms) MUST_CHECK;

/* The policy domain. */
const char *sts_policy_domain(const struct sts_policy *p);

/* The TXT id that it was fetched under. */
const char *sts_policy_id(const struct sts_policy *p);

/* When it ends, ms of the wall clock: fetched_ms and max_age. */
int64_t sts_policy_expires(const struct sts_policy *p);

/*
 * The first of nmx patterns, "host" or "*.host" in normal form, without
 * repeats; to be read only where nmx is not 0.
 */
const char *sts_policy_mx(const struct sts_policy *p);

/* The pattern that follows mx; to be read only where there is one. */
const char *sts_policy_next_mx(const char *mx);

/* Takes one more reference; returns p. */
struct sts_policy *sts_policy_ref(struct sts_policy *p);

/* Gives one reference back; NULL is fine. */
void sts_policy_unref(struct sts_policy *p);

/* Appends the canonical body: version, mode, mx..., max_age. */
void sts_policy_write(const struct sts_policy *p, struct buf *out);

/* Whether two policies say the same (mode, max_age, patterns in order). */
bool sts_policy_same(const struct sts_policy *a, const struct sts_policy *b);

/* Whether host (normal form) fits a pattern (RFC 8461 section 4.1). */
bool sts_policy_covers(const struct sts_policy *p, const char *host);

/* "enforce", "testing", "none". */
const char *sts_mode_name(enum sts_mode mode);

#endif
