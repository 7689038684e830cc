/* The grammar from pipes down to operands. */
#include "jq/parse_inner.h"

#include "json/json.h"

struct jq_node *jq_node_new(struct jq_parser *parser, enum jq_kind kind, const struct jq_node *a,
                            const struct jq_node *b)
{
    struct jq_node *node = arena_alloc(&parser->program->arena, sizeof *node);
    *node = (struct jq_node){.kind = (uint8_t)kind, .a = a, .b = b, .offset = (uint32_t)(parser->start - parser->text)};
    node->next = parser->program->nodes;
    parser->program->nodes = node;
    return node;
}

static uint32_t add_constant(struct jq_program *program, const char *bytes, size_t len)
{
    uint32_t count = program->constant_count;
    if ((count & (count - 1)) == 0)
        program->constants = mem_resize(program->constants, (size_t)count * 2 + 1, sizeof *program->constants);
    program->constants[count] = (struct jq_bytes){arena_copy(&program->arena, bytes, len), len};
    program->constant_count++;
    return count;
}

/* Bytes as a value that stands on the program's own memory, or JQ_NONE and a constant's number. */
static struct jq_value constant(struct jq_program *program, const char *bytes, size_t len, uint32_t *number)
{
    bool plain = len < UINT32_MAX - 2;
    for (size_t i = 0; i < len; i++)
        plain &= bytes[i] != '"' && bytes[i] != '\\' && (unsigned char)bytes[i] >= ' ' && bytes[i] != 0x7F;
    if (!plain) {
        *number = add_constant(program, bytes, len);
        return jq_none();
    }
    char *text = arena_alloc(&program->arena, len + 2);
    text[0] = text[len + 1] = '"';
    if (len > 0)
        memcpy(text + 1, bytes, len);
    return (struct jq_value){.type = JQ_STRING, .form = JQ_TEXT, .text = text, .len = (uint32_t)len + 2};
}

struct jq_node *jq_node_text(struct jq_parser *parser, const char *bytes, size_t len)
{
    struct jq_node *node = jq_node_new(parser, JQ_LITERAL, NULL, NULL);
    node->literal = constant(parser->program, bytes, len, &node->slot);
    return node;
}

struct jq_node *jq_node_field(struct jq_parser *parser, const struct jq_node *of, const char *bytes, size_t len)
{
    struct jq_node *text = jq_node_text(parser, bytes, len);
    if (text->literal.type == JQ_NONE) /* the key needs escapes: an ordinary index */
        return jq_node_new(parser, JQ_INDEX, of, text);
    struct jq_node *node = jq_node_new(parser, JQ_FIELD, of, NULL);
    node->literal = text->literal;
    node->key = (struct jq_bytes){text->literal.text + 1, len};
    return node;
}

uint32_t jq_new_slot(struct jq_scope *scope)
{
    return scope->slots++;
}

struct jq_scope *jq_new_scope(struct jq_parser *parser, struct jq_scope *parent)
{
    struct jq_scope *scope = arena_alloc(&parser->program->arena, sizeof *scope);
    *scope = (struct jq_scope){.parent = parent};
    return scope;
}

/* Binary operators by how tightly they bind. */
enum side { LEFT, RIGHT, NEITHER };
static const struct operator
{
    const char *sign;
    uint8_t level, side, kind, operation;
}
operators[] = {
    {",", 1, LEFT, JQ_COMMA, 0},
    {"//", 2, RIGHT, JQ_ELSE, 0},
    {"=", 3, NEITHER, JQ_ASSIGN, 0},
    {"|=", 3, NEITHER, JQ_UPDATE, 0},
    {"+=", 3, NEITHER, JQ_UPDATE_WITH, JQ_ADD},
    {"-=", 3, NEITHER, JQ_UPDATE_WITH, JQ_SUBTRACT},
    {"*=", 3, NEITHER, JQ_UPDATE_WITH, JQ_MULTIPLY},
    {"/=", 3, NEITHER, JQ_UPDATE_WITH, JQ_DIVIDE},
    {"%=", 3, NEITHER, JQ_UPDATE_WITH, JQ_MODULO},
    {"//=", 3, NEITHER, JQ_UPDATE_WITH, JQ_ELSE},
    {"or", 4, LEFT, JQ_OR, 0},
    {"and", 5, LEFT, JQ_AND, 0},
    {"==", 6, NEITHER, JQ_EQUAL, 0},
    {"!=", 6, NEITHER, JQ_UNEQUAL, 0},
    {"<", 6, NEITHER, JQ_LESS, 0},
    {"<=", 6, NEITHER, JQ_LESS_EQUAL, 0},
    {">", 6, NEITHER, JQ_GREATER, 0},
    {">=", 6, NEITHER, JQ_GREATER_EQUAL, 0},
    {"+", 7, LEFT, JQ_ADD, 0},
    {"-", 7, LEFT, JQ_SUBTRACT, 0},
    {"*", 8, LEFT, JQ_MULTIPLY, 0},
    {"/", 8, LEFT, JQ_DIVIDE, 0},
    {"%", 8, LEFT, JQ_MODULO, 0},
};
enum { LEVEL_COMMA = 1, LEVEL_ELSE = 2, LEVEL_PRODUCT = 8 };

