/* datagram: libtlsrpt's octets, and the socket - share/rpt/datagram.h */
#include "config.h"

#include "share/base/text.h"
#include "share/rpt/datagram.h"
#include "t/unit/tap.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RECORD "v=TLSRPTv1; rua=mailto:r@self.test"

static void
is_json(const struct datagram *d, bool version, const char *want,
    const char *what)
{
	struct buf out;

	buf_init(&out, DATAGRAM_MAX);
	datagram_write(d, version, &out);
	is_str(buf_str(&out), want, "%s", what);
	buf_clear(&out);
}

/* As Postfix of Debian trixie (libtlsrpt 0.5.0rc1) and sid (0.5.1) send it. */
static void
test_postfix(void)
{
	static const struct datagram_failure failure = {
		DATAGRAM_VALIDATION_FAILURE, "127.0.0.1", "mx.self.test",
		"250-mx.self.test\r\n250 STARTTLS", "127.1.0.2", NULL,
		"self-signed_certificate"
	};
	static const struct datagram_policy policy = {
		.type = DATAGRAM_NO_POLICY_FOUND,
		.domain = "self.test",
		.failures = &failure,
		.nfailures = 1,
		.failed = true
	};
	static const struct datagram d = { "self.test", RECORD, &policy, 1 };
	static const char rest[] =
	    "\"d\": \"self.test\",\"pr\": \"" RECORD "\",\"policies\":["
	    "{\"policy-type\":9,\"policy-domain\": \"self.test\","
	    "\"failure-details\":[{\"c\":205,\"s\": \"127.0.0.1\","
	    "\"n\": \"mx.self.test\","
	    "\"h\": \"250-mx.self.test\\r\\n250 STARTTLS\","
	    "\"r\": \"127.1.0.2\",\"f\": \"self-signed_certificate\"}],"
	    "\"t\":1,\"f\":1}]}";
	char want[1024];
	struct buf out;

	snprintf(want, sizeof(want), "{%s", rest);
	is_json(&d, false, want, "without a version");
	snprintf(want, sizeof(want), "{\"dpv\": \"1\",%s", rest);
	is_json(&d, true, want, "with one");
	snprintf(want, sizeof(want), "{\"dpv\": \"1\",%.*s,\"x-exact\":1}",
	    (int)(strlen(rest) - 1), rest);
	buf_init(&out, DATAGRAM_MAX);
	datagram_write_exact(&d, &out);
	is_str(buf_str(&out), want, "proven");
	buf_clear(&out);
}

static void
test_success(void)
{
	static const char *const strings[] = { "version: STSv1",
		"mode: enforce", "mx: *.good.test", "max_age: 86400" };
	static const char *const mx[] = { "*.good.test", "mx.test" };
	static const struct datagram_policy policies[] = {
		{ .type = DATAGRAM_STS,
		    .domain = "good.test",
		    .strings = strings,
		    .nstrings = 4,
		    .mx = mx,
		    .nmx = 2 },
		{ .type = DATAGRAM_TLSA },
	};
	static const struct datagram d = { "good.test", RECORD, policies, 2 };

	is_json(&d, true,
	    "{\"dpv\": \"1\",\"d\": \"good.test\",\"pr\": \"" RECORD
	    "\",\"policies\":[{\"policy-type\":2,\"policy-domain\": "
	    "\"good.test\",\"policy-string\":[\"version: STSv1\","
	    "\"mode: enforce\",\"mx: *.good.test\",\"max_age: 86400\"],"
	    "\"mx-host\":[\"*.good.test\",\"mx.test\"],\"t\":0,\"f\":0},"
	    "{\"policy-type\":1,\"t\":0,\"f\":0}]}",
	    "two policies, one with nothing but its type");
}

static void
test_fetch_error(void)
{
	static const struct datagram_failure failures[] = {
		{ .code = DATAGRAM_STS_POLICY_FETCH_ERROR,
		    .additional = "https://e.test/",
		    .reason = "HTTP status 404, not 200" },
		{ .code = DATAGRAM_DNSSEC_INVALID }
	};
	static const struct datagram_policy policy = { .type = DATAGRAM_STS,
		.domain = "e.test",
		.failures = failures,
		.nfailures = 2,
		.failed = true };
	static const struct datagram d = { "e.test", RECORD, &policy, 1 };

	is_json(&d, true,
	    "{\"dpv\": \"1\",\"d\": \"e.test\",\"pr\": \"" RECORD
	    "\",\"policies\":[{\"policy-type\":2,\"policy-domain\": "
	    "\"e.test\",\"failure-details\":[{\"c\":301,\"a\": "
	    "\"https://e.test/\",\"f\": \"HTTP status 404, not 200\"},"
	    "{\"c\":305}],\"t\":2,\"f\":1}]}",
	    "two failures, \"/\" as it is");
}

static void
test_escapes(void)
{
	static const struct datagram d = { "\x01\x08\x09\x0a\x0b\x0c\x0d\x1f"
					   " \"\\/\x7f\xc3\xbc\xff",
		"x", NULL, 0 };

	is_json(&d, false,
	    "{\"d\": \"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\\u007f"
	    "\xc3\xbc\xff\",\"pr\": \"x\",\"policies\":[]}",
	    "control characters; octets above 0x7f as they are");
}

static void
test_socket(void)
{
	char dir[] = "/tmp/datagram-XXXXXX", path[64], got[64];
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct err e = { 0 };
	int fd, n;

	if (mkdtemp(dir) == NULL) {
		fail("mkdtemp");
		return;
	}
	snprintf(path, sizeof(path), "%s/s", dir);
	is_int(datagram_send(path, "x", 1, &e), -1, "nobody collects");
	is_int(e.code, ERR_NOENT, "and that is said");
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	(void)text_copy(at.sun_path, sizeof(at.sun_path), path);
	ok(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0, "a collector");
	is_int(datagram_send(path, "{}", 2, &e), 0, "sent");
	is_int(recv(fd, got, sizeof(got), MSG_DONTWAIT), 2, "received");
	is_mem(got, "{}", 2, "as it was");
	for (n = 0; n < 100000; n++)
		if (datagram_send(path, "x", 1, &e) == -1)
			break;
	ok(n > 0 && n < 100000, "a full queue refuses (after %d)", n);
	is_int(e.code, ERR_TEMP, "at once, for now");
	close(fd);
	is_int(datagram_send(path, "x", 1, &e), -1, "the collector has gone");
	is_int(e.code, ERR_NOENT, "that is nobody too");
	unlink(path);
	ok(rmdir(dir) == 0, "cleaned up");
}

int
main(void)
{
	test_postfix();
	test_success();
	test_fetch_error();
	test_escapes();
	test_socket();
	return done_testing();
}
