/* The columns of a table that files have no values of: one value for all rows of a file, told by its add. */
#include "delta/action.h"
#include "delta/schema.h"
#include "delta/table.h"
#include "json/json.h"
#include "value/value.h"

/* Appends the JSON of a value that the log has as text. */
static bool add_value(const struct delta_table *table, const char *column, struct span type, struct span value,
                      struct buffer *into, struct problem *problem)
{
    struct buffer text = {0};
    struct value number;
    delta_text(value, &text);
    bool numeric = delta_type_is_number(type), boolean = delta_is(type, "boolean");
    bool words = boolean && (delta_is(value, "true") || delta_is(value, "false"));
    bool plain = text.len > 0 && numeric && value_parse_number(text.data, text.len, &number);
    bool good = true;
    if (text.len == 0)
        buffer_add_text(into, "null");
    else if (words || plain)
        buffer_add(into, text.data, text.len);
    else if ((numeric && !delta_is(type, "double") && !delta_is(type, "float")) || boolean)
        good = problem_set(problem, STATUS_DATA, "%s: its log is damaged: %.*s is no value of partition column %s",
                           table->name, (int)(text.len < 100 ? text.len : 100), text.data, column);
    else
        json_encode(text.data, text.len, into);
    buffer_free(&text);
    return good;
}

bool delta_partitions(const struct delta_table *table, const struct delta_file *file, struct parquet_partitions *into,
                      struct problem *problem)
{
    struct span values = delta_member(file->action, "partitionValues");
    struct buffer json = {0};
    bool good = true;
    for (size_t i = 0; good && i < table->partition_column_count; i++) {
        const char *column = table->partition_columns[i];
        json.len = 0;
        good = add_value(table, column, delta_schema_type(table->schema, column), delta_member(values, column), &json,
                         problem);
        if (good)
            parquet_partitions_put(into, column, strlen(column), json.data, json.len);
    }
    buffer_free(&json);
    return good;
}
