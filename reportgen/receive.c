/* receive: datagrams of a socket - see receive.h */
#include "config.h"

#include "reportgen/receive.h"

#include "share/base/xmem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define LARGE 16384 /* octets; more than the usual is given back */

struct receive {
	unsigned max;
	char *memory;
	struct mmsghdr *msg;
	struct iovec *iov;
	bool large; /* the last batch had a large one */
};

struct receive *
receive_new(unsigned max, struct err *e)
{
	struct receive *r = xcalloc(1, sizeof(*r));

	r->max = max;
	r->memory =
	    mmap(NULL, (size_t)max * RECEIVE_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->memory == MAP_FAILED) {
		(void)err_sys(e, "cannot map memory");
		free(r);
		return NULL;
	}
	/* what is touched is one page of each, not a huge one */
	(void)madvise(r->memory, (size_t)max * RECEIVE_SIZE, MADV_NOHUGEPAGE);
	r->msg = xcalloc(max, sizeof(*r->msg));
	r->iov = xcalloc(max, sizeof(*r->iov));
	for (unsigned i = 0; i < max; i++) {
		r->iov[i].iov_base = r->memory + (size_t)i * RECEIVE_SIZE;
		r->iov[i].iov_len = RECEIVE_SIZE;
		r->msg[i].msg_hdr.msg_iov = &r->iov[i];
		r->msg[i].msg_hdr.msg_iovlen = 1;
	}
	return r;
}

void
receive_free(struct receive *r)
{
	if (r == NULL)
		return;
	(void)munmap(r->memory, (size_t)r->max * RECEIVE_SIZE);
	free(r->msg);
	free(r->iov);
	free(r);
}

int
receive_batch(struct receive *r, int fd, struct err *e)
{
	int n;

	if (r->large)
		(void)madvise(r->memory, (size_t)r->max * RECEIVE_SIZE,
		    MADV_DONTNEED);
	r->large = false;
	n = recvmmsg(fd, r->msg, r->max, MSG_DONTWAIT, NULL);
	if (n == -1 &&
	    (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return 0;
	if (n == -1)
		return err_sys(e, "cannot receive");
	for (int i = 0; i < n; i++)
		if (r->msg[i].msg_len > LARGE)
			r->large = true;
	return n;
}

const char *
receive_data(const struct receive *r, int i, size_t *n, bool *cut)
{
	*n = r->msg[i].msg_len;
	*cut = (r->msg[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
	return r->iov[i].iov_base;
}
