/* steps_dns: the steps that write the DNS of a scenario - see steps.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "t/policy/samples.h"
#include "t/policy/steps.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	enum scripted_status status;
} statuses[] = {
	{ "secure", SCRIPTED_SECURE },
	{ "insecure", SCRIPTED_INSECURE },
	{ "bogus", SCRIPTED_BOGUS },
	{ "servfail", SCRIPTED_SERVFAIL },
	{ "dead", SCRIPTED_DEAD },
	{ "never", SCRIPTED_NEVER },
};

static const enum dns_type types[] = { DNS_A, DNS_CNAME, DNS_SOA, DNS_MX,
	DNS_TXT, DNS_AAAA, DNS_TLSA };

static int
read_status(const char *word, enum scripted_status *status, struct err *e)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(word, statuses[i].word) == 0) {
			*status = statuses[i].status;
			return 0;
		}
	return err_set(e, ERR_SYNTAX, "\"%s\" is no status", word);
}

static int
read_type(const char *word, enum dns_type *type, struct err *e)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(word, dns_type_name(types[i])) == 0) {
			*type = types[i];
			return 0;
		}
	return err_set(e, ERR_SYNTAX, "\"%s\" is no type", word);
}

/* "" for the root. */
static const char *
zone_name(const char *word)
{
	return strcmp(word, ".") == 0 ? "" : word;
}

static int
run_zone(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	enum scripted_status status;
	int64_t delay = 0;

	if (read_status(a[2], &status, e) == -1)
		return -1;
	if (a[3] != NULL) {
		delay = steps_duration(a[3] + (a[3][0] == '+'), e);
		if (delay == -1)
			return -1;
	}
	scripted_set_zone(&w->dns, zone_name(a[1]), status, delay);
	return 0;
}

/* ---- records ---- */

static void *
grow(struct scripted_record *r, size_t size)
{
	struct dns_answer *a = &r->data;
	char *list = (char *)a->u.mx;

	list = xreallocarray(list, a->n + 1, size);
	memset(list + a->n * size, 0, size);
	a->u.mx = (void *)list;
	return list + a->n++ * size;
}

/* "10 mx.example", "0 ." */
static int
add_mx(struct scripted_record *r, char *const *a, struct err *e)
{
	struct dns_mx *mx;
	int64_t preference;

	if (a[0] == NULL || a[1] == NULL)
		return err_set(e, ERR_SYNTAX, "MX needs two words");
	preference = steps_number(a[0], e);
	if (preference == -1)
		return -1;
	mx = grow(r, sizeof(*mx));
	mx->preference = (uint16_t)preference;
	(void)text_copy(mx->host, sizeof(mx->host),
	    strcmp(a[1], ".") == 0 ? "" : a[1]);
	return 2;
}

/* "3 1 1 sha256" */
static int
add_tlsa(struct scripted_record *r, char *const *a, struct err *e)
{
	uint8_t der[SAMPLES_DER_MAX];
	struct dns_tlsa *t;
	int len;

	for (int i = 0; i < 4; i++)
		if (a[i] == NULL)
			return err_set(e, ERR_SYNTAX, "TLSA needs four words");
	len = samples_tlsa(a[3], der);
	if (len == -1)
		return err_set(e, ERR_SYNTAX, "\"%s\" is no TLSA data", a[3]);
	t = grow(r, sizeof(*t));
	t->usage = (uint8_t)steps_number(a[0], e);
	t->selector = (uint8_t)steps_number(a[1], e);
	t->mtype = (uint8_t)steps_number(a[2], e);
	t->len = (uint16_t)len;
	t->data = xmalloc((size_t)len);
	memcpy(t->data, der, (size_t)len);
	return 4;
}

static int
add_other(struct scripted_record *r, char *const *a, struct err *e)
{
	struct dns_txt *txt;
	char(*addr)[46];

	if (a[0] == NULL)
		return err_set(e, ERR_SYNTAX, "data is missing");
	switch (r->type) {
	case DNS_TXT:
		txt = grow(r, sizeof(*txt));
		txt->text = xstrdup(a[0]);
		txt->len = strlen(a[0]);
		return 1;
	case DNS_CNAME:
		free(r->data.canonical);
		r->data.canonical = xstrdup(a[0]);
		r->data.n = 1;
		return 1;
	case DNS_SOA:
		r->data.n = 1;
		return 1;
	default:
		addr = grow(r, sizeof(*addr));
		return text_copy(*addr, sizeof(*addr), a[0]) == 0 ? 1 : -1;
	}
}

/* Records one after another, until the words end. */
static int
add_data(struct scripted_record *r, char *const *a, struct err *e)
{
	while (*a != NULL) {
		int used;

		if (strcmp(*a, "nxdomain") == 0 || strcmp(*a, "nodata") == 0) {
			r->nxdomain = strcmp(*a, "nxdomain") == 0;
			a++;
			continue;
		}
		if (r->type == DNS_MX)
			used = add_mx(r, a, e);
		else if (r->type == DNS_TLSA)
			used = add_tlsa(r, a, e);
		else
			used = add_other(r, a, e);
		if (used == -1)
			return -1;
		a += used;
	}
	return 0;
}

