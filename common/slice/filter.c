/* How a filter meets the framing: streamed steps, plain prefixes. */
#include "slice/filter.h"

#include <string.h>

static struct frame_step frame_step(const struct filter_stage *stage)
{
    static const enum frame_step_kind kinds[] = {
        [FILTER_KEY] = STEP_KEY, [FILTER_INDEX] = STEP_INDEX, [FILTER_SLICE] = STEP_SLICE, [FILTER_EACH] = STEP_EACH};
    return (struct frame_step){.kind = kinds[stage->kind],
                               .key = stage->key,
                               .key_len = stage->key_len,
                               .has_from = stage->has_from,
                               .has_to = stage->has_to,
                               .from = stage->from,
                               .to = stage->to};
}

/* How many of the leading stages are steps of a streamed path, and how they end. A SLICE ends it, with the
 * EACH behind it if there is one; otherwise the first EACH, or a `length`, or the last INDEX. */
static enum filter_stream leading_steps(const struct filter_stage *stage, size_t *count)
{
    size_t seen = 0;
    enum filter_stream stream = STREAM_NONE;
    *count = 0;
    for (; stage; stage = stage->next) {
        seen++;
        switch (stage->kind) {
        case FILTER_KEY:
            break;
        case FILTER_INDEX:
            stream = STREAM_EACH;
            *count = seen;
            break;
        case FILTER_EACH:
            *count = seen;
            return STREAM_EACH;
        case FILTER_SLICE:
            *count = seen;
            if (!stage->next || stage->next->kind != FILTER_EACH)
                return STREAM_COLLECT;
            *count = seen + 1;
            return STREAM_EACH;
        case FILTER_LENGTH:
            *count = seen - 1;
            return STREAM_COUNT;
        default:
            return stream;
        }
    }
    return stream;
}

/* Room for count steps and one more behind them, the first `count` of them filled. */
static const struct filter_stage *start_plan(struct filter *filter, struct filter_plan *plan, size_t count)
{
    plan->steps = arena_alloc(&filter->arena, (count + 1) * sizeof *plan->steps);
    plan->stages = arena_alloc(&filter->arena, (count + 2) * sizeof *plan->stages);
    const struct filter_stage *stage = filter->stages;
    for (; plan->step_count < count; stage = stage->next) {
        plan->stages[plan->step_count] = stage;
        plan->steps[plan->step_count++] = frame_step(stage);
    }
    return stage;
}

static void add_each(struct filter_plan *plan, const struct filter_stage *stage)
{
    plan->stages[plan->step_count] = stage;
    plan->steps[plan->step_count++] = (struct frame_step){.kind = STEP_EACH};
}

struct filter_plan filter_plan(struct filter *filter)
{
    struct filter_plan plan = {0};
    size_t count;
    plan.stream = leading_steps(filter->stages, &count);
    if (plan.stream == STREAM_NONE)
        return plan;
    const struct filter_stage *stage = start_plan(filter, &plan, count);
    if (plan.stream != STREAM_EACH) { /* the elements are wanted, for an array or a number to be made of them */
        add_each(&plan, stage);
        if (plan.stream == STREAM_COUNT)
            stage = stage->next;
    }
    plan.stages[plan.step_count] = stage;
    return plan;
}

struct filter_plan filter_plan_elements(struct filter *filter)
{
    struct filter_plan plan = {0};
    size_t count = 0;
    for (const struct filter_stage *stage = filter->stages; stage; stage = stage->next, count++)
        if (stage->kind != FILTER_KEY)
            return plan;
    plan.stream = STREAM_COLLECT;
    add_each(&plan, start_plan(filter, &plan, count));
    plan.stages[plan.step_count] = NULL;
    return plan;
}

const struct path *filter_prefix(struct filter *filter, const struct filter_stage *stages,
                                 const struct filter_stage **rest)
{
    size_t count = 0;
    const struct filter_stage *stage = stages;
    for (; stage && stage->kind == FILTER_KEY && !stage->optional; stage = stage->next)
        count++;
    *rest = stage;
    if (count == 0)
        return NULL;
    struct path *path = arena_alloc(&filter->arena, sizeof *path);
    *path =
        (struct path){.steps = arena_alloc(&filter->arena, count * sizeof *path->steps), .count = count, .text = ""};
    stage = stages;
    for (size_t i = 0; i < count; i++, stage = stage->next)
        path->steps[i] = (struct path_step){.key = stage->key, .key_len = stage->key_len};
    return path;
}
