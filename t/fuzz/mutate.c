/*
 * mutate: a fuzz target over many small changes of its corpus, with any
 * compiler.
 *
 *	t/fuzz/mutate_NAME COUNT [SEED]
 *
 * feeds COUNT inputs, each one of $SRCDIR/t/fuzz/corpus/NAME with one to eight
 * changes: a bit, an octet, a run that is cut out, repeated or taken from
 * another input. The same seed gives the same inputs. The target ends the
 * process when it finds a fault; the last input's number and seed are told.
 */
#include "config.h"

#include <dirent.h>
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUTS_MAX 4096
#define SIZE_MAX_INPUT 8192

/* Feed one input to the parser under test; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t data[SIZE_MAX_INPUT];
	size_t n;
};

static struct input *inputs;
static size_t ninputs;
static uint64_t state;
static volatile uint64_t number;

/* xorshift64*: Marsaglia 2003, Vigna 2014. */
static uint32_t
any(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) %
	    below;
}

static void
read_inputs(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *de;
	char path[4096];

	if (d == NULL)
		err(1, "%s", folder);
	inputs = calloc(INPUTS_MAX, sizeof(*inputs));
	if (inputs == NULL)
		err(1, "calloc");
	while ((de = readdir(d)) != NULL && ninputs < INPUTS_MAX) {
		FILE *f;

		if (de->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, de->d_name);
		if ((f = fopen(path, "rb")) == NULL)
			err(1, "%s", path);
		inputs[ninputs].n =
		    fread(inputs[ninputs].data, 1, SIZE_MAX_INPUT, f);
		ninputs++;
		fclose(f);
	}
	closedir(d);
	if (ninputs == 0)
		errx(1, "%s holds no input", folder);
}

/* A run of octets within n of them. */
static void
choose_run(size_t n, size_t *at, size_t *len)
{
	*at = any((uint32_t)n);
	*len = 1 + any(any(4) == 0 ? (uint32_t)(n - *at) : 8);
	if (*len > n - *at)
		*len = n - *at;
}

/* Puts len octets in at a place, as far as there is room. */
static void
insert(struct input *in, size_t at, const uint8_t *run, size_t len)
{
	static uint8_t copy[SIZE_MAX_INPUT];

	if (len > SIZE_MAX_INPUT - in->n)
		len = SIZE_MAX_INPUT - in->n;
	memcpy(copy, run, len);
	memmove(in->data + at + len, in->data + at, in->n - at);
	memcpy(in->data + at, copy, len);
	in->n += len;
}

static void
change(struct input *in)
{
	static const uint8_t odd[] = "\"\\{}[]:,\0\n\r\x7f\x80\xff 019eE+-.u";
	const struct input *other = &inputs[any((uint32_t)ninputs)];
	size_t at, len;

	if (in->n == 0) {
		insert(in, 0, odd, any(sizeof(odd)));
		return;
	}
	choose_run(in->n, &at, &len);
	switch (any(6)) {
	case 0:
		in->data[at] ^= (uint8_t)(1u << any(8));
		break;
	case 1:
		in->data[at] = odd[any(sizeof(odd))];
		break;
	case 2:
		memmove(in->data + at, in->data + at + len, in->n - at - len);
		in->n -= len;
		break;
	case 3:
		insert(in, any((uint32_t)in->n + 1), in->data + at, len);
		break;
	case 4:
		insert(in, at, odd, 1 + any(sizeof(odd) - 1));
		break;
	default:
		if (other->n == 0)
			break;
		choose_run(other->n, &at, &len);
		insert(in, any((uint32_t)in->n + 1), other->data + at, len);
	}
}

static void
on_fault(int sig)
{
	char text[96];
	int n = snprintf(text, sizeof(text), "input %llu, signal %d\n",
	    (unsigned long long)number, sig);

	(void)!write(STDERR_FILENO, text, (size_t)n);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

int
main(int argc, char **argv)
{
	const char *top = getenv("SRCDIR"), *name = strrchr(argv[0], '/');
	unsigned long long count, seed;
	char folder[2048];
	struct input in;

	name = name != NULL ? name + 1 : argv[0];
	if (argc < 2 || strncmp(name, "mutate_", 7) != 0)
		errx(64, "usage: mutate_NAME COUNT [SEED]");
	count = strtoull(argv[1], NULL, 10);
	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	(void)snprintf(folder, sizeof(folder), "%s/t/fuzz/corpus/%s",
	    top != NULL ? top : ".", name + 7);
	read_inputs(folder);
	state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	(void)signal(SIGABRT, on_fault);
	(void)signal(SIGSEGV, on_fault);
	for (number = 0; number < count; number++) {
		in = inputs[any((uint32_t)ninputs)];
		for (uint32_t n = 1 + any(8); n > 0; n--)
			change(&in);
		(void)LLVMFuzzerTestOneInput(in.data, in.n);
	}
	printf("%llu changed inputs of %s, seed %llu, no fault\n", count,
	    name + 7, seed);
	return 0;
}
