#include "parquet/ddl.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "parquet/schema.h"

struct ddl {
    const char *text, *at;
    struct arena arena;
    unsigned depth;
    const char *message; /* not NULL: what was expected at `at` */
};

static const struct {
    const char *name;
    enum parquet_kind kind;
} kinds[] = {
    {"boolean", PARQUET_KIND_BOOLEAN},     {"tinyint", PARQUET_KIND_BYTE},   {"byte", PARQUET_KIND_BYTE},
    {"smallint", PARQUET_KIND_SHORT},      {"short", PARQUET_KIND_SHORT},    {"int", PARQUET_KIND_INT},
    {"integer", PARQUET_KIND_INT},         {"bigint", PARQUET_KIND_LONG},    {"long", PARQUET_KIND_LONG},
    {"float", PARQUET_KIND_FLOAT},         {"real", PARQUET_KIND_FLOAT},     {"double", PARQUET_KIND_DOUBLE},
    {"decimal", PARQUET_KIND_DECIMAL},     {"dec", PARQUET_KIND_DECIMAL},    {"numeric", PARQUET_KIND_DECIMAL},
    {"string", PARQUET_KIND_STRING},       {"binary", PARQUET_KIND_BINARY},  {"date", PARQUET_KIND_DATE},
    {"timestamp", PARQUET_KIND_TIMESTAMP}, {"timestamp_ltz", PARQUET_KIND_TIMESTAMP},
    {"timestamp_ntz", PARQUET_KIND_TIMESTAMP_NTZ},
    {"struct", PARQUET_KIND_STRUCT},       {"array", PARQUET_KIND_ARRAY},    {"map", PARQUET_KIND_MAP},
};

static bool fail(struct ddl *ddl, const char *message)
{
    if (!ddl->message)
        ddl->message = message;
    return false;
}

static void skip_blank(struct ddl *ddl)
{
    while (isspace((unsigned char)*ddl->at))
        ddl->at++;
}

static bool take(struct ddl *ddl, char c)
{
    skip_blank(ddl);
    if (*ddl->at != c)
        return false;
    ddl->at++;
    return true;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

/* A name between backticks, a doubled one standing for one, or of letters, digits and _. */
static bool take_name(struct ddl *ddl, const char **name, size_t *len)
{
    struct buffer text = {0};
    if (take(ddl, '`')) {
        for (; *ddl->at && (*ddl->at != '`' || ddl->at[1] == '`'); ddl->at++) {
            ddl->at += *ddl->at == '`';
            buffer_add_char(&text, *ddl->at);
        }
        if (*ddl->at++ != '`') {
            buffer_free(&text);
            ddl->at--;
            return fail(ddl, "expected a backtick");
        }
    } else {
        while (is_word(*ddl->at))
            buffer_add_char(&text, *ddl->at++);
    }
    *len = text.len;
    *name = arena_copy(&ddl->arena, text.len > 0 ? text.data : "", text.len);
    buffer_free(&text);
    return *len > 0 || fail(ddl, "expected a name");
}

static bool take_number(struct ddl *ddl, unsigned char *number)
{
    unsigned value = 0;
    skip_blank(ddl);
    if (!isdigit((unsigned char)*ddl->at))
        return fail(ddl, "expected a number");
    while (isdigit((unsigned char)*ddl->at) && value < 100)
        value = 10 * value + (unsigned)(*ddl->at++ - '0');
    *number = (unsigned char)value;
    return value < 100 || fail(ddl, "expected a number up to 38");
}

static bool take_type(struct ddl *ddl, struct parquet_field *field);

static bool take_fields(struct ddl *ddl, char end, struct parquet_field *parent)
{
    size_t cap = 0;
    do {
        if (parent->child_count == cap) {
            struct parquet_field *more = arena_alloc(&ddl->arena, (cap ? 2 * cap : 8) * sizeof *more);
            if (cap > 0)
                memcpy(more, parent->children, cap * sizeof *more);
            parent->children = more;
            cap = cap ? 2 * cap : 8;
        }
        struct parquet_field *field = &parent->children[parent->child_count++];
        *field = (struct parquet_field){0};
        if (!take_name(ddl, &field->name, &field->name_len))
            return false;
        take(ddl, ':');
        if (!take_type(ddl, field))
            return false;
    } while (take(ddl, ','));
    return take(ddl, end) || (end == '\0' && *ddl->at == '\0') ||
           fail(ddl, end ? "expected ',' or '>'" : "expected ','");
}

/* <type> or <type, type> */
static bool take_inner(struct ddl *ddl, struct parquet_field *field, size_t count)
{
    field->children = arena_alloc(&ddl->arena, count * sizeof *field->children);
    field->child_count = count;
    if (!take(ddl, '<'))
        return fail(ddl, "expected '<'");
    for (size_t i = 0; i < count; i++) {
        const char *name = i > 0 ? "value" : count == 1 ? "element" : "key";
        field->children[i] = (struct parquet_field){.name = name, .name_len = strlen(name)};
        if ((i > 0 && !take(ddl, ',')) || !take_type(ddl, &field->children[i]))
            return fail(ddl, "expected ','");
    }
    return take(ddl, '>') || fail(ddl, "expected '>'");
}

static bool take_decimal(struct ddl *ddl, struct parquet_field *field)
{
    field->precision = 10; /* as Spark */
    if (!take(ddl, '('))
        return true;
    if (!take_number(ddl, &field->precision) || (take(ddl, ',') && !take_number(ddl, &field->scale)))
        return false;
    return take(ddl, ')') || fail(ddl, "expected ')'");
}

/* Recursion is bounded by PARQUET_DEPTH_MAX. */
static bool take_kind(struct ddl *ddl, struct parquet_field *field, const char *word, size_t len)
{
    size_t i = 0, count = sizeof kinds / sizeof *kinds;
    while (i < count && (strlen(kinds[i].name) != len || strncasecmp(kinds[i].name, word, len) != 0))
        i++;
    if (i == count) {
        ddl->at = word;
        return fail(ddl, "expected a type, such as string, bigint, array<…>, struct<…>");
    }
    field->kind = kinds[i].kind;
    switch (field->kind) {
    case PARQUET_KIND_DECIMAL:
        return take_decimal(ddl, field);
    case PARQUET_KIND_STRUCT:
        return take(ddl, '<') ? take_fields(ddl, '>', field) : fail(ddl, "expected '<'");
    case PARQUET_KIND_ARRAY:
        return take_inner(ddl, field, 1);
    case PARQUET_KIND_MAP:
        return take_inner(ddl, field, 2);
    default:
        return true;
    }
}

static bool take_type(struct ddl *ddl, struct parquet_field *field)
{
    skip_blank(ddl);
    const char *word = ddl->at;
    while (is_word(*ddl->at))
        ddl->at++;
    if (++ddl->depth > PARQUET_DEPTH_MAX)
        return fail(ddl, "nested too deeply");
    bool good = take_kind(ddl, field, word, (size_t)(ddl->at - word));
    ddl->depth--;
    return good;
}

struct parquet_layout *parquet_ddl(const char *text, const char *what, struct problem *problem)
{
    struct ddl ddl = {.text = text, .at = text};
    struct parquet_field root = {0};
    struct parquet_layout *layout = NULL;
    if (take_fields(&ddl, '\0', &root))
        layout = parquet_layout_new(root.children, root.child_count, problem);
    else
        problem_caret(problem, what, text, (size_t)(ddl.at - text), ddl.message);
    arena_free(&ddl.arena);
    return layout;
}
