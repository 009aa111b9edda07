/* netstring: framing of socketmap requests and replies - see netstring.h */
#include "config.h"

#include "share/net/netstring.h"

/*
 * Reads "LEN:" at the front. WHOLE: *len is LEN and *used what it takes. The
 * length is judged digit by digit, so that an endless run of digits is
 * refused as soon as its value passes max.
 */
static enum netstring_status
read_length(const char *data, size_t n, size_t max, size_t *len, size_t *used)
{
	size_t i, value = 0;

	for (i = 0; i < n; i++) {
		size_t digit;

		if (data[i] == ':' && i > 0) {
			*len = value;
			*used = i + 1;
			return NETSTRING_WHOLE;
		}
		if (data[i] < '0' || data[i] > '9')
			return NETSTRING_BAD;
		/* no leading zeros: after "0" only ":" may follow */
		if (i > 0 && data[0] == '0')
			return NETSTRING_BAD;
		digit = (size_t)(data[i] - '0');
		if (digit > max || value > (max - digit) / 10)
			return NETSTRING_LONG;
		value = value * 10 + digit;
	}
	return NETSTRING_MORE;
}

enum netstring_status
netstring_next(const char *data, size_t n, size_t max, const char **str,
    size_t *len, size_t *used)
{
	enum netstring_status status;
	size_t length, head;

	status = read_length(data, n, max, &length, &head);
	if (status != NETSTRING_WHOLE)
		return status;
	if (n - head <= length)
		return NETSTRING_MORE;
	if (data[head + length] != ',')
		return NETSTRING_BAD;
	*str = data + head;
	*len = length;
	*used = head + length + 1;
	return NETSTRING_WHOLE;
}

void
netstring_put(struct buf *out, const char *str, size_t len)
{
	char head[NETSTRING_HEAD_SIZE];
	size_t n = netstring_head(head, len);

	/* whole or not at all: the three parts have to fit together */
	if (len > out->max || n + len + 1 > out->max - out->len) {
		out->full = true;
		return;
	}
	buf_add(out, head, n);
	buf_add(out, str, len);
	buf_add(out, ",", 1);
}

size_t
netstring_head(char head[NETSTRING_HEAD_SIZE], size_t len)
{
	char digits[NETSTRING_HEAD_SIZE];
	size_t n = 0, used = 0;

	do
		digits[n++] = (char)('0' + len % 10);
	while ((len /= 10) > 0);
	while (n > 0)
		head[used++] = digits[--n];
	head[used++] = ':';
	head[used] = '\0';
	return used;
}
