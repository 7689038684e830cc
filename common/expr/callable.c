#include "expr/callable.h"

#include <string.h>
#include <strings.h>

/* The word at the start of a list of names, and how long it is; 0 at the end. */
static size_t word(const char **list)
{
    *list += strspn(*list, " ");
    return strcspn(*list, " ");
}

const char *callable_named(const struct callable *callable, const char *name, size_t len)
{
    if (strlen(callable->name) == len && strncasecmp(callable->name, name, len) == 0)
        return callable->name;
    const char *alias = callable->aliases ? callable->aliases : "";
    for (size_t alias_len; (alias_len = word(&alias)) > 0; alias += alias_len)
        if (alias_len == len && strncasecmp(alias, name, len) == 0)
            return alias;
    return NULL;
}

enum { NAME_MAX_LEN = 40 };

/* Insertions, deletions, changes and swaps of neighbours between two names. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NAME_MAX_LEN + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool same = (a[i - 1] | 0x20) == (b[j - 1] | 0x20);
            size_t best = before[j - 1] + !same;
            best = before[j] + 1 < best ? before[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && (a[i - 1] | 0x20) == (b[j - 2] | 0x20) && (a[i - 2] | 0x20) == (b[j - 1] | 0x20) &&
                earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[a_len % 3][b_len];
}

/* True if name is candidate with letters left out behind the first one: cnt of count. */
static bool abbreviates(const char *name, size_t len, const char *candidate, size_t candidate_len)
{
    size_t at = 0;
    for (size_t i = 0; i < candidate_len && at < len; i++)
        at += (name[at] | 0x20) == candidate[i] && (at > 0 || i == 0);
    return len >= 3 && at == len;
}

struct nearest_name callable_nearest(size_t len)
{
    return (struct nearest_name){.distance = len < 4 ? 4 : 6}; /* twice the changes that are too many */
}

static void offer(struct nearest_name *nearest, const char *candidate, size_t candidate_len, const char *name,
                  size_t len)
{
    if (candidate_len > NAME_MAX_LEN)
        return;
    size_t d = 2 * distance(name, len, candidate, candidate_len);
    bool abbreviated = abbreviates(name, len, candidate, candidate_len);
    if (abbreviated && candidate_len < 2 * len) /* before one with another letter; the shortest one */
        d = candidate_len - len < 2 ? 1 : candidate_len == len + 2 ? 2 : d;
    bool better =
        d == nearest->distance && abbreviated && nearest->name && !abbreviates(name, len, nearest->name, nearest->len);
    if (d < nearest->distance || better)
        *nearest = (struct nearest_name){.name = candidate, .len = candidate_len, .distance = d};
}

void callable_offer(struct nearest_name *nearest, const struct callable *callable, const char *name, size_t len)
{
    if (len > NAME_MAX_LEN)
        return;
    offer(nearest, callable->name, strlen(callable->name), name, len);
    const char *alias = callable->aliases ? callable->aliases : "";
    for (size_t alias_len; (alias_len = word(&alias)) > 0; alias += alias_len)
        offer(nearest, alias, alias_len, name, len);
}
