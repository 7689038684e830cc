#include <string.h>
#include <strings.h>

#include "expr/function/options_inner.h"
#include "expr/node.h"
#include "value/cast.h"
#include "value/nested.h"

bool function_option_is(const struct value *text, const char *word)
{
    return text->len == strlen(word) && strncasecmp(text->text, word, text->len) == 0;
}

bool function_option_fail_fast(const struct value *mode, const char **wrong)
{
    bool fail_fast = function_option_is(mode, "FAILFAST");
    if (!fail_fast && !function_option_is(mode, "PERMISSIVE"))
        *wrong = "the mode is PERMISSIVE or FAILFAST";
    return fail_fast;
}

static const char *option_wrong(const struct value *name, const char *what, struct arena *arena)
{
    struct buffer text = {0};
    buffer_add_format(&text, "the option %.*s is %s", (int)name->len, name->text, what);
    return expr_take_text(arena, &text).text;
}

const char *function_option_unknown(const struct value *name, struct arena *arena)
{
    return option_wrong(name, "not supported", arena);
}

bool function_options(const struct value *map, struct arena *arena, option_take *take, void *into, const char **wrong)
{
    struct nested_member *members;
    if (!map || map->type != VALUE_STRUCT) {
        *wrong = "the options are a map of literals";
        return false;
    }
    size_t count = nested_all(map, arena, &members);
    for (size_t i = 0; i < count && !*wrong; i++) {
        struct value name = value_from_span(members[i].key, arena), value = value_from_span(members[i].value, arena);
        value = cast_string(&value, arena);
        if (value.type == VALUE_NULL) /* Spark refuses it, too */
            *wrong = option_wrong(&name, "null", arena);
        else
            take(into, &name, &value, arena, wrong);
    }
    return !*wrong;
}
