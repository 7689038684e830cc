/* file: whole reads and writes on a descriptor: interrupted and partial ones go on. Nothing here says anything: errno
 * tells the caller why. Descriptors may be shared between threads (file_read_at, file_write_at). */
#ifndef ATOOLS_FILE_H
#define ATOOLS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/mem.h"

/* open(2), closed on exec, that goes on when it is interrupted (a FIFO, a network's file system) or cannot be done for
 * a moment (EAGAIN): the descriptor, -1 with errno. mode counts with O_CREAT and O_TMPFILE only. file_open_at: a name
 * below the folder that is open as `folder`. */
int file_open(const char *path, int flags, mode_t mode);
int file_open_at(int folder, const char *name, int flags, mode_t mode);

/* len bytes at byte `at` of a regular file, fewer only where it ends; -1 with errno. */
ssize_t file_read_at(int fd, void *into, size_t len, uint64_t at);

/* All of len bytes at byte `at`; false with errno (ENOSPC where nothing more could be written). */
bool file_write_at(int fd, const void *bytes, size_t len, uint64_t at);

/* All of len bytes, to a file, pipe or terminal; one that somebody who shares it made non-blocking is waited for. False
 * with errno. */
bool file_write(int fd, const void *bytes, size_t len);

/* Bytes of an open file; 0 if that cannot be known. */
uint64_t file_size(int fd);

/* Puts the folder of a file on the disk, so that a name it was given or lost outlives a crash, too. False with errno;
 * file systems that cannot are none. */
bool file_sync_folder(const char *path);

/* The whole of a file (or what a pipe holds until its end) into the buffer, which is emptied first, and a NUL behind
 * it. False with errno; EFBIG if it has more than `most` bytes. */
bool file_load(const char *path, size_t most, struct buffer *into);

#endif
