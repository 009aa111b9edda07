/* tag: what X-TLS-Requirement says, and what it must not say */
#include "config.h"

#include "milter/tag.h"
#include "t/unit/tap.h"

static const struct tag_entry bank = { .domain = "bank.test",
	.strategy = "high",
	.by_domain = true,
	.known = true,
	.level = LEVEL_SECURE,
	.source = SOURCE_MTA_STS };
static const struct tag_entry friend = { .domain = "friend.test",
	.strategy = "default",
	.known = true,
	.level = LEVEL_NOTFOUND };
static const struct tag_entry dane = { .domain = "dane.test",
	.strategy = "default",
	.known = true,
	.level = LEVEL_DANE_ONLY,
	.source = SOURCE_DANE };
static const struct tag_entry unknown = { .domain = "new.test",
	.strategy = "default" };

/* The header for n entries, in a static buffer. */
static const char *
tag(enum conf_tag how, const struct tag_entry *e, size_t n, bool one_domain,
    bool observe)
{
	static char text[TAG_TEXT_MAX + 1];
	struct buf out;

	buf_init(&out, TAG_TEXT_MAX);
	tag_compose(how, e, n, one_domain, observe, &out);
	(void)snprintf(text, sizeof(text), "%s", buf_str(&out));
	buf_clear(&out);
	return text;
}

static void
test_summary(void)
{
	struct tag_entry e[3] = { friend, dane, bank };

	is_str(tag(CONF_TAG_NONE, e, 3, true, false), "", "none: no header");
	is_str(tag(CONF_TAG_SUMMARY, e, 0, true, false), "",
	    "nothing leaves: no header");
	is_str(tag(CONF_TAG_SUMMARY, e, 1, true, false),
	    "level=notfound; source=none", "summary names no domain");
	is_str(tag(CONF_TAG_SUMMARY, e, 3, false, false),
	    "level=dane-only; source=dane", "summary is the strongest");
	is_str(tag(CONF_TAG_SUMMARY, e, 3, false, true),
	    "level=dane-only; source=dane; mode=observe",
	    "observe mode says so");
	e[0] = unknown;
	is_str(tag(CONF_TAG_SUMMARY, e, 3, false, false), "level=pending",
	    "one is not resolved: the strongest is not known");
}

static void
test_full_one_domain(void)
{
	struct tag_entry e[2] = { bank, bank };

	is_str(tag(CONF_TAG_FULL, e, 1, true, false),
	    "domain=bank.test; level=secure; source=mta-sts; strategy=high",
	    "one domain is named, and its strategy");
	is_str(tag(CONF_TAG_FULL, e, 2, true, true),
	    "domain=bank.test; level=secure; source=mta-sts; strategy=high; "
	    "mode=observe",
	    "equal requirements are said once");
	e[1].strategy = "default";
	is_str(tag(CONF_TAG_FULL, e, 2, true, false),
	    "domain=bank.test; level=secure; source=mta-sts; "
	    "strategy=default,\n\t"
	    "domain=bank.test; level=secure; source=mta-sts; strategy=high",
	    "two strategies in one domain");
	e[0] = unknown;
	is_str(tag(CONF_TAG_FULL, e, 1, true, false),
	    "domain=new.test; level=pending; strategy=default",
	    "not resolved yet");
	e[0].domain = e[0].strategy = NULL;
	is_str(tag(CONF_TAG_FULL, e, 1, true, false), "level=pending",
	    "what has no name is not named");
}

static void
test_bcc(void)
{
	struct tag_entry e[3] = { bank, friend, dane };
	const char *text = tag(CONF_TAG_FULL, e, 3, false, false);

	is_str(text,
	    "level=dane-only; source=dane; strategy=default,\n\t"
	    "level=secure; source=mta-sts,\n\t"
	    "level=notfound; source=none; strategy=default",
	    "several domains: no domain, no strategy chosen by domain");
	ok(strstr(text, "high") == NULL && strstr(text, "bank") == NULL,
	    "nothing tells that the bank is among them");
	is_str(tag(CONF_TAG_FULL, &e[0], 1, false, false),
	    "level=secure; source=mta-sts",
	    "the one that leaves, beside a local recipient");
	e[1] = e[2] = bank;
	e[1].domain = "other.test";
	e[1].strategy = "other";
	is_str(tag(CONF_TAG_FULL, e, 3, false, false),
	    "level=secure; source=mta-sts",
	    "what is the same without names is said once");
}

static void
test_many(void)
{
	struct tag_entry e[TAG_ENTRIES_MAX + 3];
	char name[TAG_ENTRIES_MAX + 3][16];
	const char *text;
	size_t i;

	for (i = 0; i < TAG_ENTRIES_MAX + 3; i++) {
		e[i] = friend;
		(void)snprintf(name[i], sizeof(name[i]), "s%02zu", i);
		e[i].strategy = name[i];
	}
	text = tag(CONF_TAG_FULL, e, TAG_ENTRIES_MAX + 3, true, false);
	has_str(text, "strategy=s19,\n\tmore=3", "a long list is cut");
	ok(strstr(text, "s20") == NULL, "after the stated number");
}

int
main(void)
{
	test_summary();
	test_full_one_domain();
	test_bcc();
	test_many();
	return done_testing();
}
