/* The kernels of scan_depth, for its own .c files only. */
#ifndef ATOOLS_SCAN_DEPTH_KERNELS_H
#define ATOOLS_SCAN_DEPTH_KERNELS_H

#include "scan_depth.h"

void scan_depth_plain(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to, uint64_t max);
size_t scan_newlines_plain(const char *text, size_t len);

#endif
