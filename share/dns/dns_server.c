/* dns_server: addresses of name servers - see dns_server.h */
#include "config.h"

#include "share/base/hostname.h"
#include "share/base/text.h"
#include "share/dns/dns_server.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PORT "53"

int
dns_server_parse(const char *text, struct dns_server *s, struct err *e)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *ai = NULL;
	char host[DNS_SERVER_TEXT_SIZE];
	const char *port = DEFAULT_PORT;
	char *at;

	if (text_copy(host, sizeof(host), text) == -1 || host[0] == '\0')
		goto bad;
	if ((at = strchr(host, '@')) != NULL) {
		*at = '\0';
		port = at + 1;
		/* getaddrinfo(3) takes "", "0" and "70000" for ports too */
		if (strspn(port, "0123456789") != strlen(port) ||
		    strlen(port) > 5 || strtol(port, NULL, 10) < 1 ||
		    strtol(port, NULL, 10) > UINT16_MAX)
			goto bad;
	}
	/* ... and "1" or "127.1" for addresses */
	if (!hostname_is_address(host, strcspn(host, "%"), NULL) ||
	    getaddrinfo(host, port, &hints, &ai) != 0)
		goto bad;
	memset(s, 0, sizeof(*s));
	memcpy(&s->addr, ai->ai_addr, ai->ai_addrlen);
	s->addrlen = ai->ai_addrlen;
	freeaddrinfo(ai);
	if (strcmp(port, DEFAULT_PORT) == 0)
		return text_copy(s->text, sizeof(s->text), host);
	return text_copy(s->text, sizeof(s->text), text);
bad:
	return err_set(e, ERR_SYNTAX,
	    "\"%.60s\" is no name server: ADDRESS or ADDRESS@PORT", text);
}

/* The address of a "nameserver" line, cut out in place; NULL of another. */
static char *
nameserver_of(char *line)
{
	static const char word[] = "nameserver";
	char *p = line;

	if (strncmp(p, word, sizeof(word) - 1) != 0)
		return NULL;
	p += sizeof(word) - 1;
	if (*p != ' ' && *p != '\t')
		return NULL;
	p += strspn(p, " \t");
	p[strcspn(p, " \t\r\n;#")] = '\0';
	return p;
}

/* The server that the C library asks when nothing is configured. */
static size_t
use_loopback(struct dns_server *s, struct err *e)
{
	return dns_server_parse("127.0.0.1", s, e) == 0 ? 1 : 0;
}

size_t
dns_server_read_system(const char *path,
    struct dns_server s[DNS_SERVERS_SYSTEM], struct err *e)
{
	char line[1024];
	FILE *f = fopen(path, "re");
	size_t n = 0, named = 0;

	if (f == NULL) {
		if (errno == ENOENT)
			return use_loopback(s, e);
		err_sys(e, "cannot open %s", path);
		return 0;
	}
	while (n < DNS_SERVERS_SYSTEM && fgets(line, sizeof(line), f) != NULL) {
		char *addr = nameserver_of(line);

		if (addr == NULL)
			continue;
		named++;
		if (dns_server_parse(addr, &s[n], e) == 0)
			n++;
	}
	if (ferror(f) != 0) {
		err_sys(e, "cannot read %s", path);
		n = 0;
	} else if (named == 0) {
		n = use_loopback(s, e);
	} else if (n == 0) {
		err_wrap(e, "%s", path);
	}
	fclose(f);
	return n;
}
