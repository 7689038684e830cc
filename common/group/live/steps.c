/* Checkpoints of a large state that only say what changed: blocks behind its file, each of groups as they are now, of
 * keys of groups that are gone, and of the line that says how far the state goes with them. A block counts when that
 * line is there: it is written when all before it is on the disk. */
#include "group/live/live_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "group/partial.h"
#include "value/sealed.h"

/* Below this a state is written whole: that takes some milliseconds. */
enum { STEPS_FROM = 1024 * 1024 };

/* Calls it for each session's mark, or the group's one. */
static bool any_mark(struct live *live, struct group *group, bool (*is)(struct live_mark *mark))
{
    if (!run_has_sessions(live->run))
        return is(live_mark(live, group->states));
    const struct sessions *sessions = (const struct sessions *)(const void *)group->states;
    struct session *lists[] = {sessions->first, sessions->closed};
    bool any = false;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (struct session *session = lists[i]; session; session = session->next)
            any = is(live_mark(live, session->states)) || any;
    return any;
}

static bool is_unsaved(struct live_mark *mark)
{
    return mark->unsaved;
}

static bool save(struct live_mark *mark)
{
    mark->unsaved = false;
    return false;
}

void live_saved(struct live *live, struct group *group)
{
    any_mark(live, group, save);
}

bool live_steps_pay(struct live *live, size_t count)
{
    if (!live->id[0] || live->whole_size < STEPS_FROM || live->steps_size >= live->whole_size)
        return false;
    size_t unsaved = 0;
    struct group *const *list = (struct group *const *)(const void *)live->list.data;
    for (size_t i = 0; i < count; i++)
        unsaved += any_mark(live, list[i], is_unsaved);
    return unsaved <= count / 2;
}

/* Whether the file has it, as far as it can be told: not if it is empty, or was said to be gone. */
static bool is_there(struct live *live, struct group *group)
{
    const struct sessions *sessions = (const struct sessions *)(const void *)group->states;
    return run_has_sessions(live->run) ? sessions->first || sessions->closed : !live_mark(live, group->states)->gone;
}

/* A group that the file is not to have any more. */
static void write_gone(struct live *live, struct group *group, struct buffer *line, struct output *out)
{
    const struct groups_options options = group_run_options(live->run);
    if (!run_has_sessions(live->run))
        live_mark(live, group->states)->gone = true;
    line->len = 0;
    buffer_add_format(line, "{\"aagg\":%d,\"of\":\"%s\",\"gone\":\"", (int)PARTIAL_VERSION, live->options->name);
    sealed_add(group_key(group, &options), group->key_len, line);
    buffer_add_text(line, "\"}\n");
    output_write(out, line->data, line->len);
}

bool live_take_gone(struct live *live, struct span gone, struct buffer *scratch)
{
    const struct groups_options options = group_run_options(live->run);
    scratch->len = 0;
    if (!sealed_open(gone, scratch))
        return false;
    struct group *group =
        groups_find(live->state->groups, scratch->data, scratch->len, groups_hash(scratch->data, scratch->len));
    if (!group) /* of a window that came and went between two checkpoints */
        return true;
    memset(group->states, 0, options.state_size);
    if (!run_has_sessions(live->run))
        live_mark(live, group->states)->gone = true;
    return true;
}

/* What changed, to the end of the file that `fd` is open on. */
static void write_changes(struct live *live, size_t count, int fd, const char *name)
{
    struct buffer line = {0};
    struct output *out = output_start(fd, name);
    size_t changed = 0;
    struct group **list = (struct group **)(void *)live->list.data;
    for (size_t i = 0; i < count; i++) {
        bool was = is_there(live, list[i]), gone = live_drop_gone(live, list[i]);
        if (gone && was)
            write_gone(live, list[i], &line, out);
        else if (!gone && any_mark(live, list[i], is_unsaved))
            list[changed++] = list[i];
    }
    group_report_states(live->report, list, changed, live->options->name, out);
    for (size_t i = 0; i < changed; i++)
        live_saved(live, list[i]);
    output_close(out);
    buffer_free(&line);
}

bool live_save_step(struct live *live, size_t count, struct problem *problem)
{
    struct buffer name = {0}, head = {0};
    checkpoint_steps_name(live->options->state, &name);
    int fd = file_open(name.data, O_WRONLY | O_CREAT, 0666), out = -1;
    bool good = fd >= 0 && ftruncate(fd, (off_t)live->steps_size) == 0 && lseek(fd, 0, SEEK_END) >= 0 &&
                (out = fcntl(fd, F_DUPFD_CLOEXEC, 0)) >= 0;
    if (good) {
        live->checkpoints++;
        write_changes(live, count, out, name.data);
        live_write_head(live, "after", &head);
        good = fsync(fd) == 0 && file_write(fd, head.data, head.len) && fsync(fd) == 0;
        live->steps_size = file_size(fd);
    }
    if (!good)
        problem_set(problem, STATUS_IO, "%s: %s", name.data, strerror(errno));
    if (fd >= 0)
        close(fd);
    buffer_free(&name);
    buffer_free(&head);
    return good;
}
