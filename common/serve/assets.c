#include "serve/assets.h"

#include <string.h>

/* Made of the files by make: asset_bytes_FILE, and asset_len_FILE. */
extern const unsigned char asset_bytes_page_html[], asset_bytes_page_css[], asset_bytes_page_js[],
    asset_bytes_icon_svg[];
extern const size_t asset_len_page_html, asset_len_page_css, asset_len_page_js, asset_len_icon_svg;

static const struct {
    struct asset asset;
    const size_t *len;
} list[] = {
    {{"/", "text/html; charset=utf-8", asset_bytes_page_html, 0}, &asset_len_page_html},
    {{"/page.css", "text/css; charset=utf-8", asset_bytes_page_css, 0}, &asset_len_page_css},
    {{"/page.js", "text/javascript; charset=utf-8", asset_bytes_page_js, 0}, &asset_len_page_js},
    {{"/icon.svg", "image/svg+xml", asset_bytes_icon_svg, 0}, &asset_len_icon_svg},
};

bool asset_find(const char *path, struct asset *asset)
{
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strcmp(path, list[i].asset.path) != 0)
            continue;
        *asset = list[i].asset;
        asset->len = *list[i].len;
        return true;
    }
    return false;
}
