/* CSV text as a struct of a schema, a struct as CSV text, and the schema that a text has: by the rules of Spark's
 * reader and writer, which are those of univocity. */
#include <math.h>
#include <stdint.h>

#include "base/text.h"
#include "expr/function/function.h"
#include "expr/function/options_inner.h"
#include "expr/node.h"
#include "expr/parse_inner.h"
#include "value/datetime.h"
#include "value/datetime_format.h"
#include "value/nested.h"

struct csv_options {
    struct cast_type type; /* from_csv */
    const struct datetime_format *date, *timestamp, *clock; /* NULL: as casts read them */
    struct value null, empty, corrupt; /* what stands for a null, for an empty text; the member of a bad text */
    char delimiter, quote, escape;
    bool trim_left, trim_right, quote_all, fail_fast;
};

/* One byte; false for more. */
static bool take_byte(const struct value *value, char *byte)
{
    *byte = value->len == 1 ? value->text[0] : '\0';
    return value->len == 1;
}

static void take_option(void *into, const struct value *name, const struct value *value, struct arena *arena,
                        const char **wrong)
{
    struct csv_options *options = into;
    if (function_option_is(name, "sep") || function_option_is(name, "delimiter"))
        *wrong = take_byte(value, &options->delimiter) ? NULL : "the delimiter is one ASCII character";
    else if (function_option_is(name, "quote"))
        *wrong = take_byte(value, &options->quote) ? NULL : "the quote is one ASCII character";
    else if (function_option_is(name, "escape"))
        *wrong = take_byte(value, &options->escape) ? NULL : "the escape is one ASCII character";
    else if (function_option_is(name, "nullValue"))
        options->null = value_keep(value, arena);
    else if (function_option_is(name, "emptyValue"))
        options->empty = value_keep(value, arena);
    else if (function_option_is(name, "columnNameOfCorruptRecord"))
        options->corrupt = value_keep(value, arena);
    else if (function_option_is(name, "ignoreLeadingWhiteSpace"))
        options->trim_left = function_option_is(value, "true");
    else if (function_option_is(name, "ignoreTrailingWhiteSpace"))
        options->trim_right = function_option_is(value, "true");
    else if (function_option_is(name, "quoteAll"))
        options->quote_all = function_option_is(value, "true");
    else if (function_option_is(name, "dateFormat"))
        options->date = datetime_format_compile(arena, value->text, value->len, wrong);
    else if (function_option_is(name, "timestampFormat"))
        options->timestamp = options->clock = datetime_format_compile(arena, value->text, value->len, wrong);
    else if (function_option_is(name, "mode"))
        options->fail_fast = function_option_fail_fast(value, wrong);
    else
        *wrong = function_option_unknown(name, arena);
}

/* The options of a map of literals over the usual ones of reading, or of writing; NULL with *wrong. */
static struct csv_options *take_options(struct arena *arena, const struct value *map, bool given, bool writing,
                                        const char **wrong)
{
    struct csv_options *options = arena_alloc(arena, sizeof *options);
    *options = (struct csv_options){.delimiter = ',', .quote = '"', .escape = '\\', .null = value_string("", 0),
                                    .empty = value_string("\"\"", writing ? 2 : 0),
                                    .corrupt = value_string("_corrupt_record", 15),
                                    .trim_left = writing, .trim_right = writing};
    return !given || function_options(map, arena, take_option, options, wrong) ? options : NULL;
}

static const char *member_wrong(const struct cast_member *member)
{
    switch (member->type.type) {
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_INTERVAL:
        return "a cell is no array, struct, map or interval";
    case VALUE_STRING:
        return member->type.width == 1 ? "a cell is no binary" : NULL;
    default:
        return NULL;
    }
}

static const void *prepare_from_csv(struct arena *arena, const struct value *const *args, size_t count,
                                    const char **wrong)
{
    if (!args[1] || args[1]->type != VALUE_STRING) {
        *wrong = "the schema is a literal";
        return NULL;
    }
    struct csv_options *options = take_options(arena, count > 2 ? args[2] : NULL, count > 2, false, wrong);
    if (!options || !expr_schema(arena, arena_copy(arena, args[1]->text, args[1]->len), &options->type, wrong))
        return NULL;
    const struct cast_inner *inner = options->type.inner;
    if (options->type.type != VALUE_STRUCT || !inner || !inner->members) {
        *wrong = "the schema is of a struct: a int, b date";
        return NULL;
    }
    for (size_t i = 0; i < inner->member_count && !*wrong; i++)
        *wrong = member_wrong(&inner->members[i]);
    return *wrong ? NULL : options;
}

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* Whether a quote or an escape stands behind an escape, as a letter. */
static bool is_escaped(const struct csv_options *options, const char *at, const char *end)
{
    return *at == options->escape && at + 1 < end && (at[1] == options->quote || at[1] == options->escape);
}

