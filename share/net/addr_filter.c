/* addr_filter: which addresses HTTPS may connect to - see addr_filter.h */
#include "config.h"

#include "share/base/xmem.h"
#include "share/net/addr_filter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* An IPv4 address is held as ::ffff:a.b.c.d, its prefix 96 bits longer. */
#define V4_BITS 96

struct block {
	unsigned char addr[16];
	unsigned bits;
};

struct addr_filter {
	struct block *allowed;
	size_t n;
};

/* The IANA special-purpose registry of IPv4 (RFC 6890). */
static const struct {
	unsigned char addr[4];
	unsigned bits;
} refused_v4[] = {
	{ { 0, 0, 0, 0 }, 8 },       /* this network, RFC 791 */
	{ { 10, 0, 0, 0 }, 8 },      /* private, RFC 1918 */
	{ { 100, 64, 0, 0 }, 10 },   /* carrier-grade NAT, RFC 6598 */
	{ { 127, 0, 0, 0 }, 8 },     /* loopback, RFC 1122 */
	{ { 169, 254, 0, 0 }, 16 },  /* link-local, RFC 3927 */
	{ { 172, 16, 0, 0 }, 12 },   /* private, RFC 1918 */
	{ { 192, 0, 0, 0 }, 24 },    /* protocol assignments, RFC 6890 */
	{ { 192, 0, 2, 0 }, 24 },    /* documentation, RFC 5737 */
	{ { 192, 88, 99, 0 }, 24 },  /* 6to4 relay, RFC 7526 */
	{ { 192, 168, 0, 0 }, 16 },  /* private, RFC 1918 */
	{ { 198, 18, 0, 0 }, 15 },   /* benchmark, RFC 2544 */
	{ { 198, 51, 100, 0 }, 24 }, /* documentation, RFC 5737 */
	{ { 203, 0, 113, 0 }, 24 },  /* documentation, RFC 5737 */
	{ { 224, 0, 0, 0 }, 4 },     /* multicast, RFC 5771 */
	{ { 240, 0, 0, 0 }, 4 },     /* reserved, broadcast, RFC 1112 */
};

/*
 * Of IPv6 only 2000::/3 is assigned as global unicast (RFC 4291 section 2.4),
 * so everything else is refused: ::, ::1, fc00::/7, fe80::/10, ff00::/8 ...
 */
static const struct block refused_v6[] = {
	{ { 0x00 }, 3 },                    /* ::/3 */
	{ { 0x40 }, 2 },                    /* 4000::/2 */
	{ { 0x80 }, 1 },                    /* 8000::/1 */
	{ { 0x20, 0x01 }, 23 },             /* Teredo, ORCHID, RFC 2928 */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation, RFC 3849 */
	{ { 0x3f, 0xff }, 20 },             /* documentation, RFC 9637 */
};

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

struct addr_filter *
addr_filter_new(void)
{
	return xcalloc(1, sizeof(struct addr_filter));
}

void
addr_filter_free(struct addr_filter *f)
{
	if (f == NULL)
		return;
	free(f->allowed);
	free(f);
}

/* Whether the first bits of a and b are the same. */
static bool
same_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* Writes the IPv4 address of four octets as ::ffff:a.b.c.d. */
static void
map_v4(unsigned char addr[16], const void *v4)
{
	memcpy(addr, mapped, sizeof(mapped));
	memcpy(addr + sizeof(mapped), v4, 4);
}

/* Reads the address of a CIDR; false when it is none. *bits: its length. */
static bool
read_address(const char *text, unsigned char addr[16], unsigned *bits)
{
	unsigned char v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		map_v4(addr, v4);
		*bits = 32;
		return true;
	}
	*bits = 128;
	return inet_pton(AF_INET6, text, addr) == 1;
}

/* Reads a prefix length of at most max; false when it is none. */
static bool
read_bits(const char *text, unsigned max, unsigned *bits)
{
	char *end;
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || n > max)
		return false;
	*bits = (unsigned)n;
	return true;
}

/* Whether an address has nothing but zeros after its first bits. */
static bool
is_clean(const unsigned char addr[16], unsigned bits)
{
	for (unsigned i = bits; i < 128; i++)
		if ((addr[i / 8] & (0x80 >> i % 8)) != 0)
			return false;
	return true;
}

int
addr_filter_allow(struct addr_filter *f, const char *cidr, struct err *e)
{
	char text[INET6_ADDRSTRLEN];
	struct block b;
	unsigned width;
	size_t n = strcspn(cidr, "/");

	if (n >= sizeof(text))
		return err_set(e, ERR_SYNTAX, "\"%.64s\" is no address", cidr);
	memcpy(text, cidr, n);
	text[n] = '\0';
	if (!read_address(text, b.addr, &width))
		return err_set(e, ERR_SYNTAX, "\"%s\" is no address", text);
	b.bits = width;
	if (cidr[n] == '/' && !read_bits(cidr + n + 1, width, &b.bits))
		return err_set(e, ERR_SYNTAX,
		    "\"%.64s\": the prefix length is 0 to %u", cidr, width);
	if (width == 32)
		b.bits += V4_BITS;
	if (!is_clean(b.addr, b.bits))
		return err_set(e, ERR_SYNTAX,
		    "\"%.64s\" has bits set beyond its prefix length", cidr);
	f->allowed = xreallocarray(f->allowed, f->n + 1, sizeof(b));
	f->allowed[f->n++] = b;
	return 0;
}

static bool
is_allowed(const struct addr_filter *f, const unsigned char addr[16])
{
	for (size_t i = 0; i < f->n; i++)
		if (same_prefix(addr, f->allowed[i].addr, f->allowed[i].bits))
			return true;
	return false;
}

static bool
is_refused(const unsigned char addr[16])
{
	if (memcmp(addr, mapped, sizeof(mapped)) == 0) {
		for (size_t i = 0; i < sizeof(refused_v4) / sizeof(*refused_v4);
		     i++)
			if (same_prefix(addr + sizeof(mapped),
				refused_v4[i].addr, refused_v4[i].bits))
				return true;
		return false;
	}
	for (size_t i = 0; i < sizeof(refused_v6) / sizeof(*refused_v6); i++)
		if (same_prefix(addr, refused_v6[i].addr, refused_v6[i].bits))
			return true;
	return false;
}

/* Replaces an address that leads to an IPv4 host by that host's. */
static void
unwrap(unsigned char addr[16])
{
	unsigned char v4[4];

	if (memcmp(addr, nat64, sizeof(nat64)) == 0) /* RFC 6052 */
		memcpy(v4, addr + sizeof(nat64), sizeof(v4));
	else if (addr[0] == 0x20 && addr[1] == 0x02) /* 6to4, RFC 3056 */
		memcpy(v4, addr + 2, sizeof(v4));
	else
		return;
	map_v4(addr, v4);
}

bool
addr_filter_ok(const struct addr_filter *f, const struct sockaddr *sa)
{
	unsigned char addr[16];

	/* through memcpy: the caller's structure may not be aligned for it */
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, sa, sizeof(v4));
		map_v4(addr, &v4.sin_addr);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, sa, sizeof(v6));
		memcpy(addr, &v6.sin6_addr, sizeof(addr));
	} else {
		return false;
	}
	if (is_allowed(f, addr))
		return true;
	unwrap(addr);
	return is_allowed(f, addr) || !is_refused(addr);
}
