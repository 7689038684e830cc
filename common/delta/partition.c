/* The columns of a table that files have no values of: one value for all rows of a file, told by its add. */
#include "delta/action.h"
#include "delta/schema.h"
#include "delta/table.h"
#include "value/cast.h"

/* The value that the log has as text, in the arena. */
static bool read_value(const struct delta_table *table, const char *column, struct span of, struct arena *arena,
                       struct value *value, struct problem *problem)
{
    struct span type = delta_schema_type(table->schema, column);
    struct buffer text = {0};
    struct cast_type to;
    delta_text(of, &text);
    struct value string = text.len > 0 ? value_string(text.data, text.len) : value_null();
    bool failed = !delta_schema_plain_type(type, &to);
    struct value read = failed ? value_null() : cast_value(&string, to, arena, &failed);
    *value = value_keep(&read, arena);
    if (failed)
        problem_set(problem, STATUS_DATA, "%s: its log is damaged: %.*s is no value of partition column %s",
                    table->name, (int)(text.len < 100 ? text.len : 100), text.data ? text.data : "", column);
    buffer_free(&text);
    return !failed;
}

bool delta_partitions(const struct delta_table *table, const struct delta_file *file, struct parquet_partitions *into,
                      struct problem *problem)
{
    struct span values = delta_member(file->action, "partitionValues");
    struct arena arena = {0};
    bool good = true;
    for (size_t i = 0; good && i < table->partition_column_count; i++) {
        const char *column = table->partition_columns[i];
        struct value value;
        good = read_value(table, column, delta_member(values, column), &arena, &value, problem);
        if (good)
            parquet_partitions_put(into, column, strlen(column), &value);
    }
    arena_free(&arena);
    return good;
}
