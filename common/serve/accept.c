#include "serve/accept.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *type;
    enum query_form form;
} types[] = {
    {"application/json", QUERY_JSON},         {"text/tab-separated-values", QUERY_TSV},
    {"text/csv", QUERY_CSV},                  {"text/*", QUERY_TSV},
    {"application/*", QUERY_JSON},            {"*/*", QUERY_JSON},
};

const char *accept_type(enum query_form form)
{
    static const char *const named[] = {[QUERY_JSON] = "application/json",
                                        [QUERY_TSV] = "text/tab-separated-values; charset=utf-8",
                                        [QUERY_CSV] = "text/csv; charset=utf-8; header=present"};
    return named[form];
}

/* Thousandths of the q among a range's parameters (";q=0.5"), up to its end. */
static unsigned quality(const char *at, const char *end)
{
    while ((at = memchr(at, ';', (size_t)(end - at)))) {
        at++;
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        if (end - at < 3 || strncasecmp(at, "q=", 2) != 0)
            continue;
        unsigned thousandths = at[2] == '1' ? 1000 : 0, digit = 100;
        if (at[2] == '0' && end - at > 3 && at[3] == '.')
            for (at += 4; at < end && *at >= '0' && *at <= '9' && digit > 0; at++, digit /= 10)
                thousandths += (unsigned)(*at - '0') * digit;
        return thousandths;
    }
    return 1000;
}

enum query_form accept_form(const char *header)
{
    enum query_form best = QUERY_JSON;
    unsigned most = 0;
    for (const char *at = header ? header : ""; *at;) {
        at += strspn(at, " \t,");
        const char *end = at + strcspn(at, ",");
        size_t len = strcspn(at, "; \t,");
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            if (strlen(types[i].type) != len || strncasecmp(types[i].type, at, len) != 0)
                continue;
            unsigned q = quality(at, end);
            if (q > most) {
                most = q;
                best = types[i].form;
            }
        }
        at = end;
    }
    return best;
}
