/* quoted: where records end whose cells may be quoted (CSV, RFC 4180): at newlines outside of quotes. A quote opens
 * where a cell begins and nowhere else; within, two of them stand for one, and one alone closes. */
#ifndef ATOOLS_QUOTED_H
#define ATOOLS_QUOTED_H

#include <stdbool.h>
#include <stddef.h>

/* A quote that is still open so many bytes later (and what one read brought besides) is a mistake: it would swallow the
 * rest of the input. */
enum { QUOTED_MAX = 16 * 1024 * 1024 };

struct quoting {
    char delimiter, quote; /* different, and no line ends. quote 0: newlines end lines whatever stands there */
};

/* How far a scan has come. Zero: the text begins with a record. */
struct quoted_scan {
    size_t at;   /* in the text */
    size_t end;  /* behind the newline found; 0: none */
    size_t open; /* if inside: where the quote is that is open */
    bool inside;
};

/* Scans on up to text + len; with `first` not beyond the first record's end, else up to the last one's. A quote that is
 * the text's last byte is not looked at as long as it could be half of two: call again with more text. */
void quoted_scan(const struct quoting *quoting, const char *text, size_t len, bool first, struct quoted_scan *scan);

#endif
