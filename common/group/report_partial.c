/* Groups as partial states: one line a group. */
#include "group/report_inner.h"

#include "group/partial.h"
#include "json/json.h"
#include "table/sort.h"
#include "value/sealed.h"

/* One thread's tools for writing states. */
struct partial_writer {
    struct report_worker keys; /* what report_key needs of it */
    enum partial_front front;
    const char *name;
    struct buffer state, line;
};

static bool write_partial(struct partial_writer *writer, const struct group *group)
{
    const struct group_select *select = writer->keys.report->select;
    const struct groups_options *options = writer->keys.report->groups_options;
    struct buffer *line = &writer->line, *state = &writer->state;
    arena_reset(&writer->keys.arena);
    if (!report_key(&writer->keys, group, NULL))
        return false;
    line->len = 0;
    partial_add_front(writer->front, group_key(group, options), group->key_len, line);
    buffer_add_format(line, "{\"aagg\":%d,\"of\":\"%s\",\"keys\":{", (int)PARTIAL_VERSION, writer->name);
    for (size_t i = 0; i < select->key_count; i++) {
        const struct select_item *item = &select->select->items[i];
        if (report_has_sessions(writer->keys.report) && i == select->window.key)
            continue; /* it stands with each session, in the state */
        if (line->data[line->len - 1] != '{')
            buffer_add_char(line, ',');
        json_encode(item->name, item->name_len, line);
        buffer_add_char(line, ':');
        if (select->keys[i].plain)
            value_write_span_json(writer->keys.slots[select->keys[i].slot], true, line);
        else
            value_write_json(&writer->keys.aggregates[select->aggregates->count + i], line);
    }
    state->len = 0;
    pack_bytes(state, group_key(group, options), group->key_len);
    pack_bytes(state, group_head(group, options), group->head_len);
    options->write(options->context, group->states, state);
    buffer_add_text(line, "},\"state\":\"");
    sealed_add(state->data, state->len, line);
    buffer_add_text(line, "\"}\n");
    return true;
}

static void write_sorted(struct sort *sort, struct output *out)
{
    const char *row;
    size_t len;
    while (sort_next(sort, &row, &len))
        output_write(out, row, len);
}

bool group_report_partial(const struct group_report *report, struct groups *groups, const char *name,
                          enum partial_front front, struct positions *positions, struct output *out,
                          struct problem *problem)
{
    struct partial_writer writer = {.front = front, .name = name};
    report_worker_keys(&writer.keys, report);
    const struct sort_options by_place = {.memory = report->project.memory};
    struct sort *sort = NULL; /* of what comes out of files a part at a time */
    struct group **list;
    size_t count;
    bool whole, good = true, more = groups_load(groups, &list, &count, &whole, problem);
    if (positions && problem->status == STATUS_OK) {
        writer.line.len = 0;
        partial_write_head(name, positions, &writer.line);
        output_write(out, writer.line.data, writer.line.len);
    }
    if (more && !whole)
        sort = sort_new(&by_place);
    while (more && good) {
        for (size_t i = 0; i < count && good; i++) {
            good = write_partial(&writer, list[i]);
            if (good && sort)
                sort_add(sort, NULL, list[i]->place, 0, writer.line.data, writer.line.len);
            else if (good)
                output_write(out, writer.line.data, writer.line.len);
        }
        more = good && !whole && groups_load(groups, &list, &count, &whole, problem);
    }
    if (!good)
        problem_set(problem, STATUS_DATA, "a damaged partial state");
    if (problem->status == STATUS_OK && sort)
        write_sorted(sort, out);
    if (sort)
        sort_free(sort);
    buffer_free(&writer.state);
    buffer_free(&writer.line);
    report_worker_end(&writer.keys);
    return problem->status == STATUS_OK;
}

void group_report_states(const struct group_report *report, struct group *const *list, size_t count, const char *name,
                         struct output *out)
{
    struct partial_writer writer = {.front = PARTIAL_PLAIN, .name = name};
    report_worker_keys(&writer.keys, report);
    for (size_t i = 0; i < count; i++)
        if (write_partial(&writer, list[i]))
            output_write(out, writer.line.data, writer.line.len);
    buffer_free(&writer.state);
    buffer_free(&writer.line);
    report_worker_end(&writer.keys);
}
