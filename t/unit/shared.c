/* shared: figures of all processes - see reportgen/shared.h */
#include "config.h"

#include "reportgen/shared.h"
#include "t/unit/tap.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 4
#define TIMES 10000

int
main(void)
{
	struct err e = { 0 };
	struct shared *s = shared_new(&e);

	if (s == NULL) {
		printf("Bail out! %s\n", e.text);
		return 1;
	}
	is_int(s->sessions, 0, "figures begin at 0");
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0) {
			for (int k = 0; k < TIMES; k++)
				s->sessions++;
			(void)raise(SIGKILL);
		}
	while (wait(NULL) > 0)
		;
	is_int(s->sessions, CHILDREN * TIMES,
	    "what children counted is there after they were killed");
	for (int i = 0; i < SHARED_DROPPED; i++)
		ok(shared_dropped_name((enum shared_dropped)i)[0] != '\0',
		    "reason %d has a name", i);
	shared_free(s);
	shared_free(NULL);
	return done_testing();
}
