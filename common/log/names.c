#include "log/names.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "log/connect.h"

struct names {
    const char **all;
    size_t count;
};

static void add(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->all[i], name) == 0)
            return;
    names->all = mem_resize(names->all, names->count + 1, sizeof *names->all);
    names->all[names->count++] = mem_copy(name, strlen(name));
}

/* False, with the problem, if it means no topic. */
static bool expand(struct broker *broker, const char *typed, struct arena *arena, struct names *names,
                   struct problem *problem)
{
    struct broker_error error;
    const struct broker_topic *topics;
    size_t count, matched = 0;
    bool pattern = typed[0] == '^';
    regex_t regex;
    if (pattern && regcomp(&regex, typed, REG_EXTENDED | REG_NOSUB) != 0)
        return problem_usage(problem, "-t %s: not a regular expression (POSIX extended)", typed);
    bool good = broker_topics(broker, pattern ? NULL : typed, arena, &topics, &count, &error);
    for (size_t i = 0; good && i < count; i++)
        if (!pattern || (strncmp(topics[i].name, "__", 2) != 0 && regexec(&regex, topics[i].name, 0, NULL, 0) == 0)) {
            add(names, topics[i].name);
            matched++;
        }
    if (pattern)
        regfree(&regex);
    if (!good)
        return connect_problem(&error, problem);
    return matched > 0 || problem_set(problem, STATUS_IO, "-t %s: no topic matches", typed);
}

const char **names_expand(struct broker *broker, const char *const *typed, size_t typed_count, size_t *count,
                          struct problem *problem)
{
    struct arena arena = {0};
    struct names names = {0};
    bool good = true;
    for (size_t i = 0; i < typed_count && good; i++)
        good = expand(broker, typed[i], &arena, &names, problem);
    arena_free(&arena);
    *count = names.count;
    if (good)
        return names.all;
    for (size_t i = 0; i < names.count; i++)
        free((void *)(uintptr_t)names.all[i]);
    free(names.all);
    return NULL;
}
