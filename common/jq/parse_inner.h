/* The parser's state. Private to common/jq. */
#ifndef ATOOLS_JQ_PARSE_INNER_H
#define ATOOLS_JQ_PARSE_INNER_H

#include "jq/node_inner.h"

enum jq_token {
    JQ_TOKEN_END,
    JQ_TOKEN_NUMBER,
    JQ_TOKEN_NAME,     /* an identifier or keyword */
    JQ_TOKEN_VARIABLE, /* $name: text is the name */
    JQ_TOKEN_FIELD,    /* .name: text is the name */
    JQ_TOKEN_FORMAT,   /* @name: text is the name */
    JQ_TOKEN_QUOTE,    /* the quote that begins a string */
    JQ_TOKEN_SIGN,     /* operators and punctuation, as text */
};

/* What a name means, innermost first. */
struct jq_name {
    struct jq_name *next;
    const char *text;
    size_t len;
    enum { JQ_NAME_VARIABLE, JQ_NAME_LABEL, JQ_NAME_CLOSURE, JQ_NAME_FUNCTION } kind;
    struct jq_scope *scope; /* whose slot it is */
    uint32_t slot;
    struct jq_definition *definition;
    bool *used; /* a closure argument: set when it is called */
};

struct jq_parser {
    struct jq_program *program;
    const char *text; /* the whole */
    const char *at, *end;
    enum jq_token token;
    const char *word; /* the token's text */
    size_t word_len;
    const char *start;     /* where it stands */
    const char *line_text; /* $__loc__ counts from here */
    struct jq_name *names;
    struct jq_scope *scope;
    struct jq_definition **definitions;
    size_t definition_count;
    unsigned depth;
    const char *wrong; /* what is, once something is */
    const char *wrong_at;
    struct jq_prelude { /* functions written in jq that were asked for */
        const struct jq_native *native;
        struct jq_definition *definition;
        struct jq_prelude *next;
    } * prelude;
    bool in_prelude;
};

/* Lexer (lex.c). */
void jq_lex(struct jq_parser *parser);
bool jq_lex_is(const struct jq_parser *parser, const char *sign);
bool jq_lex_is_word(const struct jq_parser *parser, const char *word);
bool jq_lex_keyword(const char *word, size_t len);
/* Says what is wrong where the present token stands; the first one stays. Gives NULL. */
struct jq_node *jq_wrong(struct jq_parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Passes a sign or complains. */
bool jq_expect(struct jq_parser *parser, const char *sign);
bool jq_expect_word(struct jq_parser *parser, const char *word);

/* Nodes. */
struct jq_node *jq_node_new(struct jq_parser *parser, enum jq_kind kind, const struct jq_node *a,
                            const struct jq_node *b);
struct jq_node *jq_node_text(struct jq_parser *parser, const char *bytes, size_t len);
struct jq_node *jq_node_field(struct jq_parser *parser, const struct jq_node *of, const char *bytes, size_t len);
uint32_t jq_new_slot(struct jq_scope *scope);
struct jq_scope *jq_new_scope(struct jq_parser *parser, struct jq_scope *parent);

/* Grammar: pipes (parse.c), terms (term.c), patterns (pattern.c), calls and definitions (define.c). */
struct jq_node *jq_parse_pipe(struct jq_parser *parser);
struct jq_node *jq_parse_operand(struct jq_parser *parser);
struct jq_node *jq_parse_object_value(struct jq_parser *parser);
struct jq_node *jq_parse_term(struct jq_parser *parser);
/* The string whose opening quote is the token; format for its expressions. */
struct jq_node *jq_parse_string(struct jq_parser *parser, enum jq_format format);
struct jq_node *jq_parse_variable(struct jq_parser *parser);
struct jq_node *jq_parse_call(struct jq_parser *parser);
/* `def …;` is passed; its name is in force. */
bool jq_parse_definition(struct jq_parser *parser);

/* A call of a function written in jq, which is there. */
struct jq_node *jq_call_prelude(struct jq_parser *parser, const char *name, uint32_t arity,
                                struct jq_argument *arguments);
/* The name of the function of the table, written in jq, that a node calls; NULL: it does not. */
const char *jq_called_prelude(const struct jq_parser *parser, const struct jq_node *node);

/* The program over an array whose items JQ_INPUTS gives, none of which is held (items.c). `sure`: reading on cannot
 * fail, or what is read by then counts anyway, so results may go out, or be all, before the last item. *arrays: where
 * the input is no array but an object, this is not the program. NULL: there is no such program. */
const struct jq_node *jq_over_items(struct jq_parser *parser, const struct jq_node *root, bool sure, bool *arrays);

/* Patterns behind `as`. */
struct jq_pattern;
struct jq_patterns {
    struct jq_pattern **list;
    size_t count;
    uint32_t slot;   /* of the whole value */
    uint32_t *slots; /* of all variables */
    uint32_t slot_count;
};
bool jq_parse_patterns(struct jq_parser *parser, struct jq_patterns *patterns);
/* The body with the patterns' variables taken out of slot before it. */
struct jq_node *jq_pattern_body(struct jq_parser *parser, const struct jq_patterns *patterns,
                                const struct jq_node *body);

#endif
