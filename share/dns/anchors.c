/* anchors: the trust anchor file - see anchors.h */
#include "config.h"

#include "share/base/text.h"
#include "share/base/xmem.h"
#include "share/dns/anchors.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *
open_file(const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");

	if (f != NULL)
		return f;
	if (errno == ENOENT)
		err_set(e, ERR_NOENT,
		    "trust anchor file %s is missing: install the package "
		    "dns-root-data, or set trust-anchors in [dns]",
		    path);
	else
		err_sys(e, "cannot open trust anchor file %s", path);
	return NULL;
}

/* Keeps the owner's name, once. */
static int
note_name(const ldns_rr *rr, struct anchors *a, struct err *e)
{
	char *text = ldns_rdf2str(ldns_rr_owner(rr));
	size_t n = text != NULL ? strlen(text) : 0;
	int rc = 0;

	if (n > 0 && text[n - 1] == '.')
		text[n - 1] = '\0';
	if (n == 0 || n > HOSTNAME_SIZE) {
		rc = err_set(e, ERR_LIMIT, "a trust anchor's name is too long");
		goto out;
	}
	text_lower(text);
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->name[i], text) == 0)
			goto out;
	a->name = xreallocarray(a->name, a->n + 1, sizeof(*a->name));
	(void)text_copy(a->name[a->n++], HOSTNAME_SIZE, text);
out:
	free(text);
	return rc;
}

/* Reads one record or directive; *more is false at the end of the file. */
static int
read_record(FILE *f, int *line, struct anchors *a, bool *more, struct err *e)
{
	ldns_rr *rr = NULL;
	ldns_status st = ldns_rr_new_frm_fp_l(&rr, f, NULL, NULL, NULL, line);
	int rc = 0;

	*more = feof(f) == 0;
	switch (st) {
	case LDNS_STATUS_SYNTAX_TTL:
	case LDNS_STATUS_SYNTAX_ORIGIN:
	case LDNS_STATUS_SYNTAX_EMPTY:
		return 0;
	case LDNS_STATUS_OK:
		break;
	default:
		return err_set(e, ERR_SYNTAX, "line %d: %s", *line,
		    ldns_get_errorstr_by_id(st));
	}
	if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_DNSKEY ||
	    ldns_rr_get_type(rr) == LDNS_RR_TYPE_DS)
		rc = note_name(rr, a, e);
	ldns_rr_free(rr);
	return rc;
}

int
anchors_list(const char *path, struct anchors *a, struct err *e)
{
	FILE *f = open_file(path, e);
	bool more = true;
	int line = 0, rc = 0; /* ldns counts what it has read */

	memset(a, 0, sizeof(*a));
	if (f == NULL)
		return -1;
	while (rc == 0 && more)
		rc = read_record(f, &line, a, &more, e);
	if (rc == 0 && ferror(f) != 0)
		rc = err_sys(e, "cannot read");
	if (rc == 0 && a->n == 0)
		rc = err_set(e, ERR_SYNTAX, "no DS or DNSKEY record in it");
	if (rc == -1)
		err_wrap(e, "trust anchor file %s", path);
	fclose(f);
	return rc;
}

void
anchors_clear(struct anchors *a)
{
	free(a->name);
	memset(a, 0, sizeof(*a));
}

int
anchors_read(const char *path, char name[HOSTNAME_SIZE], struct err *e)
{
	struct anchors a;
	const char *best;
	int rc = anchors_list(path, &a, e);

	name[0] = '\0';
	if (rc == 0) {
		best = a.name[0];
		for (size_t i = 0; i < a.n; i++)
			if (a.name[i][0] == '\0')
				best = ".";
		(void)text_copy(name, HOSTNAME_SIZE, best);
	}
	anchors_clear(&a);
	return rc;
}
