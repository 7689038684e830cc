/* A local log read for damage, and repaired. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "log/local/local_inner.h"

struct check {
    struct local *local;
    broker_found *found;
    void *context;
    bool repair;
    const char *topic; /* the one being looked at, or NULL */
    int32_t partition;
};

static void pass_on(void *context, const struct partition_finding *finding)
{
    struct check *check = context;
    struct broker_finding whole = {check->topic, check->partition, finding->from, finding->until,
                                   finding->unfinished, finding->text, finding->aside};
    check->found(check->context, &whole);
}

static bool take_file(void *context, const char *path, const char *what, struct broker_error *error)
{
    struct check *check = context;
    char text[LOCAL_PATH_MAX + 64], aside[LOCAL_PATH_MAX];
    snprintf(text, sizeof text, "%s: %s", path, what);
    if (check->repair && !local_move_aside(path, false, aside, error))
        return false;
    struct partition_finding finding = {.from = -1, .until = -1, .text = text, .aside = check->repair ? aside : NULL};
    pass_on(check, &finding);
    return true;
}

static bool check_topic(struct check *check, const struct broker_topic *topic, struct broker_error *error)
{
    char dir[LOCAL_PATH_MAX];
    check->topic = topic->name;
    check->partition = -1;
    bool good = local_topic_check(check->local, topic->name, take_file, check, error);
    for (size_t i = 0; good && i < topic->partition_count; i++) {
        check->partition = (int32_t)i;
        good = local_path(dir, error, "%s/%s-%zu", check->local->dir, topic->name, i) &&
               partition_check(dir, check->repair, pass_on, check, error);
    }
    check->topic = NULL;
    check->partition = -1;
    return good;
}

bool local_check(struct broker *broker, const char *topic, bool repair, broker_found *found, void *context,
                 struct broker_error *error)
{
    struct check check = {(struct local *)broker, found, context, repair, NULL, -1};
    struct arena arena = {0};
    const struct broker_topic *topics;
    size_t count;
    bool good = local_topics(broker, topic, &arena, &topics, &count, error);
    for (size_t i = 0; good && i < count; i++)
        good = check_topic(&check, &topics[i], error);
    good = good && (topic || (local_groups_check(check.local, take_file, &check, error) &&
                              local_transactions_check(check.local, take_file, &check, error)));
    arena_free(&arena);
    return good;
}
