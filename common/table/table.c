#include "table/table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "json/json.h"
#include "table/schema.h"

enum { COLUMN_WIDTH_MIN = 3, COLUMN_WIDTH_FIT = 8 /* to what a column is narrowed for its line to fit */ };

struct table {
    struct table_options options;
    size_t columns;
    bool *barred, *sparked; /* by column */
    struct value *values; /* row after row */
    size_t rows, cap;
    bool more; /* there was a row beyond options.rows */
    struct arena arena;
    struct schema **schemas; /* a column's type: its root node stands for a cell */
    struct value *names;
};

/* A laid out cell: escaped, cut. */
struct cell {
    const char *text;
    size_t len, width, units;
    bool bar;
};

static bool is_among(const char *const *names, const char *name, size_t len)
{
    for (; *names; names++)
        if (strlen(*names) == len && memcmp(*names, name, len) == 0)
            return true;
    return false;
}

struct table *table_start(const struct table_options *options, const char *const *names, const size_t *name_lens,
                          size_t columns)
{
    struct table *table = mem_zero(1, sizeof *table);
    table->options = *options;
    table->columns = columns;
    table->schemas = mem_zero(columns, sizeof(struct schema *));
    table->names = mem_zero(columns, sizeof *table->names);
    table->barred = mem_zero(columns, sizeof *table->barred);
    table->sparked = mem_zero(columns, sizeof *table->sparked);
    for (size_t i = 0; i < columns; i++) {
        table->schemas[i] = schema_new();
        struct value name = {.type = VALUE_STRING, .text = names[i], .len = name_lens[i]};
        table->names[i] = value_keep(&name, &table->arena);
        table->barred[i] = is_among(options->bars, names[i], name_lens[i]);
        table->sparked[i] = is_among(options->sparks, names[i], name_lens[i]);
    }
    return table;
}

void table_column(struct table *table, size_t column, const struct schema_node *node)
{
    schema_merge_node(table->schemas[column], node);
}

static struct span json_span(const struct value *value)
{
    return (struct span){.text = value->text, .len = value->len,
                         .type = value->type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT};
}

/* Tells the column's type of one more of its cells. */
static void column_add(struct schema *schema, const struct value *value)
{
    struct schema_node *node = schema_root(schema);
    switch (value->type) {
    case VALUE_NULL:
        node->seen |= SEEN_NULL;
        return;
    case VALUE_BOOLEAN:
        node->seen |= SEEN_BOOLEAN;
        return;
    case VALUE_LONG:
    case VALUE_DECIMAL:
    case VALUE_DOUBLE:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        schema_add_typed(schema, node, value);
        return;
    default:
        if (value_is_binary(value)) {
            node->seen |= SEEN_BINARY;
            return;
        }
        node->seen |= value->len == 0 && value->type == VALUE_STRING ? SEEN_NULL : SEEN_STRING; /* as schema */
        return;
    }
}

bool table_row(struct table *table, const struct value *values)
{
    if (table->rows == table->options.rows) {
        table->more = true;
        return false;
    }
    if (table->rows == table->cap) {
        table->cap = table->cap ? 2 * table->cap : TABLE_ROWS;
        table->values = mem_resize(table->values, table->cap, table->columns * sizeof *table->values);
    }
    for (size_t i = 0; i < table->columns; i++) {
        struct value kept = value_keep(&values[i], &table->arena);
        column_add(table->schemas[i], &kept);
        table->values[table->rows * table->columns + i] = kept;
    }
    table->rows++;
    return true;
}

/* A control of C0, C1 or DEL, which a terminal might obey. */
static bool is_control(const char *text, size_t size)
{
    unsigned char first = (unsigned char)text[0];
    return first < ' ' || first == 0x7F || (size == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0);
}

