/*
 * dns_server: addresses of name servers, from the config and resolv.conf(5).
 *
 * Thread safety: no state. Limits: DNS_SERVERS_SYSTEM servers of resolv.conf
 * count, as for the C library; lines up to 1 kB.
 * Tests: t/unit/dns_server.c
 */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include "share/base/err.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#define DNS_SERVERS_SYSTEM 3
#define DNS_SERVERS_MAX 16
#define DNS_SERVER_TEXT_SIZE 80

struct dns_server {
	struct sockaddr_storage addr;
	socklen_t addrlen;
	char text[DNS_SERVER_TEXT_SIZE]; /* ADDR, or ADDR@PORT but for 53 */
};

/*
 * Reads "ADDR" or "ADDR@PORT"; ADDR is IPv4 or IPv6, with a zone index
 * ("fe80::1%eth0") where the scope needs one. -1 and e otherwise.
 */
int dns_server_parse(const char *text, struct dns_server *s,
    struct err *e) MUST_CHECK;

/*
 * Reads the nameserver lines of a resolv.conf: the first DNS_SERVERS_SYSTEM
 * that can be used. As for the C library, a file that is missing or names
 * none means 127.0.0.1. Gives their number; 0 and e where the file cannot
 * be read or nothing it names is an address.
 */
size_t dns_server_read_system(const char *path,
    struct dns_server s[DNS_SERVERS_SYSTEM], struct err *e) MUST_CHECK;

#endif
