/* fuzz_hostname: any octets as a host name; what is accepted is normal */
#include "config.h"

#include "share/base/hostname.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[HOSTNAME_SIZE], again[HOSTNAME_SIZE];
	char address[INET6_ADDRSTRLEN];
	const char *text = (const char *)data;
	struct err e;

	if (hostname_is_address(text, size, address) &&
	    (!hostname_is_address(address, strlen(address), NULL) ||
		hostname_is_normal(address)))
		abort();
	if (hostname_normalize(text, size, name, &e) == -1) {
		if (name[0] != '\0' || e.text[0] == '\0')
			abort();
		return 0;
	}
	/* normal form is a fixed point, and never an address */
	if (!hostname_is_normal(name) || hostname_labels(name) == 0 ||
	    hostname_is_address(name, strlen(name), NULL) ||
	    hostname_normalize(name, strlen(name), again, &e) == -1 ||
	    strcmp(name, again) != 0)
		abort();
	return 0;
}
