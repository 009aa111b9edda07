/* mail_crew: mails of many reports by several threads - see mail_crew.h */
#include "config.h"

#include "reportgen/mail_crew.h"
#include "reportgen/report_mail.h"
#include "share/base/xmem.h"
#include "share/rpt/tlsrpt_record.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAIL_OCTETS_MAX (160u << 20) /* max-size's largest, as base64 */

struct worker {
	struct mail_crew *crew;
	struct keyring keys;
	pthread_t thread;
};

struct mail_crew {
	struct conf *c;
	int64_t now_s;
	mail_crew_take *take;
	void *ctx;
	struct worker worker[MAIL_CREW_MAX];
	size_t nworkers;
	/* all below under the lock */
	pthread_mutex_t lock;
	pthread_cond_t more, room;
	struct outbox_report *waiting[MAIL_CREW_WAITING]; /* a ring */
	size_t first, n;
	bool ended, failed;
	struct err why;
	size_t mails;
};

/* A report and its texts in one block of memory. */
static struct outbox_report *
copy_report(const struct outbox_report *r)
{
	const char *text[] = { r->id, r->domain, r->submitter, r->record,
		r->missing };
	const char *copy[5];
	size_t size = sizeof(*r) + r->packed_len;
	struct outbox_report *own;
	char *at;

	for (size_t i = 0; i < 5; i++)
		size += strlen(text[i] != NULL ? text[i] : "") + 1;
	own = xmalloc(size);
	*own = *r;
	at = (char *)(own + 1);
	for (size_t i = 0; i < 5; i++) {
		size_t n = strlen(text[i] != NULL ? text[i] : "") + 1;

		memcpy(at, text[i] != NULL ? text[i] : "", n);
		copy[i] = at;
		at += n;
	}
	own->id = copy[0];
	own->domain = copy[1];
	own->submitter = copy[2];
	own->record = copy[3];
	own->missing = copy[4];
	if (r->packed != NULL) {
		memcpy(at, r->packed, r->packed_len);
		own->packed = at;
	}
	return own;
}

/* The next report; NULL at the end. */
static struct outbox_report *
next_report(struct mail_crew *crew)
{
	struct outbox_report *r = NULL;

	pthread_mutex_lock(&crew->lock);
	while (crew->n == 0 && !crew->ended && !crew->failed)
		pthread_cond_wait(&crew->more, &crew->lock);
	if (crew->n > 0 && !crew->failed) {
		r = crew->waiting[crew->first];
		crew->first = (crew->first + 1) % MAIL_CREW_WAITING;
		crew->n--;
		pthread_cond_signal(&crew->room);
	}
	pthread_mutex_unlock(&crew->lock);
	return r;
}

static void
end_report(struct mail_crew *crew, size_t mails, const struct err *failure)
{
	pthread_mutex_lock(&crew->lock);
	crew->mails += mails;
	if (failure != NULL && !crew->failed) {
		crew->failed = true;
		crew->why = *failure;
	}
	if (crew->failed) {
		pthread_cond_broadcast(&crew->more);
		pthread_cond_broadcast(&crew->room);
	}
	pthread_mutex_unlock(&crew->lock);
}

static int
write_mails(struct worker *w, const struct outbox_report *r, struct buf *mail,
    size_t *n, struct err *e)
{
	struct mail_crew *crew = w->crew;
	struct tlsrpt_record record;
	char to[ADDRESS_SIZE];
	int rc = 0;

	*n = 0;
	if (tlsrpt_record_parse(r->record, strlen(r->record), &record) !=
	    TLSRPT_OK)
		return 0; /* nobody to send it to */
	for (size_t i = 0; rc == 0 && i < record.n; i++) {
		if (record.uri[i].scheme != TLSRPT_MAILTO)
			continue;
		(void)address_format(&record.uri[i].address, to);
		buf_reset(mail);
		rc = report_mail_write(crew->c, &w->keys, r, to, crew->now_s,
		    mail, e);
		if (rc == 0)
			rc = crew->take(crew->ctx, r, to, i, mail, e);
		*n += rc == 0;
	}
	tlsrpt_record_clear(&record);
	return rc;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct outbox_report *r;
	struct buf mail;
	struct err e;

	buf_init(&mail, MAIL_OCTETS_MAX);
	while ((r = next_report(w->crew)) != NULL) {
		size_t n;
		int rc = write_mails(w, r, &mail, &n, &e);

		free(r);
		end_report(w->crew, n, rc == -1 ? &e : NULL);
	}
	buf_clear(&mail);
	return NULL;
}

static int
start_workers(struct mail_crew *crew, size_t threads, struct err *e)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (threads == 0)
		threads = processors > 0 ? (size_t)processors : 1;
	if (threads > MAIL_CREW_MAX)
		threads = MAIL_CREW_MAX;
	while (crew->nworkers < threads) {
		struct worker *w = &crew->worker[crew->nworkers];

		w->crew = crew;
		if (keyring_load(&w->keys, crew->c, e) == -1)
			return -1;
		if (pthread_create(&w->thread, NULL, work, w) != 0) {
			keyring_clear(&w->keys);
			return err_set(e, ERR_SYS, "no thread was made");
		}
		crew->nworkers++;
	}
	return 0;
}

struct mail_crew *
mail_crew_start(struct conf *c, size_t threads, int64_t now_s,
    mail_crew_take *take, void *ctx, struct err *e)
{
	struct mail_crew *crew = xcalloc(1, sizeof(*crew));

	crew->c = conf_ref(c);
	crew->now_s = now_s;
	crew->take = take;
	crew->ctx = ctx;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->more, NULL);
	pthread_cond_init(&crew->room, NULL);
	if (start_workers(crew, threads, e) == -1) {
		/* none waits: those that run end at once */
		(void)!mail_crew_end(crew, NULL, NULL);
		return NULL;
	}
	return crew;
}

int
mail_crew_add(struct mail_crew *crew, const struct outbox_report *r,
    struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(&crew->lock);
	while (crew->n == MAIL_CREW_WAITING && !crew->failed)
		pthread_cond_wait(&crew->room, &crew->lock);
	if (crew->failed) {
		rc = err_set(e, crew->why.code, "%s", crew->why.text);
	} else {
		crew->waiting[(crew->first + crew->n++) % MAIL_CREW_WAITING] =
		    copy_report(r);
		pthread_cond_signal(&crew->more);
	}
	pthread_mutex_unlock(&crew->lock);
	return rc;
}

int
mail_crew_end(struct mail_crew *crew, size_t *mails, struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(&crew->lock);
	crew->ended = true;
	pthread_cond_broadcast(&crew->more);
	pthread_mutex_unlock(&crew->lock);
	for (size_t i = 0; i < crew->nworkers; i++) {
		pthread_join(crew->worker[i].thread, NULL);
		keyring_clear(&crew->worker[i].keys);
	}
	for (size_t i = 0; i < crew->n; i++)
		free(crew->waiting[(crew->first + i) % MAIL_CREW_WAITING]);
	if (mails != NULL)
		*mails = crew->mails;
	if (crew->failed)
		rc = err_set(e, crew->why.code, "%s", crew->why.text);
	pthread_cond_destroy(&crew->more);
	pthread_cond_destroy(&crew->room);
	pthread_mutex_destroy(&crew->lock);
	conf_unref(crew->c);
	free(crew);
	return rc;
}
