/* A program from its text. */
#include <stdlib.h>

#include "json/scan/scan.h"
#include "jq/parse_inner.h"

static void add_globals(struct jq_program *program, const struct jq_variable *variables, size_t count)
{
    program->globals = arena_alloc(&program->arena, (count + 2) * sizeof *program->globals);
    program->globals[program->global_count++] = "ENV";
    program->globals[program->global_count++] = "ARGS";
    for (size_t i = 0; i < count; i++)
        program->globals[program->global_count++] =
            arena_copy(&program->arena, variables[i].name, strlen(variables[i].name));
}

/* The program, or definitions only (then it is `.`). */
static const struct jq_node *parse_program(struct jq_parser *parser)
{
    jq_lex(parser);
    if (jq_lex_is_word(parser, "import") || jq_lex_is_word(parser, "include") || jq_lex_is_word(parser, "module"))
        return jq_wrong(parser, "there are no modules here: put the definitions into the program");
    while (!parser->wrong && jq_lex_is_word(parser, "def"))
        jq_parse_definition(parser);
    const struct jq_node *root;
    if (parser->token == JQ_TOKEN_END && !parser->wrong)
        root = jq_node_new(parser, JQ_IDENTITY, NULL, NULL);
    else
        root = jq_parse_pipe(parser);
    if (root && parser->token != JQ_TOKEN_END)
        return jq_wrong(parser, "expected an operator or the end");
    return root;
}

/* What the caller wants of a program besides what its text says. */
struct over {
    bool items;  /* it is to be over items (jq_compile_items) */
    bool sure;
    bool arrays; /* given */
};

/* `[inputs] | …`, whose array need not be held. */
static const struct jq_node *over_inputs(struct jq_parser *parser, const struct jq_node *root)
{
    bool arrays;
    const struct jq_node *all = root->kind == JQ_PIPE ? root->a : NULL;
    if (!all || all->kind != JQ_COLLECT || !all->a || all->a->kind != JQ_INPUTS)
        return root;
    const struct jq_node *made = jq_over_items(parser, root->b, false, &arrays);
    return made ? made : root;
}

static struct jq_program *compile(const char *text, size_t len, const struct jq_variable *variables, size_t count,
                                  struct over *over, struct problem *problem)
{
    struct jq_program *program = mem_zero(1, sizeof *program);
    struct jq_parser parser = {.program = program};
    size_t at;
    if (len > JQ_PROGRAM_MAX) {
        problem_set(problem, STATUS_USAGE, "the program is longer than %d bytes", JQ_PROGRAM_MAX);
    } else if (!scan_utf8(text, len, &at)) {
        problem_set(problem, STATUS_USAGE, "the program is no UTF-8 at byte %zu", at + 1);
    } else {
        parser.text = parser.at = parser.start = arena_copy(&program->arena, text, len);
        parser.end = parser.text + len;
        add_globals(program, variables, count);
        parser.scope = program->scope = jq_new_scope(&parser, NULL);
        program->root = parse_program(&parser);
        if (!parser.wrong)
            program->root = over->items ? jq_over_items(&parser, program->root, over->sure, &over->arrays)
                                        : over_inputs(&parser, program->root);
        if (parser.wrong)
            problem_caret(problem, "filter", text, (size_t)(parser.wrong_at - parser.text), parser.wrong);
        else if (program->root)
            jq_resolve(program, parser.definitions, parser.definition_count);
    }
    free(parser.definitions);
    if (problem->status == STATUS_OK && program->root)
        return program;
    jq_program_free(program);
    return NULL;
}

struct jq_program *jq_compile(const char *text, size_t len, const struct jq_variable *variables, size_t count,
                              struct problem *problem)
{
    return compile(text, len, variables, count, &(struct over){0}, problem);
}

struct jq_program *jq_compile_items(const char *text, size_t len, const struct jq_variable *variables, size_t count,
                                    bool sure, bool *arrays)
{
    struct problem problem = {0};
    struct over over = {.items = true, .sure = sure};
    struct jq_program *program = compile(text, len, variables, count, &over, &problem);
    *arrays = over.arrays;
    return program;
}

void jq_program_free(struct jq_program *program)
{
    if (!program)
        return;
    path_set_free(&program->paths);
    free(program->constants);
    arena_free(&program->arena);
    free(program);
}

const struct path_set *jq_program_paths(const struct jq_program *program)
{
    return &program->paths;
}

bool jq_program_is_pure(const struct jq_program *program)
{
    for (const struct jq_node *node = program->nodes; node; node = node->next)
        if (node->kind == JQ_INPUTS || (node->kind == JQ_NATIVE && jq_native_acts(node->native)))
            return false;
    return true;
}

bool jq_program_is_single(const struct jq_program *program)
{
    return program->root->count == JQ_ONE;
}
