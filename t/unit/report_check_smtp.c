/* report_check_smtp: greetings of a server that is written here */
#include "config.h"

#include "reportgen/report_check_smtp.h"
#include "t/unit/tap.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the server says is there before it is asked; what is heard is in heard. */
static int
talk(const char *says, bool hangs_up, struct report_check_greeting *g,
    char *heard, size_t size, struct err *e)
{
	int fds[2], rc;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1)
		return -1;
	if (write(fds[1], says, strlen(says)) != (ssize_t)strlen(says))
		return -1;
	if (hangs_up)
		(void)shutdown(fds[1], SHUT_WR);
	rc = report_check_greet_on(fds[0], "mx.example.org", g, e);
	n = recv(fds[1], heard, size - 1, MSG_DONTWAIT);
	heard[n > 0 ? n : 0] = '\0';
	close(fds[0]);
	close(fds[1]);
	return rc;
}

int
main(void)
{
	struct report_check_greeting g;
	char heard[512];
	struct err e;

	is_int(talk("220-mx\r\n220 ESMTP\r\n"
		    "250-mx\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n",
		   true, &g, heard, sizeof(heard), &e),
	    0, "a server");
	is_str(heard, "EHLO mx.example.org\r\nQUIT\r\n", "is greeted");
	ok(g.has_size && g.size == 10240000, "and its SIZE is seen");

	is_int(talk("220 mx\r\n250 mx\r\n", true, &g, heard, sizeof(heard), &e),
	    0, "one without SIZE");
	ok(!g.has_size, "is seen as such");
	is_int(talk("220 mx\r\n250-mx\r\n250 SIZE\r\n", true, &g, heard,
		   sizeof(heard), &e),
	    0, "one whose SIZE has no number");
	ok(g.has_size && g.size == 0, "has no limit");
	is_int(talk("220 mx\r\n250-SIZEABLE 5\r\n250 mx\r\n", true, &g, heard,
		   sizeof(heard), &e),
	    0, "another extension");
	ok(!g.has_size, "is not SIZE");

	is_int(talk("554 go \033[2J away\r\n", true, &g, heard, sizeof(heard),
		   &e),
	    -1, "one that refuses");
	is_str(e.text, "it says \"554 go \\x1b[2J away\"",
	    "is told, without what a terminal would do");
	is_int(talk("220 mx\r\n250-half", true, &g, heard, sizeof(heard), &e),
	    -1, "one that hangs up");
	is_int(e.code, ERR_TEMP, "is not there");
	is_int(talk("220", true, &g, heard, sizeof(heard), &e), -1,
	    "also in the middle of the greeting");
	return done_testing();
}
