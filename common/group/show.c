/* The result so far, while threads collect. */
#include <stdlib.h>

#include "group/report.h"
#include "group/run_inner.h"

/* A copy of all tables; NULL where some of it is in files. */
static struct groups *copy_tables(struct group_run *run)
{
    const struct groups_options options = group_run_options(run);
    struct groups *copy = groups_new(&options);
    struct buffer list = {0};
    bool whole = true;
    for (size_t i = 0; i < run->state_count && whole; i++) {
        const struct groups *groups = run->states[i]->groups;
        whole = !groups_spilled(groups);
        size_t count = whole ? groups_list(groups, &list) : 0;
        for (size_t k = 0; k < count; k++)
            groups_copy(copy, groups, ((struct group *const *)(const void *)list.data)[k]);
    }
    buffer_free(&list);
    if (whole)
        return copy;
    groups_free(copy);
    return NULL;
}

bool group_run_show(struct group_run *run, const struct group_report *report, struct output *out,
                    struct problem *problem)
{
    pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < run->state_count; i++)
        pthread_mutex_lock(&run->states[i]->lock);
    struct groups *copy = copy_tables(run);
    for (size_t i = 0; i < run->state_count; i++)
        pthread_mutex_unlock(&run->states[i]->lock);
    pthread_mutex_unlock(&run->lock);
    if (!copy) {
        diag_notice("groups have gone to temporary files: no result before the end (--memory)");
        return true;
    }
    if (run->select->key_count == 0 && groups_empty(copy))
        groups_add(copy, "", 0, groups_hash("", 0), 0, "", 0);
    copy = groups_merge(&copy, 1, 1);
    bool good = group_report_write(report, copy, out, problem);
    if (good)
        output_flush(out);
    groups_free(copy);
    return good;
}
