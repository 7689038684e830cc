/* Parts of running nodes that run.c and loop.c share. Private to common/jq. */
#ifndef ATOOLS_JQ_RUN_INNER_H
#define ATOOLS_JQ_RUN_INNER_H

#include "jq/machine_inner.h"

/* Sets a variable. */
static inline void jq_run_set_slot(struct jq_machine *jq, struct jq_frame *env, uint32_t slot, struct jq_value value)
{
    struct jq_value old = env->slots[slot].value;
    env->slots[slot].value = value;
    jq_drop(jq, old);
}

/* Nodes that loop, fold or combine (loop.c, fold.c). As jq_run_node. */
bool jq_run_loop(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                 struct jq_value path, struct jq_sink *to);
bool jq_run_fold(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                 struct jq_value path, struct jq_sink *to);
/* JQ_SORTED (sorted.c). Takes over in. */
bool jq_run_sorted(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                   struct jq_sink *to);
/* Combinations of what several nodes give for one input (combine.c). */
bool jq_run_combined(struct jq_machine *jq, const struct jq_node *node, struct jq_frame *env, struct jq_value in,
                     struct jq_value path, struct jq_sink *to);

#endif
