/*
 * log_file: which file is which, when logs are rotated.
 *
 * A file is known by inode and by a hash of its first octets: names change,
 * inodes are used again, and a copy has another.
 *
 * Thread safety: no state. Tests: t/unit/log_follow.c
 */
#ifndef LOG_FILE_H
#define LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define LOG_HEAD_MAX 256

struct log_file_id {
	uint64_t dev, ino;
	uint32_t head; /* octets that are hashed */
	uint64_t hash;
};

/* The id of an open file of which n octets have been read at least. */
struct log_file_id log_file_identify(int fd, uint64_t n);

/* Whether the file begins with what id was made of. */
bool log_file_begins(int fd, const struct log_file_id *id);

/*
 * Opens what is beside path and was it when id was made: the same inode, or
 * a copy, of at least size octets. -1: there is none.
 */
int log_file_find(const char *path, const struct log_file_id *id,
    uint64_t size);

/*
 * Opens the file that was rotated next after one with that status, beside
 * path; -1: none was.
 */
int log_file_after(const char *path, const struct stat *st);

#endif
