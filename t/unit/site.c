/* site: pages that hold whatever strangers wrote, and run none of it */
#include "config.h"

#include "analyzer/site.h"
#include "share/base/buf.h"
#include "share/base/xmem.h"
#include "t/unit/tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TODAY INT64_C(20000)
#define EVIL "</title><script>alert(1)</script>\" onload='x'&\xff\x01"

static char dir[] = "/tmp/site-XXXXXX";
static char path[64], pages[64];
static struct analysis_store store;

static void
put(int64_t day, const char *sender, const char *id, const char *domain,
    const char *mx, int64_t good, int64_t bad)
{
	struct analysis_failure f = { .result = "certificate-expired",
		.mx = mx,
		.reason = EVIL,
		.sessions = bad };
	struct analysis_policy p = { .type = "sts",
		.domain = domain,
		.mail_domain = domain,
		.strings = "version: STSv1\nmode: enforce\n" EVIL,
		.mx = mx,
		.success = good,
		.failure = bad,
		.failures = &f,
		.nfailures = bad > 0 };
	struct analysis_report r = { .organization = sender,
		.report_id = id,
		.begin = day * ANALYSIS_DAY,
		.end = (day + 1) * ANALYSIS_DAY,
		.trust = ANALYSIS_VERIFIED,
		.success = good,
		.failure = bad,
		.details = bad,
		.ndetails = bad > 0,
		.npolicies = 1,
		.policies = &p };
	enum analysis_put what;
	struct err e;

	if (store.begin(store.ctx, &e) == -1 ||
	    store.put(store.ctx, &r, &what, NULL, &e) == -1 ||
	    store.commit(store.ctx, &e) == -1) {
		diag("%s", e.text);
		abort();
	}
}

static char *
slurp(const char *name)
{
	char *file = xasprintf("%s/%s", pages, name);
	char piece[4096];
	struct buf b;
	ssize_t n;
	char *text;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	buf_init(&b, 1 << 24);
	while (fd != -1 && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(&b, piece, (size_t)n);
	if (fd != -1)
		close(fd);
	free(file);
	text = xstrdup(buf_str(&b));
	buf_clear(&b);
	return text;
}

/* Every page, by the rules that hold for each. Returns how many. */
static int
check_pages(void)
{
	DIR *d = opendir(pages);
	const struct dirent *de;
	int n = 0;

	while (d != NULL && (de = readdir(d)) != NULL) {
		xmlDoc *doc;
		char *s;

		if (de->d_name[0] == '.')
			continue;
		n++;
		s = slurp(de->d_name);
		doc = xmlReadMemory(s, (int)strlen(s), de->d_name, NULL,
		    XML_PARSE_NONET | XML_PARSE_NOERROR);
		ok(doc != NULL, "%s is well-formed", de->d_name);
		xmlFreeDoc(doc);
		ok(strstr(s, "<script") == NULL, "no script in it");
		ok(strstr(s, " onload='x'") == NULL ||
			strstr(s, "&lt;script") != NULL,
		    "no attribute of a stranger");
		ok(strstr(s, "http://") == NULL && strstr(s, "src=") == NULL,
		    "nothing from outside");
		has_str(s, "default-src 'none'", "and it says so");
		free(s);
	}
	if (d != NULL)
		closedir(d);
	return n;
}

static void
test_site(void)
{
	const struct analysis_filter f = { .since = TODAY - 9,
		.until = TODAY + 1 };
	struct site_stats stats;
	struct err e = { 0 };
	char *s, *mine = xasprintf("%s/d-mine.txt", pages);
	char *old = xasprintf("%s/f-0123.html", pages);

	is_int(mkdir(pages, 0755), 0, "a directory that is there");
	close(open(mine, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	close(open(old, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	is_int(site_write(pages, &store, &f, TODAY * 86400, &stats, &e), 0,
	    "written %s", e.text);
	is_int(stats.domains, 2, "two domains");
	is_int(stats.failures, 2, "two failures");
	is_int(stats.removed, 1, "a page of what is no more is gone");
	is_int(access(mine, F_OK), 0, "what is not ours stays");
	(void)unlink(mine);
	is_int(check_pages(), 5, "five pages");
	s = slurp("index.html");
	has_str(s, "<b>90.00 %</b>", "the rate");
	has_str(s, "d-example.org.html", "a link to the domain");
	has_str(s, "2024-09-26: 200 sessions, 20 failed", "a bar's title");
	free(s);
	s = slurp("d-example.org.html");
	has_str(s, "mode: enforce", "the policy that is held");
	free(s);
	is_int(site_write(pages, &store, &f, TODAY * 86400, &stats, &e), 0,
	    "again");
	is_int(stats.removed, 0, "the same names");
	is_int(site_write("/nonexistent/x", &store, &f, 0, &stats, &e), -1,
	    "a directory that cannot be made");
	has_str(e.text, "/nonexistent/x", "is named");
	free(mine);
	free(old);
}

/* A domain may be longer than a file's name, and a stranger's report has it. */
static void
test_long(void)
{
	struct analysis_filter f = { .since = TODAY - 30, .until = TODAY };
	char label[64] = "", domain[256];
	struct site_stats stats;
	struct err e;

	memset(label, 'a', 60);
	(void)snprintf(domain, sizeof(domain), "%s.%s.%s.%s.test", label, label,
	    label, label);
	put(TODAY - 3, "Long", "1", domain, "mx.example.org", 1, 0);
	is_int(site_write(pages, &store, &f, TODAY * 86400, &stats, &e), 0,
	    "a domain of %zu octets", strlen(domain));
}

/* The directory may be the web server's, and we may be root. */
static void
test_link(void)
{
	struct analysis_filter f = { .since = TODAY - 30, .until = TODAY };
	char *link = xasprintf("%s/.index.html.new", pages);
	char *victim = xasprintf("%s/victim", dir);
	int fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct site_stats stats;
	struct stat st;
	struct err e;

	is_int(write(fd, "precious", 8), 8, "a file of somebody else");
	close(fd);
	is_int(symlink(victim, link), 0, "a link to it");
	is_int(site_write(pages, &store, &f, TODAY * 86400, &stats, &e), 0,
	    "a site is written there");
	is_int(stat(victim, &st), 0, "where it leads");
	is_int(st.st_size, 8, "nothing is written");
	free(victim);
	free(link);
}

int
main(void)
{
	const struct analysis_limits limits = { .wait_ms = 1000 };
	char *clean;
	struct err e;

	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/a.db", dir);
	(void)snprintf(pages, sizeof(pages), "%s/www", dir);
	if (analysis_sqlite_open(path, &limits, &store, &e) == -1)
		return 1;
	put(TODAY - 8, "Big", "1", "example.org", "mx.example.org", 90, 10);
	put(TODAY - 8, EVIL, EVIL, EVIL, EVIL, 90, 10);
	test_site();
	test_link();
	test_long();
	store.free(store.ctx);
	clean = xasprintf("rm -rf %s", dir);
	if (system(clean) != 0)
		diag("%s stays", dir);
	free(clean);
	return done_testing();
}
