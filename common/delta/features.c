#include "delta/features_inner.h"

#include <string.h>

#include "delta/action.h"
#include "json/cursor.h"

/* The last versions of the protocol that there are: from these on features have names. */
enum { READER_NAMED = 3, WRITER_NAMED = 7 };

/* Features that ask nothing of a reader who finds no deletion vector and no mapping of columns (which are looked for
 * where they would be). */
static const char *const readable[] = {"timestampNtz", "deletionVectors", "columnMapping", "vacuumProtocolCheck"};

/* Features of writers that ask nothing of those who add files, or take files away as a whole, unless the schema or the
 * settings make use of them (which is looked for). */
static const char *const writable[] = {"appendOnly",    "invariants",       "checkConstraints", "changeDataFeed",
                                       "generatedColumns", "identityColumns", "columnMapping",    "timestampNtz",
                                       "deletionVectors", "vacuumProtocolCheck"};

static bool is_known(struct span name, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (delta_is(name, known[i]))
            return true;
    return false;
}

static bool refuse(const struct delta_table *table, struct problem *problem, const char *what, const char *done)
{
    return problem_set(problem, STATUS_USAGE, "%s: a Delta table with %s, which is not %s here", table->name, what,
                       done);
}

static bool refuse_span(const struct delta_table *table, struct span name, const char *done, struct problem *problem)
{
    struct buffer text = {0};
    delta_text(name, &text);
    buffer_add_char(&text, '\0');
    refuse(table, problem, text.data, done);
    buffer_free(&text);
    return false;
}

/* Each feature that the protocol names in this member. */
static bool check_named(const struct delta_table *table, const char *member, const char *const *known, size_t count,
                        const char *done, struct problem *problem)
{
    struct span list = delta_member(table->protocol, member), name;
    if (list.type != SPAN_ARRAY)
        return true;
    struct json_cursor cursor = json_cursor_into(list);
    while (json_cursor_next(&cursor, &name))
        if (!is_known(name, known, count))
            return refuse_span(table, name, done, problem);
    return true;
}

bool delta_features_readable(const struct delta_table *table, struct problem *problem)
{
    int64_t version = delta_whole(delta_member(table->protocol, "minReaderVersion"), READER_NAMED + 1);
    struct span mapping = delta_setting(table, "delta.columnMapping.mode");
    if (version > READER_NAMED)
        return refuse(table, problem, "a newer protocol for readers", "known");
    if (mapping.type != SPAN_ABSENT && !delta_is(mapping, "none"))
        return refuse(table, problem, "columnMapping", "read");
    return check_named(table, "readerFeatures", readable, sizeof readable / sizeof *readable, "read", problem);
}

/* Metadata of columns that writers must look after, at any depth of a type; columns that may not be null. */
static bool check_type(const struct delta_table *table, struct span type, struct problem *problem)
{
    struct span fields = delta_member(type, "fields"), field, key, value;
    if (type.type != SPAN_OBJECT)
        return true;
    if (!check_type(table, delta_member(type, "elementType"), problem) ||
        !check_type(table, delta_member(type, "valueType"), problem))
        return false;
    if (fields.type != SPAN_ARRAY)
        return true;
    struct json_cursor cursor = json_cursor_into(fields);
    while (json_cursor_next(&cursor, &field)) {
        struct span metadata = delta_member(field, "metadata");
        if (delta_member(field, "nullable").type == SPAN_FALSE)
            return refuse(table, problem, "columns that may not be null", "written");
        struct json_cursor members = json_cursor_over("", 0);
        if (metadata.type == SPAN_OBJECT)
            members = json_cursor_into(metadata);
        while (json_cursor_member(&members, &key, &value))
            if (key.len > 7 && strncmp(key.text, "\"delta.", 7) == 0)
                return refuse_span(table, key, "written", problem);
        if (!check_type(table, delta_member(field, "type"), problem))
            return false;
    }
    return true;
}

bool delta_table_writable(const struct delta_table *table, struct problem *problem)
{
    int64_t version = delta_whole(delta_member(table->protocol, "minWriterVersion"), WRITER_NAMED + 1);
    struct span settings = delta_member(table->metadata, "configuration"), key, value;
    if (version > WRITER_NAMED)
        return refuse(table, problem, "a newer protocol for writers", "known");
    struct json_cursor cursor = json_cursor_over("", 0);
    if (settings.type == SPAN_OBJECT)
        cursor = json_cursor_into(settings);
    while (json_cursor_member(&cursor, &key, &value))
        if (strncmp(key.text, "\"delta.constraints.", 19) == 0)
            return refuse_span(table, key, "written", problem);
    return check_named(table, "writerFeatures", writable, sizeof writable / sizeof *writable, "written", problem) &&
           check_type(table, table->schema, problem);
}
