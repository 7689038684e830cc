/* libFuzzer: a select list over one record. Whatever it is: the parser returns, and what it accepts evaluates to values
 * whose JSON form is JSON, twice the same (but random ones), with and without --ansi. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expr/parse_inner.h"
#include "group/aggregate/aggregate.h"
#include "json/json.h"
#include "json/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Every path is one of these values, by its number. */
static const char *const texts[] = {"1",
                                    "-9223372036854775808",
                                    "1.5e300",
                                    "\"abc\"",
                                    "null",
                                    "true",
                                    "[1,null,\"x\\n\"]",
                                    "{\"k\":[]}",
                                    "\"2020-02-29 12:34:56\"",
                                    "\"\\ud83d\\ude00 \\u00e9\"",
                                    "123456789012345678901234567890"};
static const enum span_type types[] = {SPAN_NUMBER, SPAN_NUMBER, SPAN_NUMBER, SPAN_STRING, SPAN_NULL,  SPAN_TRUE,
                                       SPAN_ARRAY,  SPAN_OBJECT, SPAN_STRING, SPAN_STRING, SPAN_NUMBER};
enum { TEXTS = sizeof texts / sizeof *texts };

static bool resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    (void)context, (void)message;
    *slot = ((unsigned char)path->steps[0].key[0]) % TEXTS;
    return true;
}

static void parse(struct parser *parser, void *context)
{
    struct expr **expr = context;
    *expr = expr_parse_expression(parser);
}

/* Whether it may give something else each time: random numbers. */
static bool varies(const struct expr *expr)
{
    bool any = expr->function && expr->function->varies;
    for (size_t i = 0; i < expr->arg_count; i++)
        any = any || varies(expr->args[i]);
    return any;
}

static void evaluate(const char *text, bool ansi)
{
    struct arena arena = {0}, rows[2] = {{0}, {0}};
    struct select scope = {.what = "fuzz", .text = text};
    struct expr_options options = {
        .ansi = ansi, .aggregates = true, .aggregate_at = aggregate_function_at, .resolve = resolve};
    struct parser parser = {.what = "fuzz", .text = text, .arena = &arena, .scope = &scope, .options = &options};
    struct expr *expr = NULL;
    struct span slots[TEXTS];
    struct buffer forms[2] = {{0}, {0}};
    for (size_t i = 0; i < TEXTS; i++)
        slots[i] = (struct span){.text = texts[i], .len = strlen(texts[i]), .type = (unsigned char)types[i],
                                 .escaped = strchr(texts[i], '\\') != NULL};
    if (expr_parse_run(&parser, parse, &expr) && scope.aggregate_count == 0) {
        for (size_t i = 0; i < 2; i++) {
            struct row row = {.slots = slots, .arena = &rows[i]};
            size_t at;
            const char *message;
            struct value value = expr_eval(expr, &row);
            value_write_json(&value, &forms[i]);
            must(json_check(forms[i].data, forms[i].len, &at, &message));
            value_write_tsv(&value, NULL, &forms[i]);
            value_key(&value, &forms[i]);
        }
        must(varies(expr) || (forms[0].len == forms[1].len && memcmp(forms[0].data, forms[1].data, forms[0].len) == 0));
    }
    for (size_t i = 0; i < 2; i++) {
        buffer_free(&forms[i]);
        arena_free(&rows[i]);
    }
    arena_free(&scope.arena);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 1000)
        return 0;
    char *text = malloc(size + 1);
    must(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    evaluate(text, false);
    evaluate(text, true);
    free(text);
    return 0;
}