/* The quote that ends what begins at `at`, blanks and a delimiter or the end behind it, or the end where none ends it;
 * NULL: there is another one. *behind: where the delimiter is. */
static const char *closing_quote(const struct csv_options *options, const char *at, const char *end,
                                 const char **behind)
{
    for (at++; at < end; at++) {
        if (is_escaped(options, at, end)) {
            at++;
        } else if (*at == options->quote) {
            *behind = at + 1;
            while (*behind < end && is_blank(**behind) && **behind != options->delimiter)
                ++*behind;
            return *behind == end || **behind == options->delimiter ? at : NULL;
        }
    }
    *behind = end;
    return end;
}

/* The next cell from *at on, which becomes the place behind its delimiter, or NULL behind the last one. A quote behind
 * which more than a delimiter comes is a letter of the cell, as all others up to that are. */
static struct value next_cell(const struct csv_options *options, const char **at, const char *end, struct arena *arena)
{
    const char *start = *at, *stop = end;
    while (options->trim_left && start < end && is_blank(*start) && *start != options->delimiter)
        start++;
    const char *close = start < end && *start == options->quote ? closing_quote(options, start, end, &stop) : NULL;
    struct value cell;
    if (close) {
        char *text = arena_alloc(arena, (size_t)(close - start) + 1);
        size_t used = 0;
        for (const char *from = start + 1; from < close; from++) {
            from += is_escaped(options, from, close);
            text[used++] = *from;
        }
        cell = used > 0 ? value_string(text, used) : options->empty;
    } else {
        stop = start < end ? memchr(start, options->delimiter, (size_t)(end - start)) : NULL;
        stop = stop ? stop : end;
        const char *last = stop;
        while (options->trim_right && last > start && is_blank(last[-1]))
            last--;
        cell = value_string(start, (size_t)(last - start));
    }
    *at = stop < end ? stop + 1 : NULL;
    return cell;
}

