/* link_text: answers as links of the trail - see link_text.h */
#include "config.h"

#include "share/policy/link_text.h"
#include "share/base/buf.h"
#include "share/base/text.h"
#include "share/policy/tlsa.h"

#include <stdio.h>
#include <string.h>

#define DATA_MAX 2000
#define TLSA_TEXT_SIZE 160

static void
write_record(const struct dns_answer *a, size_t i, struct buf *out)
{
	char text[TLSA_TEXT_SIZE];

	switch (a->type) {
	case DNS_MX:
		buf_printf(out, "%u %s", a->u.mx[i].preference,
		    a->u.mx[i].host[0] != '\0' ? a->u.mx[i].host : ".");
		break;
	case DNS_TLSA:
		buf_puts(out, tlsa_text(text, sizeof(text), &a->u.tlsa[i]));
		break;
	case DNS_TXT:
		buf_printf(out, "\"%s\"", a->u.txt[i].text);
		break;
	case DNS_A:
	case DNS_AAAA:
		buf_puts(out, a->u.addr[i]);
		break;
	case DNS_CNAME:
	case DNS_SOA:
		break;
	}
}

static void
write_answer(const struct dns_answer *a, struct buf *out)
{
	if (a->canonical != NULL)
		buf_printf(out, "CNAME %s%s", a->canonical,
		    a->n > 0 ? ", " : "");
	for (size_t i = 0; i < a->n; i++) {
		if (i > 0)
			buf_puts(out, ", ");
		write_record(a, i, out);
	}
	if (out->len == 0 && a->security != DNS_UNKNOWN)
		buf_puts(out,
		    a->rcode == DNS_NXDOMAIN ? "no such name" : "no records");
}

void
link_add_answer(struct facts *f, const char *name, enum dns_type type,
    const struct dns_answer *a)
{
	struct facts_link link = { 0 };
	struct buf data;

	if (!f->trail)
		return;
	buf_init(&data, DATA_MAX);
	write_answer(a, &data);
	link.name = (char *)(uintptr_t)name;
	link.type = dns_type_name(type);
	link.status = dns_security_name(a->security);
	link.ttl = a->ttl;
	link.data = (char *)(uintptr_t)buf_str(&data);
	link.why = a->why;
	facts_add_link(f, &link);
	buf_clear(&data);
}

static void
add_policy_link(struct facts *f, const struct sts_answer *a)
{
	const struct sts_policy *p = a->policy;
	struct facts_link link = a->file;
	char data[128], fetched[32];

	if (p != NULL) {
		(void)snprintf(data, sizeof(data), "mode %s, id %s, fetched %s",
		    sts_mode_name(p->mode), sts_policy_id(p),
		    text_rfc3339(fetched, sizeof(fetched),
			p->fetched_ms / 1000));
		link.data = data;
		link.ttl = p->max_age;
	}
	facts_add_link(f, &link);
}

void
link_add_sts(struct facts *f, const struct sts_answer *a)
{
	struct facts_link txt = a->txt;
	char name[HOSTNAME_SIZE + 16];

	if (!f->trail)
		return;
	if (txt.type != NULL) {
		(void)snprintf(name, sizeof(name), "_mta-sts.%s",
		    f->nexthop.name);
		txt.name = name;
		facts_add_link(f, &txt);
	}
	if (a->file.type != NULL)
		add_policy_link(f, a);
}
