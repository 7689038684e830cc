/* Values that stand on text: looked into, expanded one level, parsed for good. */
#include "base/text.h"
#include "json/json.h"
#include "json/scan/depth.h"
#include "json/walk/piece.h"
#include "jq/machine_inner.h"

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Whether a quote or backslash is among 8 bytes. */
static inline bool special(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    uint64_t quotes = bytes ^ ones * '"', backslashes = bytes ^ ones * '\\';
    return (((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes)) & tops;
}

/* Behind the string that begins at `at`; *escaped is set where it has escapes. */
static const char *skip_string(const char *at, const char *end, bool *escaped)
{
    at++;
    for (;;) {
        while (end - at >= 8 && !special(at))
            at += 8;
        while (*at != '"' && *at != '\\')
            at++;
        if (*at == '"')
            return at + 1;
        *escaped = true;
        at += 2;
    }
}

static const char *skip_container(const char *at, const char *end)
{
    struct scan_depth state = {0};
    scan_depth(&state, SCAN_ELEMENTS, at + 1, 0, (size_t)(end - at - 1), UINT64_MAX);
    return at + 1 + state.end + 1;
}

/* The value that begins at `at`, on text of this owner, without a reference to it; *behind is its end. */
static inline struct jq_value value_at(const char *at, const char *end, unsigned owner, const char **behind)
{
    struct jq_value value = {.text = at, .form = JQ_TEXT, .owner = (uint16_t)owner};
    bool escaped = false;
    switch (*at) {
    case '"':
        *behind = skip_string(at, end, &escaped);
        value.type = JQ_STRING;
        value.form = escaped ? JQ_ESCAPED : JQ_TEXT;
        break;
    case '[':
    case '{':
        *behind = skip_container(at, end);
        value.type = *at == '[' ? JQ_ARRAY : JQ_OBJECT;
        break;
    case 't':
        *behind = at + 4;
        return jq_self(JQ_TRUE);
    case 'f':
        *behind = at + 5;
        return jq_self(JQ_FALSE);
    case 'n':
        *behind = at + 4;
        return jq_self(JQ_NULL);
    default:
        *behind = at + 1;
        while (*behind < end && **behind != ',' && **behind != ']' && **behind != '}' && (unsigned char)**behind > ' ')
            ++*behind;
        value.type = JQ_NUMBER;
    }
    value.len = (uint32_t)(*behind - at);
    return value;
}

struct jq_value jq_text_value(struct jq_machine *jq, const char *text, size_t len, unsigned owner)
{
    const char *end = text + len, *behind;
    text = skip_space(text, end);
    struct jq_value value = value_at(text, end, owner, &behind);
    if (value.owner)
        jq_owner_keep(jq, value.owner);
    return value;
}

struct jq_value jq_text_whole(struct jq_machine *jq, const char *text, size_t len, unsigned owner)
{
    if ((*text != '[' && *text != '{') || len > UINT32_MAX)
        return jq_text_value(jq, text, len, owner);
    if (owner)
        jq_owner_keep(jq, owner);
    return (struct jq_value){.type = *text == '[' ? JQ_ARRAY : JQ_OBJECT,
                             .form = JQ_TEXT,
                             .owner = (uint16_t)owner,
                             .len = (uint32_t)len,
                             .text = text};
}

/* Below this many bytes a container is stepped over as fast without its tokens. */
enum { TOKENS_FROM = 64 };

/* The token of the record's index at which a value on text begins; false: the walk has none of it. */
static bool find_token(struct jq_machine *jq, const struct jq_value *value, size_t *token)
{
    const struct piece *piece = jq->piece;
    if (!piece || value->owner != 0 || value->len < TOKENS_FROM || value->text < piece->text)
        return false;
    size_t offset = (size_t)(value->text - piece->text);
    const uint32_t *positions = piece->index.positions;
    if (offset >= piece->end)
        return false;
    if (positions[jq->near] == offset) {
        *token = jq->near;
        return true;
    }
    size_t from = 0, count = piece->limit;
    while (count > 1) {
        size_t half = count / 2;
        from += positions[from + half] <= offset ? half : 0;
        count -= half;
    }
    *token = from;
    return positions[from] == offset;
}

/* Goes behind the value at a token, and a comma or colon behind that; returns its first byte, or NUL where the
 * container ends. */
static inline unsigned char pass_token(struct jq_machine *jq, struct jq_steps *steps)
{
    const struct piece *piece = steps->piece;
    const struct scan_index *index = &piece->index;
    size_t token = steps->index, last = token;
    unsigned char c = index->tokens[token];
    if (c == ']' || c == '}')
        return '\0';
    steps->from = piece->text + index->positions[token];
    if (c == '{' || c == '[') {
        last = piece_close(piece, token);
        steps->to = piece->text + index->positions[last] + 1;
    } else {
        steps->to = piece->text + index->positions[token + 1];
        while (index->any_space && text_is_space(steps->to[-1]))
            steps->to--;
    }
    jq->near = token;
    unsigned char next = index->tokens[last + 1];
    steps->index = last + 1 + (next == ',' || next == ':');
    return c;
}

static bool token_escaped(const struct piece *piece, const char *from, const char *to)
{
    return scan_any(piece->index.backslashes, (size_t)(from - piece->text), (size_t)(to - piece->text));
}

/* The next value by tokens. */
static bool token_next(struct jq_machine *jq, struct jq_steps *steps, struct jq_value *value)
{
    static const uint8_t types[256] = {['"'] = JQ_STRING, ['['] = JQ_ARRAY, ['{'] = JQ_OBJECT,
                                       ['t'] = JQ_TRUE,   ['f'] = JQ_FALSE, ['n'] = JQ_NULL};
    const struct piece *piece = steps->piece;
    unsigned char c = pass_token(jq, steps);
    if (c == '\0')
        return false;
    enum jq_type type = types[c] ? types[c] : JQ_NUMBER;
    *value = jq_self(type);
    if (type >= JQ_NUMBER) {
        bool escaped =
            c == '"' && piece->index.any_backslash && token_escaped(piece, steps->from, steps->to);
        value->form = escaped ? JQ_ESCAPED : JQ_TEXT;
        value->text = steps->from;
        value->len = (uint32_t)(steps->to - steps->from);
    }
    return true;
}

size_t jq_text_length(struct jq_machine *jq, struct jq_value array)
{
    size_t token, count = 0;
    if (find_token(jq, &array, &token)) {
        const unsigned char *tokens = jq->piece->index.tokens;
        for (token++; tokens[token] != ']'; count++) {
            token = piece_last(jq->piece, token) + 1;
            token += tokens[token] == ',';
        }
        return count;
    }
    const char *at = array.text + 1, *end = array.text + array.len;
    struct scan_depth state = {0};
    if (*skip_space(at, end) == ']')
        return 0;
    scan_depth(&state, SCAN_ELEMENTS, at, 0, (size_t)(end - at), UINT64_MAX);
    return state.count + 1;
}

struct jq_steps jq_steps(struct jq_machine *jq, const struct jq_value *container)
{
    struct jq_steps steps = {.container = container};
    if (container->form == JQ_TEXT && find_token(jq, container, &steps.index)) {
        steps.piece = jq->piece;
        steps.index++;
    } else if (container->form == JQ_TEXT) {
        steps.at = container->text + 1;
        steps.end = container->text + container->len - 1;
    }
    return steps;
}

/* A comma or colon behind it is passed. */
bool jq_text_next(struct jq_machine *jq, struct jq_steps *steps, unsigned owner, struct jq_value *value)
{
    if (steps->piece)
        return token_next(jq, steps, value);
    const char *at = skip_space(steps->at, steps->end);
    if (at == steps->end)
        return false;
    steps->from = at;
    *value = value_at(at, steps->end, owner, &at);
    steps->to = at;
    at = skip_space(at, steps->end);
    steps->at = at < steps->end ? at + 1 : at;
    return true;
}

bool jq_text_pass(struct jq_machine *jq, struct jq_steps *steps)
{
    struct jq_value value;
    return steps->piece ? pass_token(jq, steps) != '\0' : jq_text_next(jq, steps, 0, &value);
}

bool jq_steps_next(struct jq_machine *jq, struct jq_steps *steps, struct jq_value *key, struct jq_value *item)
{
    const struct jq_value *container = steps->container;
    if (container->form != JQ_TEXT) {
        if (container->type == JQ_ARRAY) {
            if (steps->index == container->array->len)
                return false;
            *item = jq_keep(jq, container->array->items[steps->index++]);
            return true;
        }
        if (steps->index == container->object->len)
            return false;
        const struct jq_member *member = &container->object->members[steps->index++];
        if (key)
            *key = jq_keep(jq, member->key);
        *item = jq_keep(jq, member->value);
        return true;
    }
    struct jq_value name;
    if (container->type == JQ_OBJECT) {
        if (!jq_text_next(jq, steps, container->owner, &name))
            return false;
        if (key) {
            *key = jq_keep(jq, name);
            jq_string_bytes(jq, key);
        }
    }
    if (!jq_text_next(jq, steps, container->owner, item))
        return false;
    jq_keep(jq, *item);
    return true;
}

void jq_expand(struct jq_machine *jq, struct jq_value *container)
{
    if (container->form != JQ_TEXT)
        return;
    struct jq_steps steps = jq_steps(jq, container);
    struct jq_value key = jq_none(), item = jq_none(), made;
    if (container->type == JQ_ARRAY) {
        made = jq_array(jq, 8);
        while (jq_steps_next(jq, &steps, NULL, &item))
            made = jq_array_add(jq, made, item);
    } else {
        made = jq_object(jq, 8);
        while (jq_steps_next(jq, &steps, &key, &item))
            made = jq_object_set(jq, made, key, item);
    }
    jq_drop(jq, *container);
    *container = made;
}

static bool is_key(struct span key, struct jq_bytes wanted)
{
    if (key.escaped)
        return json_string_equal(key, wanted.at, wanted.len);
    return key.len - 2 == wanted.len && memcmp(key.text + 1, wanted.at, wanted.len) == 0;
}

/* A member's value by the tokens of its object, whose first this is. */
static struct jq_value token_get(struct jq_machine *jq, size_t token, struct jq_bytes key)
{
    const struct piece *piece = jq->piece;
    const unsigned char *tokens = piece->index.tokens;
    size_t found = 0;
    for (token++; tokens[token] != '}'; token += tokens[token] == ',') {
        size_t room = piece->index.positions[token + 1] - piece->index.positions[token];
        if (room - 2 == key.len || piece->index.any_space || piece->index.any_backslash) {
            if (is_key(piece_value(piece, token), key))
                found = token + 2;
        }
        token = piece_last(piece, token + 2) + 1;
    }
    struct jq_steps at = {.piece = piece, .index = found};
    struct jq_value value = jq_none();
    if (found > 0)
        token_next(jq, &at, &value);
    return value;
}

struct jq_value jq_text_get(struct jq_machine *jq, struct jq_value object, struct jq_bytes key)
{
    size_t token;
    if (find_token(jq, &object, &token))
        return token_get(jq, token, key);
    struct jq_steps steps = jq_steps(jq, &object);
    struct jq_value name, value, found = jq_none();
    while (jq_text_next(jq, &steps, object.owner, &name) && jq_text_next(jq, &steps, object.owner, &value)) {
        if (is_key((struct span){.text = name.text, .len = name.len, .escaped = name.form == JQ_ESCAPED}, key))
            found = value;
    }
    return jq_keep(jq, found);
}

/* Copies the value at *at, which is valid, with all that is in it. */
static struct jq_value build(struct jq_machine *jq, const char **at, const char *end)
{
    *at = skip_space(*at, end);
    if (**at != '[' && **at != '{') {
        struct jq_value value = value_at(*at, end, 0, at);
        if (value.type == JQ_STRING) {
            if (value.form == JQ_ESCAPED)
                jq_string_bytes(jq, &value);
            else
                value = jq_string(jq, value.text + 1, value.len - 2);
        } else if (value.type == JQ_NUMBER) {
            value = jq_number_parse(jq, value.text, value.len);
        }
        return value;
    }
    bool array = **at == '[';
    struct jq_value made = array ? jq_array(jq, 4) : jq_object(jq, 4);
    for (++*at;; ++*at) {
        *at = skip_space(*at, end);
        if (**at == ']' || **at == '}') {
            ++*at;
            return made;
        }
        struct jq_value item = build(jq, at, end);
        *at = skip_space(*at, end);
        if (array) {
            made = jq_array_add(jq, made, item);
        } else {
            ++*at;
            made = jq_object_set(jq, made, item, build(jq, at, end));
            *at = skip_space(*at, end);
        }
        if (**at != ',') {
            ++*at;
            return made;
        }
    }
}

struct jq_value jq_parse(struct jq_machine *jq, const char *text, size_t len, const char **message, size_t *at)
{
    const char *start = skip_space(text, text + len);
    size_t trimmed = len - (size_t)(start - text);
    if (trimmed >= 3 && (memcmp(start, "nan", 3) == 0 || memcmp(start, "NaN", 3) == 0) &&
        skip_space(start + 3, text + len) == text + len)
        return jq_double(__builtin_nan(""));
    if (!json_check(text, len, at, message))
        return jq_none();
    return build(jq, &text, text + len);
}