void table_escape(const char *text, size_t len, struct buffer *into)
{
    static const char special[] = "\n\r\t\f\b\v\a", letters[] = "nrtfbva";
    buffer_reserve(into, len);
    for (size_t i = 0, size; i < len; i += size ? size : 1) {
        size = unicode_valid(text + i, len - i);
        const char *found = text[i] > 0 && text[i] < ' ' ? strchr(special, text[i]) : NULL;
        if (found) {
            buffer_add_char(into, '\\');
            buffer_add_char(into, letters[found - special]);
        } else if (size == 0) {
            buffer_add_text(into, UNICODE_UNKNOWN);
        } else if (is_control(text + i, size)) {
            for (size_t at = i; at < i + size; at++)
                buffer_add_format(into, "\\x%02x", (unsigned)(unsigned char)text[at]);
        } else {
            buffer_add(into, text + i, size);
        }
    }
}

/* Bytes of the character that begins with c. */
static size_t character_len(char c)
{
    unsigned char lead = (unsigned char)c;
    return lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The ranges of Utils.stringHalfWidth in Spark. */
static bool is_wide(uint32_t point)
{
    return (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
           (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
           (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ||
           (point >= 0xFFE0 && point <= 0xFFE6);
}

/* Length in UTF-16 units; *wide counts the wide characters. */
static size_t count_units(const char *text, size_t len, size_t *wide)
{
    size_t units = 0;
    *wide = 0;
    for (size_t i = 0, bytes; i < len; i += bytes) {
        bytes = character_len(text[i]);
        units += bytes == 4 ? 2 : 1;
        if (bytes == 3 && i + 3 <= len) {
            const unsigned char *c = (const unsigned char *)text + i;
            *wide += is_wide((c[0] & 0x0Fu) << 12 | (c[1] & 0x3Fu) << 6 | (c[2] & 0x3Fu));
        }
    }
    return units;
}

size_t table_width(const char *text, size_t len)
{
    size_t wide;
    size_t units = count_units(text, len, &wide);
    return units + wide;
}

/* Appends the first `units` UTF-16 units of text; half a surrogate pair comes out of Java as '?'. */
static void add_units(const char *text, size_t units, struct buffer *into)
{
    size_t i = 0;
    while (units > 0) {
        size_t bytes = character_len(text[i]);
        if (bytes == 4 && units == 1) {
            buffer_add(into, text, i);
            buffer_add_char(into, '?');
            return;
        }
        units -= bytes == 4 ? 2 : 1;
        i += bytes;
    }
    buffer_add(into, text, i);
}

static struct cell cell_of(struct table *table, const char *text, size_t len)
{
    size_t wide;
    struct cell cell = {.text = arena_copy(&table->arena, text, len), .len = len};
    cell.units = count_units(text, len, &wide);
    cell.width = cell.units + wide;
    return cell;
}

static struct cell cut(struct table *table, const struct buffer *text)
{
    struct cell whole = cell_of(table, text->data, text->len);
    size_t width = table->options.fit > 0 ? 0 : table->options.width;
    if (width == 0 || whole.units <= width)
        return whole;
    struct buffer part = {0};
    add_units(text->data, width < 4 ? width : width - 3, &part);
    if (width >= 4)
        buffer_add_text(&part, "...");
    struct cell cell = cell_of(table, part.data, part.len);
    buffer_free(&part);
    return cell;
}

static bool is_number(const struct value *value)
{
    return value->type == VALUE_LONG || value->type == VALUE_DECIMAL;
}

/* The text of a value as its column shows it. */
static void show_value(const struct schema_node *column, const struct value *value, struct buffer *into)
{
    enum schema_type type = schema_node_type(column);
    bool text_column = schema_is_text(type);
    if (value->type == VALUE_NULL || (value->type == VALUE_STRING && !text_column)) {
        buffer_add_text(into, "NULL"); /* "" among values of another type is null, as Spark reads it */
    } else if (value_is_binary(value)) {
        schema_show_bytes(value->text, value->len, into);
    } else if (value->type == VALUE_ARRAY || value->type == VALUE_STRUCT) {
        schema_show(column, json_span(value), into);
    } else if (is_number(value) && type == SCHEMA_DOUBLE) {
        struct value real = value_double(value_to_double(value));
        value_write_plain(&real, into);
    } else if (value->as_written && text_column) {
        buffer_add(into, value->text, value->len);
    } else {
        value_write_plain(value, into);
    }
}

/* The array of a value to be drawn, also one in a text: of a cell of TSV. */
static bool is_array(const struct value *value, struct span *array)
{
    *array = (struct span){.text = value->text, .len = value->len, .type = SPAN_ARRAY};
    bool text = value->type == VALUE_STRING || value->type == VALUE_CELL;
    return value->type == VALUE_ARRAY || (text && value->len > 0 && value->text[0] == '[' && json_is(*array));
}

/* The lines of the head: the name, and the type. */
static size_t head_lines(const struct table *table)
{
    return table->options.types ? 2 : 1;
}

/* The name of a column's type. */
static struct cell type_cell(struct table *table, const struct schema_node *node)
{
    struct buffer name = {0};
    if (schema_node_type(node) == SCHEMA_NULL)
        buffer_add_text(&name, "void");
    else
        schema_write_name(node, &name);
    struct cell cell = cut(table, &name);
    buffer_free(&name);
    return cell;
}

static struct cell *layout(struct table *table)
{
    size_t heads = head_lines(table);
    struct cell *cells = mem_zero((table->rows + heads) * table->columns, sizeof *cells);
    struct buffer plain = {0}, escaped = {0};
    for (size_t i = 0; i < table->columns; i++) {
        escaped.len = 0;
        table_escape(table->names[i].text, table->names[i].len, &escaped);
        buffer_reserve(&escaped, 1);
        cells[i] = cell_of(table, escaped.data, escaped.len);
        schema_sort(table->schemas[i], schema_root(table->schemas[i]));
        if (table->options.types)
            cells[table->columns + i] = type_cell(table, schema_root(table->schemas[i]));
    }
    for (size_t at = 0; at < table->rows * table->columns; at++) {
        plain.len = escaped.len = 0;
        show_value(schema_root(table->schemas[at % table->columns]), &table->values[at], &plain);
        buffer_reserve(&plain, 1);
        table_escape(plain.data, plain.len, &escaped);
        buffer_reserve(&escaped, 1);
        struct span array;
        if (table->sparked[at % table->columns] && is_array(&table->values[at], &array)) {
            escaped.len = 0;
            draw_spark(&table->options.draw, array, table->options.width, &escaped);
            buffer_reserve(&escaped, 1);
        }
        cells[heads * table->columns + at] = cut(table, &escaped);
    }
    buffer_free(&plain);
    buffer_free(&escaped);
    return cells;
}

/* The least and the largest number that a column shows. */
static void column_range(const struct table *table, size_t column, double *least, double *most)
{
    *least = *most = 0;
    for (size_t row = 0; row < table->rows; row++) {
        struct value number;
        if (!value_to_number(&table->values[row * table->columns + column], &number))
            continue;
        double real = value_to_double(&number);
        if (!isfinite(real))
            continue;
        *least = real < *least ? real : *least;
        *most = real > *most ? real : *most;
    }
}

/* Bars as a column more, behind that of the numbers. */
static void set_bars(struct table *table, size_t column, struct cell *cells, size_t columns, size_t at)
{
    double least, most;
    size_t heads = head_lines(table);
    column_range(table, column, &least, &most);
    for (size_t i = 0; i < heads; i++)
        cells[i * columns + at] = (struct cell){.text = "", .bar = true};
    for (size_t row = 0; row < table->rows; row++) {
        struct value number;
        struct buffer bar = {0};
        bool is = value_to_number(&table->values[row * table->columns + column], &number);
        draw_bar(&table->options.draw, is ? value_to_double(&number) : 0, least, most, &bar);
        cells[(row + heads) * columns + at] =
            (struct cell){.text = arena_copy(&table->arena, bar.data, bar.len), .len = bar.len, .width = DRAW_BAR};
        buffer_free(&bar);
    }
}

/* The cells with those of the bars between them. From now on they count as columns. */
static struct cell *with_bars(struct table *table, struct cell *cells)
{
    size_t columns = table->columns;
    for (size_t i = 0; i < table->columns; i++)
        columns += table->barred[i];
    if (columns == table->columns)
        return cells;
    size_t lines = table->rows + head_lines(table);
    struct cell *all = mem_zero(lines * columns, sizeof *all);
    for (size_t i = 0, at = 0; i < table->columns; i++) {
        for (size_t row = 0; row < lines; row++)
            all[row * columns + at] = cells[row * table->columns + i];
        at++;
        if (table->barred[i])
            set_bars(table, i, all, columns, at++);
    }
    free(cells);
    table->columns = columns;
    return all;
}

static void add_repeated(struct buffer *into, char c, size_t count)
{
    buffer_reserve(into, count);
    memset(into->data + into->len, c, count);
    into->len += count;
}

static void add_padded(struct buffer *into, struct cell cell, size_t width, bool right)
{
    if (right)
        add_repeated(into, ' ', width - cell.width);
    buffer_add(into, cell.text, cell.len);
    if (!right)
        add_repeated(into, ' ', width - cell.width);
}

static void add_rule(struct buffer *into, const size_t *widths, size_t columns)
{
    buffer_add_char(into, '+');
    for (size_t i = 0; i < columns; i++) {
        add_repeated(into, '-', widths[i]);
        buffer_add_char(into, '+');
    }
    if (columns == 0)
        buffer_add_char(into, '+');
    buffer_add_char(into, '\n');
}

static void column_widths(const struct table *table, const struct cell *cells, size_t *widths)
{
    for (size_t i = 0; i < table->columns; i++)
        widths[i] = COLUMN_WIDTH_MIN;
    for (size_t at = 0; at < (table->rows + head_lines(table)) * table->columns; at++)
        if (cells[at].width > widths[at % table->columns])
            widths[at % table->columns] = cells[at].width;
}

/* Narrows the widest of these columns, together with those that are as wide, again and again, until their line fits,
 * or cannot. Bars stay. */
static void narrow(const struct table *table, const struct cell *cells, size_t *widths, size_t columns)
{
    size_t line = 1;
    for (size_t i = 0; i < columns; i++)
        line += widths[i] + 1;
    while (line > table->options.fit) {
        size_t widest = 0, equal = 0, next = COLUMN_WIDTH_FIT;
        for (size_t i = 0; i < columns; i++)
            widest = !cells[i].bar && widths[i] > widest ? widths[i] : widest;
        if (widest <= COLUMN_WIDTH_FIT)
            return;
        for (size_t i = 0; i < columns; i++) {
            equal += !cells[i].bar && widths[i] == widest;
            next = !cells[i].bar && widths[i] < widest && widths[i] > next ? widths[i] : next;
        }
        size_t less = (line - table->options.fit + equal - 1) / equal;
        less = less < widest - next ? less : widest - next;
        for (size_t i = 0; i < columns; i++)
            if (!cells[i].bar && widths[i] == widest)
                widths[i] -= less;
        line -= equal * less;
    }
}

/* Sets the widths so that lines fit; how many columns there is room for, at least one. */
static size_t fit_columns(const struct table *table, const struct cell *cells, size_t *widths)
{
    size_t columns = 0, line = 1;
    column_widths(table, cells, widths);
    if (table->options.fit == 0)
        return table->columns;
    for (; columns < table->columns; columns++) {
        bool stays = cells[columns].bar || widths[columns] < COLUMN_WIDTH_FIT;
        line += (stays ? widths[columns] : COLUMN_WIDTH_FIT) + 1;
        if (line > table->options.fit && columns > 0)
            break;
    }
    narrow(table, cells, widths, columns);
    return columns;
}

/* As much of a cell as its column has room for. */
static struct cell cut_to(struct table *table, struct cell cell, size_t width)
{
    if (cell.width <= width)
        return cell;
    const char *dots = table->options.draw.plain ? "..." : "\xe2\x80\xa6"; /* an ellipsis */
    size_t room = width - (table->options.draw.plain ? 3 : 1), len = 0;
    for (size_t used = 0; len < cell.len;) {
        size_t bytes = character_len(cell.text[len]);
        used += table_width(cell.text + len, bytes);
        if (used > room)
            break;
        len += bytes;
    }
    struct buffer part = {0};
    buffer_add(&part, cell.text, len);
    buffer_add_text(&part, dots);
    struct cell made = cell_of(table, part.data, part.len);
    buffer_free(&part);
    return made;
}

/* The names of the columns that there is no room for. */
static void add_left_out(const struct table *table, const struct cell *cells, size_t from, struct buffer *into)
{
    size_t count = 0, begin = into->len;
    for (size_t i = from; i < table->columns; i++)
        count += !cells[i].bar;
    if (count == 0)
        return;
    buffer_add_format(into, "%zu more %s:", count, count == 1 ? "column" : "columns");
    for (size_t i = from; i < table->columns; i++) {
        if (cells[i].bar)
            continue;
        if (into->len - begin + cells[i].len + 5 > table->options.fit) {
            buffer_add_text(into, " ...");
            break;
        }
        buffer_add_char(into, ' ');
        buffer_add(into, cells[i].text, cells[i].len);
    }
    buffer_add_char(into, '\n');
}

static void add_grid(struct table *table, const struct cell *cells, struct buffer *into)
{
    size_t *widths = mem_zero(table->columns, sizeof *widths);
    size_t columns = fit_columns(table, cells, widths);
    add_rule(into, widths, columns);
    for (size_t row = 0; row < table->rows + head_lines(table); row++) {
        buffer_add_char(into, '|');
        for (size_t i = 0; i < columns; i++) {
            struct cell cell = cut_to(table, cells[row * table->columns + i], widths[i]);
            add_padded(into, cell, widths[i], table->options.width > 0);
            buffer_add_char(into, '|');
        }
        if (columns == 0)
            buffer_add_char(into, '|');
        buffer_add_char(into, '\n');
        if (row + 1 == head_lines(table))
            add_rule(into, widths, columns);
    }
    add_rule(into, widths, columns);
    add_left_out(table, cells, columns, into);
    free(widths);
}

/* widths: of the lines of the head, and of the data. */
static void add_record(const struct table *table, const struct cell *cells, size_t row, const size_t *widths,
                       struct buffer *into)
{
    size_t heads = head_lines(table), start = into->len, whole = 2;
    for (size_t i = 0; i <= heads; i++)
        whole += widths[i] + (i > 0 ? 3 : 0); /* " name | data " */
    buffer_add_format(into, "-RECORD %zu", row);
    size_t used = into->len - start;
    if (used < whole)
        add_repeated(into, '-', whole - used);
    buffer_add_char(into, '\n');
    for (size_t i = 0; i < table->columns; i++) {
        buffer_add_char(into, ' ');
        for (size_t head = 0; head < heads; head++) {
            add_padded(into, cells[head * table->columns + i], widths[head], false);
            buffer_add_text(into, " | ");
        }
        add_padded(into, cells[(row + heads) * table->columns + i], widths[heads], false);
        buffer_add_text(into, " \n");
    }
}

static void add_vertical(const struct table *table, const struct cell *cells, struct buffer *into)
{
    size_t widths[] = {COLUMN_WIDTH_MIN, COLUMN_WIDTH_MIN, COLUMN_WIDTH_MIN}, heads = head_lines(table);
    for (size_t at = 0; at < (table->rows + heads) * table->columns; at++) {
        size_t line = at / table->columns, *width = &widths[line < heads ? line : heads];
        if (cells[at].width > *width)
            *width = cells[at].width;
    }
    for (size_t row = 0; row < table->rows; row++)
        add_record(table, cells, row, widths, into);
}

static void write_table(struct table *table, struct buffer *into)
{
    size_t columns = table->columns;
    struct cell *cells = with_bars(table, layout(table));
    if (table->options.vertical)
        add_vertical(table, cells, into);
    else
        add_grid(table, cells, into);
    if (table->options.vertical && table->rows == 0)
        buffer_add_text(into, "(0 rows)\n");
    else if (table->more)
        buffer_add_format(into, "only showing top %zu %s\n", table->options.rows,
                          table->options.rows == 1 ? "row" : "rows");
    free(cells);
    table->columns = columns;
}

void table_finish(struct table *table, struct buffer *into)
{
    if (into)
        write_table(table, into);
    for (size_t i = 0; i < table->columns; i++)
        schema_free(table->schemas[i]);
    free(table->schemas);
    free(table->barred);
    free(table->sparked);
    free(table->names);
    free(table->values);
    arena_free(&table->arena);
    free(table);
}
