/* figure: what every measurement needs - see figure.h */
#include "config.h"

#include "t/bench/figure.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void
print(const char *name, double value, const char *unit, const char *sign,
    double goal, bool reached)
{
	printf("%s %.2f %s %s%.2f %s\n", name, value, unit, sign, goal,
	    reached ? "reached" : "missed");
	(void)fflush(stdout);
}

void
figure_at_most(const char *name, double value, const char *unit, double goal)
{
	print(name, value, unit, "<=", goal, value <= goal);
}

void
figure_at_least(const char *name, double value, const char *unit, double goal)
{
	print(name, value, unit, ">=", goal, value >= goal);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
figure_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

double
figure_now(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double
figure_cpu(pid_t pid)
{
	struct timespec ts = { 0, 0 };
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &ts) == -1)
		err(1, "CPU time of process %ld", (long)pid);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double
figure_rss_anon(pid_t pid)
{
	char path[64], line[256];
	double kb = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	f = fopen(path, "r");
	if (f == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			kb = strtod(line + 8, NULL);
	fclose(f);
	return kb * 1024;
}
