/*
 * load: many connections that ask a socketmap server the same thing.
 *
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct load {
	const struct sockaddr *addr; /* borrowed */
	socklen_t addrlen;
	const char *request; /* with its framing; borrowed */
	size_t reply_len;    /* octets of a reply with its framing */
	size_t connections;
	size_t in_flight; /* requests per connection */
	size_t total;     /* lookups in all */
};

struct load_result {
	double seconds;
	double p99_us; /* of single lookups; 0 unless in_flight is 1 */
};

/* Runs the load to its end; ends the process when the server goes away. */
void load_run(const struct load *l, struct load_result *out);

#endif