/* ttl=300, via=NAME and +500ms, in any order, before the data. */
static int
read_options(struct scripted_record *r, char *const **at, struct err *e)
{
	char *const *a = *at;
	int64_t n;

	for (; *a != NULL; a++) {
		if (strncmp(*a, "ttl=", 4) == 0) {
			n = steps_number(*a + 4, e);
			r->ttl = (uint32_t)n;
		} else if (strncmp(*a, "via=", 4) == 0) {
			free(r->data.canonical);
			r->data.canonical = xstrdup(*a + 4);
			n = 0;
		} else if (**a == '+') {
			n = steps_duration(*a + 1, e);
			r->delay_ms = n;
		} else {
			break;
		}
		if (n == -1)
			return -1;
	}
	*at = a;
	return 0;
}

static struct scripted_record *
new_record(const char *name, enum dns_type type, enum scripted_status status)
{
	struct scripted_record *r = xcalloc(1, sizeof(*r));

	r->name = xstrdup(name);
	r->type = type;
	r->status = status;
	r->ttl = SCRIPTED_TTL;
	return r;
}

/* dns NAME TYPE STATUS [ttl=N] [+DELAY] DATA... */
static int
run_dns(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	char *const *data = a + 4;
	enum scripted_status status;
	struct scripted_record *r;
	enum dns_type type;

	if (read_type(a[2], &type, e) == -1 ||
	    read_status(a[3], &status, e) == -1)
		return -1;
	r = new_record(zone_name(a[1]), type, status);
	if (read_options(r, &data, e) == -1 || add_data(r, data, e) == -1) {
		scripted_record_free(r);
		return -1;
	}
	scripted_set_record(&w->dns, r);
	return 0;
}

/* mx DOMAIN STATUS HOST...: preferences 10, 20, ... */
static int
run_mx(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	enum scripted_status status;
	struct scripted_record *r;

	if (read_status(a[2], &status, e) == -1)
		return -1;
	r = new_record(a[1], DNS_MX, status);
	for (size_t i = 3; a[i] != NULL; i++) {
		struct dns_mx *mx = grow(r, sizeof(*mx));

		mx->preference = (uint16_t)((i - 2) * 10);
		(void)text_copy(mx->host, sizeof(mx->host), a[i]);
	}
	scripted_set_record(&w->dns, r);
	return 0;
}

static int
set_tlsa(struct world *w, const char *host, const char *what, struct err *e)
{
	static char *const usable[] = { (char *)"3", (char *)"1", (char *)"1",
		(char *)"sha256", NULL };
	static char *const unusable[] = { (char *)"0", (char *)"0", (char *)"1",
		(char *)"sha256", NULL };
	char *name = xasprintf("_25._tcp.%s", host);
	enum scripted_status status = SCRIPTED_SECURE;
	struct scripted_record *r;
	int rc = 0;

	if (strncmp(what, "tlsa-", 5) == 0)
		rc = read_status(what + 5, &status, e);
	r = new_record(name, DNS_TLSA, status);
	if (rc == 0)
		rc = add_data(r,
		    strcmp(what, "unusable") == 0 ? unusable : usable, e);
	scripted_set_record(&w->dns, r);
	free(name);
	return rc;
}

/* host NAME STATUS [tlsa|unusable|tlsa-STATUS] */
static int
run_host(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	enum scripted_status status;
	struct scripted_record *r;

	if (read_status(a[2], &status, e) == -1)
		return -1;
	r = new_record(a[1], DNS_A, status);
	if (text_copy(*(char(*)[46])grow(r, 46), 46, "192.0.2.1") == -1)
		abort();
	scripted_set_record(&w->dns, r);
	return a[3] != NULL ? set_tlsa(w, a[1], a[3], e) : 0;
}

static int
run_forget(struct world *w, const struct step_line *l, struct err *e)
{
	char *const *a = l->words->word;
	enum dns_type type = 0;

	if (a[2] != NULL && read_type(a[2], &type, e) == -1)
		return -1;
	scripted_forget(&w->dns, a[1], type);
	return 0;
}

static int
run_resolver(struct world *w, const struct step_line *l, struct err *e)
{
	const char *word = l->words->word[1];

	w->dns.dead = strcmp(word, "dead") == 0;
	if (!w->dns.dead && strcmp(word, "alive") != 0)
		return err_set(e, ERR_SYNTAX, "dead or alive");
	return 0;
}

const struct step steps_dns[] = {
	{ "zone", 2, run_zone },
	{ "dns", 3, run_dns },
	{ "mx", 2, run_mx },
	{ "host", 2, run_host },
	{ "forget", 1, run_forget },
	{ "resolver", 1, run_resolver },
	{ NULL, 0, NULL },
};
