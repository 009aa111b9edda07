/* policy_mode: the mode of a domain's policy - see policy_mode.h */
#include "config.h"

#include "analyzer/policy_mode.h"

#include "share/base/text.h"
#include "share/base/xmem.h"

#include <stdlib.h>
#include <string.h>

enum advice_mode
policy_mode_parse(const char *strings)
{
	/* RFC 8461 section 3.2: "mode: enforce", white space as it likes */
	for (const char *p = strings; p != NULL && *p != '\0';) {
		if (text_starts_nocase(p, "mode")) {
			const char *v = p + 4 + strspn(p + 4, " \t");

			if (*v == ':') {
				v += 1 + strspn(v + 1, " \t");
				if (text_starts_nocase(v, "enforce"))
					return ADVICE_MODE_ENFORCE;
				if (text_starts_nocase(v, "testing"))
					return ADVICE_MODE_TESTING;
			}
		}
		p = strchr(p, '\n');
		if (p != NULL)
			p++;
	}
	return ADVICE_MODE_UNKNOWN;
}

static bool
take(void *arg, const struct analysis_held *h)
{
	struct policy_modes *m = arg;
	size_t i = 0;

	if (policy_mode_parse(h->strings) == ADVICE_MODE_UNKNOWN)
		return true;
	while (i < m->n && strcmp(m->item[i].domain, h->mail_domain) != 0)
		i++;
	if (i == m->n && m->n == POLICY_MODES_MAX)
		return false;
	if (i == m->n) {
		if (m->n == m->cap) {
			m->cap = m->cap == 0 ? 16 : 2 * m->cap;
			m->item =
			    xreallocarray(m->item, m->cap, sizeof(*m->item));
		}
		m->item[m->n].domain = xstrdup(h->mail_domain);
		m->item[m->n++].last_day = INT64_MIN;
	}
	if (h->last_day >= m->item[i].last_day) {
		m->item[i].last_day = h->last_day;
		m->item[i].mode = policy_mode_parse(h->strings);
	}
	return true;
}

int
policy_modes_read(struct policy_modes *m, struct analysis_store *s,
    const struct analysis_filter *f, struct err *e)
{
	struct analysis_filter sts = *f;

	sts.type = "sts";
	sts.mx = sts.result = NULL;
	return s->held(s->ctx, &sts, take, m, e);
}

enum advice_mode
policy_modes_of(const struct policy_modes *m, const char *domain)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->item[i].domain, domain) == 0)
			return m->item[i].mode;
	return ADVICE_MODE_UNKNOWN;
}

void
policy_modes_clear(struct policy_modes *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->item[i].domain);
	free(m->item);
	memset(m, 0, sizeof(*m));
}
