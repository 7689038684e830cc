/* files: opening and listing, for the files of the local side: what was interrupted goes on, and what failed is never
 * taken for the end. Any thread may call anything. */
#ifndef ATOOLS_LOCAL_FILES_INNER_H
#define ATOOLS_LOCAL_FILES_INNER_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

/* As file_open_at for a file that must be one: a symbolic link (ELOOP), a pipe or a folder (EINVAL) in its place is
 * refused. */
int local_file_open_own(int folder, const char *name, int flags);

/* flock(2) in whichever way, again when it is interrupted. False with errno. */
bool local_file_flock(int fd, int how);

/* The next name of a folder but "." and "..": 1; 0: there is none; -1 with errno. */
int local_folder_next(DIR *folder, const char **name);

/* The size of an open file, or -1 with errno. */
int64_t local_file_size(int fd);

#endif
