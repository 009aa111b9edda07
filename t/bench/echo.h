/*
 * echo: the yardstick: an epoll loop that answers a fixed reply.
 *
 * It does what any server of the protocol must do (accept, read, find the
 * end of a netstring, write) and nothing else.
 * Thread safety: none. Tests: it measures, it is not tested.
 */
#ifndef ECHO_H
#define ECHO_H

/* Serves the listening socket fd until the process is ended. */
void echo_run(int fd, const char *reply) __attribute__((noreturn));

#endif