/* What a cell is as a number that Java reads, or nothing. */
static struct value read_real(const struct value *cell)
{
    static const struct {
        const char *name;
        double real;
    } names[] = {{"NaN", NAN}, {"Inf", INFINITY}, {"-Inf", -INFINITY}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (cell->len == strlen(names[i].name) && memcmp(cell->text, names[i].name, cell->len) == 0)
            return value_double(names[i].real);
    return cast_double(cell);
}

static struct value read_time(const struct csv_options *options, const struct value *cell, struct cast_type type)
{
    bool date = type.type == VALUE_DATE;
    const struct datetime_format *format = date ? options->date : options->timestamp;
    int64_t micros;
    if (!format)
        return cast_value(cell, type, NULL, NULL);
    if (!datetime_format_read(format, cell->text, cell->len, &micros))
        return value_null();
    struct value time = value_timestamp(micros);
    time.width = date ? 0 : type.width;
    return date ? cast_date(&time) : time;
}

/* Null if it is not of the type. */
static struct value read_cell(const struct csv_options *options, const struct value *cell, struct cast_type type,
                              struct arena *arena)
{
    struct value read;
    switch (type.type) {
    case VALUE_STRING:
        return *cell;
    case VALUE_BOOLEAN:
        return function_option_is(cell, "true")    ? value_boolean(true)
               : function_option_is(cell, "false") ? value_boolean(false)
                                                   : value_null();
    case VALUE_LONG:
        for (size_t i = 0; i < cell->len; i++)
            if (!text_is_digit(cell->text[i]) && (i > 0 || (cell->text[i] != '-' && cell->text[i] != '+')))
                return value_null();
        return cast_strict(cell, type, arena, NULL);
    case VALUE_DOUBLE:
        read = read_real(cell);
        return read.type == VALUE_DOUBLE ? cast_value(&read, type, arena, NULL) : value_null();
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        return read_time(options, cell, type);
    default:
        return cast_value(cell, type, arena, NULL);
    }
}

static bool same_text(const struct value *a, const struct value *b)
{
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static struct value from_csv(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct csv_options *options = call->prepared;
    const struct cast_inner *inner = options->type.inner;
    const char *at = args[0].text, *end = at + args[0].len;
    struct value *values = arena_alloc(call->arena, (inner->member_count + 1) * sizeof *values);
    size_t place = SIZE_MAX;
    bool bad = false;
    for (size_t i = 0; i < inner->member_count; i++) {
        const struct cast_member *member = &inner->members[i];
        values[i] = value_null();
        struct value name = value_string(member->name, member->len);
        if (member->type.type == VALUE_STRING && same_text(&name, &options->corrupt)) {
            place = i;
            continue;
        }
        bad = bad || !at;
        struct value cell = at ? next_cell(options, &at, end, call->arena) : options->null;
        if (same_text(&cell, &options->null))
            continue;
        values[i] = read_cell(options, &cell, member->type, call->arena);
        bad = bad || values[i].type == VALUE_NULL;
    }
    bad = bad || at;
    if (bad && options->fail_fast)
        return row_fail(call->row, "from_csv: %s is not of the schema", row_show(call->row, &args[0]));
    if (place != SIZE_MAX && bad)
        values[place] = args[0];
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "{", 1);
    for (size_t i = 0; i < inner->member_count; i++) {
        const struct value name = value_string(inner->members[i].name, inner->members[i].len);
        nested_add_key(&text, &name);
        nested_add_value(&text, &values[i]);
    }
    return nested_finish(&text, VALUE_STRUCT);
}

static const void *prepare_to_csv(struct arena *arena, const struct value *const *args, size_t count,
                                  const char **wrong)
{
    static const char usual[] = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", local[] = "yyyy-MM-dd'T'HH:mm:ss.SSS";
    struct csv_options *options = take_options(arena, count > 1 ? args[1] : NULL, count > 1, true, wrong);
    if (options && !options->timestamp) {
        options->timestamp = datetime_format_compile(arena, usual, sizeof usual - 1, wrong);
        options->clock = datetime_format_compile(arena, local, sizeof local - 1, wrong);
    }
    return options;
}

/* A member's text; false for what is no cell. */
static bool cell_text(const struct csv_options *options, const struct value *value, struct arena *arena,
                      struct value *text)
{
    const struct datetime_format *format = NULL;
    int64_t micros = value->integer;
    if (value->type == VALUE_ARRAY || value->type == VALUE_STRUCT || value_is_binary(value))
        return false;
    if (value->type == VALUE_DATE && options->date) {
        format = options->date;
        micros = datetime_midnight(value->integer);
    } else if (value->type == VALUE_TIMESTAMP) {
        format = value->width == 1 ? options->clock : options->timestamp;
    }
    if (!format) {
        struct value plain = *value;
        plain.as_written = plain.as_written && plain.type != VALUE_DOUBLE;
        *text = cast_string(&plain, arena);
        return true;
    }
    *text = datetime_format_text(format, micros, arena);
    return true;
}

/* A text as a cell: without white space around, as the options say, in quotes where it could be something else. */
static void write_cell(const struct csv_options *options, struct value text, bool first, struct buffer *into)
{
    while (options->trim_left && text.len > 0 && is_blank(text.text[0])) {
        text.text++;
        text.len--;
    }
    while (options->trim_right && text.len > 0 && is_blank(text.text[text.len - 1]))
        text.len--;
    bool quoted = options->quote_all || (first && text.len > 0 && text.text[0] == '#');
    for (size_t i = 0; i < text.len && !quoted; i++)
        quoted = text.text[i] == options->delimiter || text.text[i] == options->quote || text.text[i] == '\n' ||
                 text.text[i] == '\r';
    if (!quoted) {
        buffer_add(into, text.text, text.len);
        return;
    }
    buffer_add_char(into, options->quote);
    for (size_t i = 0; i < text.len; i++) {
        if (text.text[i] == options->quote)
            buffer_add_char(into, options->escape);
        buffer_add_char(into, text.text[i]);
    }
    buffer_add_char(into, options->quote);
}

static struct value to_csv(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct csv_options *options = call->prepared;
    struct nested_member *members;
    if (args[0].type != VALUE_STRUCT || nested_is_map(&args[0]))
        return row_fail(call->row, "to_csv: %s is no struct", row_show(call->row, &args[0]));
    size_t member_count = nested_all(&args[0], call->arena, &members);
    struct buffer line = {0};
    for (size_t i = 0; i < member_count; i++) {
        struct value member = nested_member_value(&args[0], members[i].number, members[i].value, call->arena), text;
        if (i > 0)
            buffer_add_char(&line, options->delimiter);
        if (member.type == VALUE_NULL) {
            buffer_add(&line, options->null.text, options->null.len);
        } else if (!cell_text(options, &member, call->arena, &text)) {
            buffer_free(&line);
            return row_fail(call->row, "to_csv: %s is no cell", row_show(call->row, &member));
        } else if (text.len == 0) {
            buffer_add(&line, options->empty.text, options->empty.len);
        } else {
            write_cell(options, text, i == 0, &line);
        }
    }
    return expr_take_text(call->arena, &line);
}

static const void *prepare_schema_of_csv(struct arena *arena, const struct value *const *args, size_t count,
                                         const char **wrong)
{
    if (!args[0] || args[0]->type != VALUE_STRING || args[0]->len == 0) {
        *wrong = "it is of a literal that is not empty (aflatten --schema tells what is in a file)";
        return NULL;
    }
    return take_options(arena, count > 1 ? args[1] : NULL, count > 1, false, wrong);
}

/* The first of Spark's types that a cell reads as. */
static const char *type_of_cell(const struct csv_options *options, const struct value *cell, struct arena *arena)
{
    static const struct {
        const char *name;
        struct cast_type type;
    } types[] = {{"INT", {.type = VALUE_LONG, .width = 4}}, {"BIGINT", {.type = VALUE_LONG}},
                 {"DECIMAL(%d,0)", {.type = VALUE_DECIMAL, .precision = DECIMAL_DIGITS_MAX}},
                 {"DOUBLE", {.type = VALUE_DOUBLE}}, {"DATE", {.type = VALUE_DATE}},
                 {"TIMESTAMP", {.type = VALUE_TIMESTAMP}}, {"BOOLEAN", {.type = VALUE_BOOLEAN}}};
    bool whole = true;
    for (size_t i = 0; i < cell->len; i++)
        whole = whole && (text_is_digit(cell->text[i]) || (i == 0 && cell->len > 1 && cell->text[i] == '-'));
    if (same_text(cell, &options->null))
        return "STRING";
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        enum value_type type = types[i].type.type;
        if ((type == VALUE_DECIMAL && !whole) ||
            (type == VALUE_DATE && !options->date && (cell->len != 10 || cell->text[4] != '-')))
            continue;
        struct value read = read_cell(options, cell, types[i].type, arena);
        if (read.type == VALUE_NULL)
            continue;
        if (type != VALUE_DECIMAL)
            return types[i].name;
        struct buffer name = {0};
        buffer_add_format(&name, "DECIMAL(%u,0)", decimal_digits(read.unscaled));
        return expr_take_text(arena, &name).text;
    }
    return "STRING";
}

