/* shared: figures of all processes - see shared.h */
#include "config.h"

#include "reportgen/shared.h"

#include <sys/mman.h>

struct shared *
shared_new(struct err *e)
{
	struct shared *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (s == MAP_FAILED) {
		(void)err_sys(e, "cannot share memory");
		return NULL;
	}
	return s;
}

void
shared_free(struct shared *s)
{
	if (s != NULL)
		(void)munmap(s, sizeof(*s));
}

const char *
shared_dropped_name(enum shared_dropped d)
{
	static const char *const names[SHARED_DROPPED] = {
		[SHARED_NEVER] = "never",
		[SHARED_NO_RECORD] = "no-record",
		[SHARED_TESTING] = "testing",
		[SHARED_LOGGED] = "logged",
		[SHARED_OWN] = "own",
		[SHARED_AGAIN] = "again",
		[SHARED_NO_ROOM] = "no-room",
	};

	return names[d];
}
