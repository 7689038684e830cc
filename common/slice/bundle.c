#include "slice/bundle.h"

void bundle_end(struct bundle *bundle, struct buffer *into)
{
    if (bundle->count == 0)
        return;
    buffer_add(into, bundle->open.data, bundle->open.len);
    buffer_add(into, "]\n", 2);
    bundle->open.len = 0;
    bundle->count = 0;
}

void bundle_add(struct bundle *bundle, const char *value, size_t len, struct buffer *into)
{
    /* a comma or '[' before the value, ']' behind it */
    if (bundle->bytes_max > 0 && bundle->open.len + 1 + len + 1 > bundle->bytes_max)
        bundle_end(bundle, into);
    buffer_add_char(&bundle->open, bundle->count == 0 ? '[' : ',');
    buffer_add(&bundle->open, value, len);
    bundle->count++;
    if (bundle->count == bundle->count_max)
        bundle_end(bundle, into);
}

void bundle_free(struct bundle *bundle)
{
    buffer_free(&bundle->open);
}
