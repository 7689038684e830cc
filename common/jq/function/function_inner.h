/* The functions of the language: one row of a table and one C function each. Private to common/jq. */
#ifndef ATOOLS_JQ_FUNCTION_INNER_H
#define ATOOLS_JQ_FUNCTION_INNER_H

#include "jq/machine_inner.h"

/* Rows of each file, ended by one without a name. */
extern const struct jq_native jq_core_functions[], jq_text_functions[], jq_list_functions[], jq_object_functions[],
    jq_math_functions[], jq_time_functions[], jq_regex_functions[], jq_system_functions[], jq_prelude_functions[];

/* Drops arguments 0..count. Gives JQ_NONE. */
struct jq_value jq_drop_all(struct jq_machine *jq, struct jq_value *arguments, unsigned count);

#endif