static const struct operator *present_operator(const struct jq_parser *parser)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (jq_lex_is(parser, operators[i].sign) || jq_lex_is_word(parser, operators[i].sign))
            return &operators[i];
    return NULL;
}

static struct jq_node *parse_binary(struct jq_parser *parser, unsigned level)
{
    struct jq_node *left = jq_parse_operand(parser);
    if (!left)
        return NULL;
    for (unsigned closed = 99;;) { /* a level that may not come again */
        const struct operator *op = present_operator(parser);
        if (!op || op->level < level)
            return left;
        if (op->level == closed)
            return jq_wrong(parser, "'%s' does not chain: use parentheses", op->sign);
        jq_lex(parser);
        struct jq_node *right = parse_binary(parser, op->side == RIGHT ? op->level : op->level + 1u);
        if (!right)
            return NULL;
        left = jq_node_new(parser, op->kind, left, right);
        left->operation = op->operation;
        closed = op->side == NEITHER ? op->level : 99;
    }
}

static bool deeper(struct jq_parser *parser)
{
    if (++parser->depth <= JQ_NESTING_MAX)
        return true;
    jq_wrong(parser, "nested more than %d deep", JQ_NESTING_MAX);
    return false;
}

static struct jq_node *parse_pipe_from(struct jq_parser *parser, unsigned level)
{
    if (!deeper(parser))
        return NULL;
    struct jq_name *names = parser->names;
    struct jq_node *left = NULL;
    if (jq_lex_is_word(parser, "def")) {
        if (jq_parse_definition(parser))
            left = parse_pipe_from(parser, level);
    } else {
        left = parse_binary(parser, level);
        if (left && jq_lex_is(parser, "|")) {
            jq_lex(parser);
            const struct jq_node *right = parse_pipe_from(parser, level);
            left = right ? jq_node_new(parser, JQ_PIPE, left, right) : NULL;
        }
    }
    parser->names = names;
    parser->depth--;
    return left;
}

struct jq_node *jq_parse_pipe(struct jq_parser *parser)
{
    return parse_pipe_from(parser, LEVEL_COMMA);
}

struct jq_node *jq_parse_object_value(struct jq_parser *parser)
{
    return parse_pipe_from(parser, LEVEL_ELSE);
}

static void add_name(struct jq_parser *parser, struct jq_name name)
{
    struct jq_name *added = arena_alloc(&parser->program->arena, sizeof *added);
    *added = name;
    added->next = parser->names;
    parser->names = added;
}

static struct jq_node *parse_label(struct jq_parser *parser)
{
    jq_lex(parser);
    if (parser->token != JQ_TOKEN_VARIABLE)
        return jq_wrong(parser, "expected a label's name, such as $out");
    struct jq_name *names = parser->names;
    uint32_t slot = jq_new_slot(parser->scope);
    add_name(parser, (struct jq_name){.text = parser->word,
                                      .len = parser->word_len,
                                      .kind = JQ_NAME_LABEL,
                                      .scope = parser->scope,
                                      .slot = slot});
    jq_lex(parser);
    struct jq_node *body = jq_expect(parser, "|") ? jq_parse_pipe(parser) : NULL;
    parser->names = names;
    if (!body)
        return NULL;
    struct jq_node *node = jq_node_new(parser, JQ_LABEL, body, NULL);
    node->slot = slot;
    return node;
}

/* Behind a term: `as PATTERNS | body`. */
static struct jq_node *parse_bind(struct jq_parser *parser, const struct jq_node *source)
{
    jq_lex(parser);
    struct jq_name *names = parser->names;
    struct jq_patterns patterns;
    if (!jq_parse_patterns(parser, &patterns) || !jq_expect(parser, "|"))
        return NULL;
    struct jq_node *body = jq_parse_pipe(parser);
    parser->names = names;
    if (!body)
        return NULL;
    struct jq_node *node = jq_node_new(parser, JQ_BIND, source, jq_pattern_body(parser, &patterns, body));
    node->slot = patterns.slot;
    return node;
}

static struct jq_node *parse_operand_inner(struct jq_parser *parser)
{
    if (jq_lex_is_word(parser, "def"))
        return jq_parse_pipe(parser);
    if (jq_lex_is_word(parser, "label"))
        return parse_label(parser);
    if (jq_lex_is(parser, "-")) {
        jq_lex(parser);
        struct jq_node *of = parse_binary(parser, LEVEL_PRODUCT);
        if (of && of->kind == JQ_LITERAL && of->literal.form == JQ_INT && of->literal.integer > 0) {
            of->literal.integer = -of->literal.integer;
            return of;
        }
        return of ? jq_node_new(parser, JQ_NEGATE, of, NULL) : NULL;
    }
    struct jq_node *term = jq_parse_term(parser);
    return term && jq_lex_is_word(parser, "as") ? parse_bind(parser, term) : term;
}

struct jq_node *jq_parse_operand(struct jq_parser *parser)
{
    struct jq_node *node = deeper(parser) ? parse_operand_inner(parser) : NULL;
    parser->depth--;
    return node;
}
