/* assets: the files of the page (page.html, page.css, page.js, icon.svg in this folder), which make puts into the
 * program as they are. */
#ifndef ATOOLS_SERVE_ASSETS_H
#define ATOOLS_SERVE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct asset {
    const char *path, *type; /* as a URL has it, and as Content-Type says it */
    const unsigned char *bytes;
    size_t len;
};

/* The one that a URL's path names; false: there is none. */
bool asset_find(const char *path, struct asset *asset);

#endif
