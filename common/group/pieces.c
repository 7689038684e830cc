#include "group/pieces.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

struct piece piece_trimmed(const char *text, size_t len)
{
    while (len > 0 && isspace((unsigned char)text[0])) {
        text++;
        len--;
    }
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    return (struct piece){text, len};
}

struct pieces pieces_split(struct piece all)
{
    struct pieces pieces = {0};
    size_t begin = 0, open = 0;
    if (piece_trimmed(all.text, all.len).len == 0)
        return pieces;
    for (size_t at = 0; at <= all.len; at++) {
        at = at < all.len ? text_pass_quoted(all.text, all.len, at) : at;
        char c = at < all.len ? all.text[at] : ',';
        open += c == '(' || c == '[';
        open -= (c == ')' || c == ']') && open > 0;
        if (at < all.len && (c != ',' || open > 0))
            continue;
        pieces.items = mem_resize(pieces.items, pieces.count + 1, sizeof *pieces.items);
        pieces.items[pieces.count++] = piece_trimmed(all.text + begin, at - begin);
        begin = at + 1;
    }
    return pieces;
}

bool piece_called(struct piece piece, const char *word, struct piece *inside)
{
    size_t len = strlen(word);
    if (piece.len == 0 || piece.len < len || strncasecmp(piece.text, word, len) != 0 ||
        piece.text[piece.len - 1] != ')')
        return false;
    struct piece rest = piece_trimmed(piece.text + len, piece.len - len);
    if (rest.len < 2 || rest.text[0] != '(')
        return false;
    size_t open = 0;
    for (size_t at = 0; at < rest.len; at++) { /* its parenthesis closes at the end, and not before */
        at = text_pass_quoted(rest.text, rest.len, at);
        if (at >= rest.len)
            return false;
        open += rest.text[at] == '(';
        open -= rest.text[at] == ')';
        if (open == 0 && at + 1 < rest.len)
            return false;
    }
    *inside = piece_trimmed(rest.text + 1, rest.len - 2);
    return true;
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '`';
}

size_t piece_word(struct piece all, const char *word)
{
    size_t len = strlen(word), open = 0;
    for (size_t at = 0; at < all.len; at++) {
        bool starts = at == 0 || !is_word_char(all.text[at - 1]);
        if (open == 0 && starts && at + len <= all.len && strncasecmp(all.text + at, word, len) == 0 &&
            (at + len == all.len || !is_word_char(all.text[at + len])))
            return at;
        open += all.text[at] == '(' || all.text[at] == '[';
        open -= (all.text[at] == ')' || all.text[at] == ']') && open > 0;
        at = text_pass_quoted(all.text, all.len, at);
    }
    return SIZE_MAX;
}