static struct value schema_of_csv(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct csv_options *options = call->prepared;
    struct buffer schema = {0};
    const char *at = args[0].text, *end = at + args[0].len;
    for (size_t i = 0; at; i++) {
        struct value cell = next_cell(options, &at, end, call->arena);
        buffer_add_format(&schema, "%s_c%zu: %s", i == 0 ? "STRUCT<" : ", ", i,
                          type_of_cell(options, &cell, call->arena));
    }
    buffer_add_char(&schema, '>');
    return expr_take_text(call->arena, &schema);
}

const struct function functions_csv[] = {
    {{"from_csv", NULL, "s, schema[, options]", "Struct",
      "A line of CSV as a struct of a schema, a literal such as 'a int, b date': a cell of another type is null. "
      "Options, map('sep', ';'): sep, quote, escape, nullValue, emptyValue, dateFormat, timestampFormat, mode, "
      "ignoreLeadingWhiteSpace, ignoreTrailingWhiteSpace, columnNameOfCorruptRecord",
      "from_csv('1,x', 'a int, b string') => {\"a\":1,\"b\":\"x\"}\n"
      "from_csv('1;2', 'a int, b int', map('sep', ';')).b => 2"},
     "ss|x", .run = from_csv, .prepare = prepare_from_csv},
    {{"to_csv", NULL, "struct[, options]", "String", "A struct's members as a line of CSV; options as above, quoteAll",
      "to_csv(struct(1, 'a,b', null)) => 1,\"a,b\","},
     "x|x", .run = to_csv, .prepare = prepare_to_csv},
    {{"schema_of_csv", NULL, "s[, options]", "String", "The schema of a line of CSV, a literal",
      "schema_of_csv('1,abc') => STRUCT<_c0: INT, _c1: STRING>"},
     "s|x", .run = schema_of_csv, .prepare = prepare_schema_of_csv},
    {.takes = NULL},
};
