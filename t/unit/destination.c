/* destination: where a report goes - see reportgen/destination.h */
#include "config.h"

#include "reportgen/destination.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <unistd.h>

#define T0 INT64_C(1700000000)
#define DAY 86400

static char dir[] = "/tmp/destination-XXXXXX";
static struct err e;

static void
update(struct destinations *d, const char *text, bool https)
{
	struct tlsrpt_record record = { 0 };

	if (tlsrpt_record_parse(text, strlen(text), &record) != TLSRPT_OK)
		fail("a record: %s", text);
	destinations_update(d, &record, https, T0);
	tlsrpt_record_clear(&record);
}

/* "URI TARGET FATE, ..." */
static const char *
text_of(const struct destinations *d)
{
	static const char fates[] = "parsc";
	static char text[2048];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < d->n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s %c",
		    i > 0 ? ", " : "", d->at[i].uri, d->at[i].target,
		    fates[d->at[i].fate]);
	return text;
}

static void
test_update(void)
{
	struct destinations d = { 0 };

	update(&d,
	    "v=TLSRPTv1;rua=mailto:A@B.Test,https://Rua.test:8443/x?y,"
	    "mailto:%22a%20b%22@b.test",
	    true);
	is_str(text_of(&d),
	    "mailto:A@b.test A@b.test p, "
	    "https://Rua.test:8443/x?y rua.test p, "
	    "mailto:\"a b\"@b.test \"a b\"@b.test p",
	    "addresses in normal form");
	is_str(destination_to(&d.at[0]), "A@b.test", "an address");
	is_str(destination_to(&d.at[1]), "https://Rua.test:8443/x?y", "a URL");
	is_int(destinations_state(&d), OUTBOX_GOING, "pending");
	destination_settle(&d.at[0], OUTBOX_ACCEPTED, NULL, T0);
	update(&d, "v=TLSRPTv1;rua=mailto:new@b.test", true);
	is_str(text_of(&d),
	    "mailto:A@b.test A@b.test a, "
	    "https://Rua.test:8443/x?y rua.test r, "
	    "mailto:\"a b\"@b.test \"a b\"@b.test r, "
	    "mailto:new@b.test new@b.test p",
	    "what is not named any more is given up while it is pending");
	has_str(d.at[1].error, "does not name it", "and says so");
	destination_settle(&d.at[3], OUTBOX_REFUSED, "550", T0);
	is_int(destinations_state(&d), OUTBOX_SENT, "one took it");
	destinations_clear(&d);
	is_int(destinations_state(&d), OUTBOX_FAILED, "nobody took it");
	update(&d, "v=TLSRPTv1;rua=https://rua.test/,https://a_b-.test/",
	    false);
	is_str(text_of(&d),
	    "https://rua.test/ rua.test r, https://a_b-.test/  r",
	    "https that is off, and a URL without a host name");
	has_str(d.at[0].error, "https is off", "says why");
	ok(d.at[1].error != NULL, "says why: %s", d.at[1].error);
	destinations_clear(&d);
}

static void
test_later(void)
{
	struct destinations d = { 0 };
	struct destination *to = &d.at[0];

	update(&d, "v=TLSRPTv1;rua=mailto:a@b.test", true);
	to->tries = 1;
	to->first_s = T0;
	destination_later(to, "id", "450 later", T0, DAY);
	ok(to->fate == OUTBOX_PENDING && to->next_s > T0, "later");
	is_str(to->error, "450 later", "says why");
	destination_later(to, "id", "450 again", T0 + DAY, DAY);
	is_int(to->fate, OUTBOX_REFUSED, "its time is over");
	is_int(to->settled_s, T0 + DAY, "since then");
	is_str(to->error, "450 again", "says why");
	destinations_clear(&d);
}

static void
test_limit(void)
{
	struct destinations d = { 0 };
	char text[2000] = "v=TLSRPTv1;rua=mailto:a0@b.test";

	for (int i = 1; i < OUTBOX_URIS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    ",mailto:a%d@b.test", i);
	update(&d, text, true);
	is_int(d.n, OUTBOX_URIS_MAX, "as many as there may be");
	update(&d, "v=TLSRPTv1;rua=mailto:z@b.test", true);
	is_int(d.n, OUTBOX_URIS_MAX, "no room for one more");
	is_int(destinations_state(&d), OUTBOX_FAILED, "and no harm");
	destinations_clear(&d);
}

static void
test_store(void)
{
	struct destinations d = { 0 }, again = { 0 };
	struct report_db *db;
	char path[64], command[64], was[512];

	snprintf(path, sizeof(path), "%s/report.db", dir);
	db = report_db_open(path, &e);
	if (db == NULL) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	update(&d, "v=TLSRPTv1;rua=mailto:a@b.test,https://c.test/", true);
	destination_settle(&d.at[0], OUTBOX_REFUSED, "550 no", T0 + 1);
	is_int(destinations_save(&d, db, 7, &e), 0, "saved %s", e.text);
	snprintf(was, sizeof(was), "%s", text_of(&d));
	is_int(destinations_load(&again, db, 7, &e), 0, "loaded %s", e.text);
	is_str(text_of(&again), was, "the same");
	is_str(again.at[0].error, "550 no", "its error");
	ok(again.at[1].error == NULL && again.at[1].https, "and the other");
	destinations_saved(&d);
	destination_settle(&d.at[1], OUTBOX_CAPPED, NULL, T0);
	d.at[0].fate = OUTBOX_ACCEPTED; /* not told of */
	is_int(destinations_save(&d, db, 7, &e), 0, "saved");
	destinations_clear(&again);
	is_int(destinations_load(&again, db, 7, &e), 0, "loaded");
	is_str(text_of(&again),
	    "mailto:a@b.test a@b.test r, https://c.test/ c.test c",
	    "only what has changed is written");
	destinations_clear(&again);
	destinations_clear(&d);
	report_db_close(db);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ok(system(command) == 0, "cleaned up");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_update();
	test_later();
	test_limit();
	test_store();
	return done_testing();
}
