#include "frame/quoted.h"

#include <string.h>

/* Outside of quotes. False: the text is at an end, or the first record. */
static bool pass_plain(const struct quoting *quoting, const char *text, size_t len, bool first,
                       struct quoted_scan *scan)
{
    const char *from = text + scan->at, *newline = first ? memchr(from, '\n', len - scan->at) : NULL;
    size_t to = newline ? (size_t)(newline - text) : len;
    const char *quote = memchr(from, quoting->quote, to - scan->at);
    if (quote)
        to = (size_t)(quote - text);
    if (!first)
        newline = memrchr(from, '\n', to - scan->at);
    if (newline && !(first && quote))
        scan->end = (size_t)(newline - text) + 1;
    if (!quote) {
        scan->at = first && newline ? scan->end : len;
        return false;
    }
    scan->inside = to == 0 || text[to - 1] == quoting->delimiter || text[to - 1] == '\n';
    scan->open = to;
    scan->at = to + 1;
    return true;
}

/* Inside. False: the text is at an end. */
static bool pass_quoted(const struct quoting *quoting, const char *text, size_t len, struct quoted_scan *scan)
{
    const char *quote = memchr(text + scan->at, quoting->quote, len - scan->at);
    if (!quote) {
        scan->at = len;
        return false;
    }
    scan->at = (size_t)(quote - text);
    if (scan->at + 1 == len)
        return false;
    scan->inside = quote[1] == quoting->quote;
    scan->at += scan->inside ? 2 : 1;
    return true;
}

void quoted_scan(const struct quoting *quoting, const char *text, size_t len, bool first, struct quoted_scan *scan)
{
    while (scan->at < len && (scan->inside ? pass_quoted(quoting, text, len, scan)
                                           : pass_plain(quoting, text, len, first, scan)))
        ;
}
