/* walk against its judges: random documents, whole, broken and cut, walked by every kernel in pieces of every size,
 * agree with json_check (what is wrong, where) and json_tree (what the paths lead to). */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "frame/frame.h"
#include "json/json.h"
#include "json/scan/scan.h"
#include "json/walk/walk.h"
#include "json/walk/walk_inner.h"

static uint64_t random_state = 88172645463325252u;

static size_t any(size_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 11) % below;
}

static const char *const kernels[] = {"portable", "avx2", "avx512"};
static const char *const wanted[] = {"a", "b.c",       "b.d[1]", "e.f.g", "long_name_of_16_b", "long_name_of_17_by",
                                     "b", "`\xC3\xA4`"};
enum { WANTED = sizeof wanted / sizeof *wanted };
static const char *const keys[] = {"a",  "b",  "c",  "d",      "e",        "f",         "g",
                                   "long_name_of_16_b", "long_name_of_17_by", "long_name_of_17_bz", "\\u0061",
                                   "\xC3\xA4", "\\u00e4", "x\\\\"};

static void add_space(struct buffer *out, bool spaced)
{
    static const char *const spaces[] = {"", "", "", " ", "\t", "\r", "  "};
    if (spaced)
        buffer_add_text(out, spaces[any(7)]);
}

static void add_string(struct buffer *out)
{
    static const char *const parts[] = {"plain text of some length, ",
                                        "x",
                                        "\\\"",
                                        "\\\\",
                                        "\\u00e9",
                                        "\\ud800",
                                        "\xC3\xA9",
                                        "\xE2\x82\xAC",
                                        "\xF0\x9F\x98\x80",
                                        "{[,:]}",
                                        "\\n",
                                        "\\/",
                                        "true",
                                        "\x7f",
                                        "",
                                        "\xEF\xBF\xBF",
                                        "\xED\x9F\xBF"};
    buffer_add_char(out, '"');
    for (size_t i = any(6); i > 0; i--)
        buffer_add_text(out, parts[any(sizeof parts / sizeof *parts)]);
    buffer_add_char(out, '"');
}

static void add_value(struct buffer *out, size_t depth, bool spaced)
{
    static const char *const scalars[] = {
        "true", "false", "null", "0", "7", "-1", "12", "1.5", "-0.25e+10", "1E5", "123456789012345678901234567890",
        "0.0"};
    size_t kind = depth == 0 ? any(2) : any(5);
    if (kind == 0) {
        buffer_add_text(out, scalars[any(sizeof scalars / sizeof *scalars)]);
    } else if (kind == 1) {
        add_string(out);
    } else {
        bool object = kind != 2;
        buffer_add_char(out, object ? '{' : '[');
        add_space(out, spaced);
        for (size_t i = any(5), n = 0; n < i; n++) {
            if (n > 0) {
                buffer_add_char(out, ',');
                add_space(out, spaced);
            }
            if (object) {
                buffer_add_format(out, "\"%s\"", keys[any(sizeof keys / sizeof *keys)]);
                add_space(out, spaced);
                buffer_add_char(out, ':');
                add_space(out, spaced);
            }
            add_value(out, depth - 1, spaced);
            add_space(out, spaced);
        }
        buffer_add_char(out, object ? '}' : ']');
    }
}

/* Makes another bracket or comma of one: what is left is wrong only in what its containers are. */
static void change_bracket(char *text, size_t len)
{
    for (size_t tries = len, at = any(len); tries-- > 0; at = at + 1 == len ? 0 : at + 1)
        if (text[at] != '\0' && strchr("{}[],", text[at])) {
            text[at] = "{}[],"[any(5)];
            return;
        }
}

/* Breaks a document, mostly: another byte, one less, one more, a bad sequence, another bracket, cut off. */
static void damage(struct buffer *text, size_t start)
{
    static const char *const bad[] = {"\xFF",
                                      "\xC3",
                                      "\xC0\xAF",
                                      "\xED\xA0\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xE2\x82",
                                      "\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "\"",
                                      "\\",
                                      "\\x",
                                      "\\u12",
                                      "\x01",
                                      "\t",
                                      ",",
                                      ":",
                                      "}",
                                      "]",
                                      "{",
                                      "[",
                                      "1",
                                      "01",
                                      "-",
                                      "1.",
                                      "1e",
                                      "tru",
                                      "nul",
                                      "truefalse",
                                      "\x1f",
                                      "\x0c",
                                      "\x1a",
                                      ",\"a\":1",
                                      "\"a\" \"b\"",
                                      "\x1e"};
    size_t len = text->len - start;
    if (len == 0)
        return;
    size_t at = start + any(len);
    const char *piece = bad[any(sizeof bad / sizeof *bad)];
    size_t piece_len = strlen(piece);
    switch (any(7)) {
    case 0:
        text->data[at] = (char)any(256);
        if (text->data[at] == '\n')
            text->data[at] = 'n';
        break;
    case 1:
        memmove(text->data + at, text->data + at + 1, text->len - at - 1);
        text->len--;
        break;
    case 2:
    case 3:
        buffer_reserve(text, piece_len);
        memmove(text->data + at + piece_len, text->data + at, text->len - at);
        memcpy(text->data + at, piece, piece_len);
        text->len += piece_len;
        break;
    case 4:
    case 5:
        change_bracket(text->data + start, len);
        break;
    default:
        text->len = at;
    }
}

struct scene {
    struct arena arena;
    struct path_set paths;
    struct walk_plan *plan;
    struct json_tree tree;
    struct buffer text, told;
};

static int start(void **state)
{
    struct scene *scene = mem_zero(1, sizeof *scene);
    for (size_t i = 0; i < WANTED; i++) {
        size_t offset;
        const char *message;
        path_set_add(&scene->paths, path_parse(&scene->arena, wanted[i], NULL, &offset, &message));
    }
    scene->plan = walk_plan_new(&scene->paths);
    *state = scene;
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    walk_plan_free(scene->plan);
    path_set_free(&scene->paths);
    arena_free(&scene->arena);
    json_tree_free(&scene->tree);
    buffer_free(&scene->text);
    buffer_free(&scene->told);
    free(scene);
    return 0;
}

/* The path by way of the tree; *over: there is an array where a key is asked for, which json_tree does not know. */
static struct span look_up(const struct json_tree *tree, const struct path *path, bool *over)
{
    uint32_t node = 0;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        const struct json_node *at = &tree->nodes[node];
        if (step->key && at->span.type == SPAN_ARRAY) {
            *over = true;
            return (struct span){0};
        }
        if (step->key) {
            node = at->span.type == SPAN_OBJECT ? json_tree_member(tree, node, step->key, step->key_len) : 0;
        } else if (at->span.type == SPAN_ARRAY && step->index >= 0 && (uint64_t)step->index < at->size) {
            node++;
            for (int64_t k = 0; k < step->index; k++)
                node = tree->nodes[node].next;
        } else {
            node = 0;
        }
        if (node == 0)
            return (struct span){0};
    }
    return tree->nodes[node].span;
}

static void compare_slots(struct scene *scene, const struct walk *walk)
{
    size_t at;
    const char *message;
    assert_true(json_tree_build(&scene->tree, walk->record.text, walk->record.len, &at, &message));
    assert_int_equal(scene->tree.nodes[0].span.len, walk->record.len);
    assert_int_equal(scene->tree.nodes[0].span.type, walk->record.type);
    for (size_t i = 0; i < WANTED; i++) {
        bool over = false;
        struct span span = look_up(&scene->tree, scene->paths.paths[i], &over);
        if (over)
            continue;
        assert_int_equal(walk->slots[i].type, span.type);
        assert_ptr_equal(walk->slots[i].text, span.text);
        assert_int_equal(walk->slots[i].len, span.len);
        assert_int_equal(walk->slots[i].escaped, span.escaped);
    }
    bool spaced = false, in_string = false;
    for (size_t i = 0; i < walk->record.len; i++) {
        char c = walk->record.text[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else
            spaced |= !in_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
    }
    assert_true(walk->spaced || !spaced);
}

static struct walk *begin(struct scene *scene, struct batch *batch, enum batch_kind kind, size_t piece)
{
    buffer_reserve(&scene->text, BATCH_PADDING);
    /* what stands behind a batch must not matter beyond being there: the last bytes of another one, or zeros */
    memset(scene->text.data + scene->text.len, 0, BATCH_PADDING);
    *batch = (struct batch){.text = scene->text.data, .len = scene->text.len, .kind = kind, .file = "test"};
    struct walk *walk = walk_new(scene->plan, WALK_VALUES);
    ((struct walker *)walk)->piece_size = piece;
    walk_start(walk, batch->text, batch->len, batch_by(batch));
    return walk;
}

static void fail_at(struct scene *scene, const char *kernel, const char *what)
{
    fprintf(stderr, "%s: %s in:\n%.*s\n", kernel, what, (int)scene->text.len, scene->text.data);
    fail();
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\x1e", text[i]) || text[i] == '\0')
            return false;
    return true;
}

/* Each line is judged by json_check. */
static void walk_lines(struct scene *scene, const char *kernel, size_t piece)
{
    struct batch batch;
    struct walk *walk = begin(scene, &batch, BATCH_LINES, piece);
    uint64_t index = 0;
    for (size_t line = 0; line < batch.len;) {
        const char *newline = memchr(batch.text + line, '\n', batch.len - line);
        size_t next = newline ? (size_t)(newline - batch.text) : batch.len, len = next - line;
        size_t from = line;
        while (from < next && strchr(" \t\r\x1e", batch.text[from]) && batch.text[from])
            from++;
        if (!is_blank(batch.text + line, len)) {
            size_t at = 0;
            const char *message = NULL;
            bool good = json_check(batch.text + from, next - from, &at, &message);
            enum walk_verdict verdict = walk_next(walk);
            if (verdict != (good ? WALK_RECORD : WALK_BAD) || walk->index != index)
                fail_at(scene, kernel, good ? "a good line is refused" : message);
            index++;
            if (good) {
                assert_ptr_equal(walk->record.text, batch.text + from);
                compare_slots(scene, walk);
            } else {
                assert_true(walk->malformed);
                assert_int_equal(walk->bad_at, from + at);
                assert_string_equal(walk->message, message);
                assert_ptr_equal(walk->record.text, batch.text + from);
                assert_ptr_equal(walk->record.text + walk->record.len, batch.text + next);
            }
        }
        line = next + 1;
    }
    assert_int_equal(walk_next(walk), WALK_END);
    walk_free(walk);
}

/* Values one behind the other, or with commas between: the automaton tells where each ends. */
static void walk_nested(struct scene *scene, const char *kernel, bool elements, size_t piece)
{
    struct batch batch;
    struct walk *walk = begin(scene, &batch, elements ? BATCH_ELEMENTS : BATCH_VALUES, piece);
    bool must = false;
    for (size_t at = 0;;) {
        while (at < batch.len && batch.text[at] && strchr(elements ? " \t\r\n" : " \t\r\n\x1e", batch.text[at]))
            at++;
        if (at == batch.len && !must)
            break;
        struct json_checker checker;
        json_check_start(&checker);
        size_t used = 0;
        enum json_verdict judged = json_check_feed(&checker, batch.text + at, batch.len - at, &used);
        if (judged == JSON_MORE)
            judged = json_check_end(&checker);
        size_t behind = at + used;
        while (elements && judged == JSON_WHOLE && behind < batch.len && batch.text[behind] &&
               strchr(" \t\r\n", batch.text[behind]))
            behind++;
        if (elements && judged == JSON_WHOLE && behind < batch.len && batch.text[behind] != ',')
            judged = JSON_BAD;
        bool word = judged == JSON_WHOLE && !strchr("{[\"", batch.text[at]);
        if (!elements && word && behind < batch.len && batch.text[behind] &&
            (isalnum((unsigned char)batch.text[behind]) || strchr("+-.", batch.text[behind])))
            judged = JSON_BAD; /* two words that touch */
        enum walk_verdict verdict = walk_next(walk);
        if (verdict != (judged == JSON_WHOLE ? WALK_RECORD : WALK_BAD))
            fail_at(scene, kernel, "another verdict than json_check's");
        if (judged == JSON_BAD) {
            assert_int_equal(walk->bad_at, behind);
            break;
        }
        assert_ptr_equal(walk->record.text, batch.text + at);
        compare_slots(scene, walk);
        must = elements && behind < batch.len;
        at = behind + must;
    }
    assert_int_equal(walk_next(walk), WALK_END);
    walk_free(walk);
}

/* Documents, the odd one damaged (one_bad_in 0: none), and what stands between them. */
static void make(struct scene *scene, enum batch_kind kind, size_t count, size_t one_bad_in)
{
    scene->text.len = 0;
    bool spaced = any(3) == 0;
    for (size_t i = 0; i < count; i++) {
        size_t from = scene->text.len;
        if (kind == BATCH_ELEMENTS && i > 0)
            buffer_add_char(&scene->text, ',');
        if (kind != BATCH_ELEMENTS && any(20) == 0)
            buffer_add_char(&scene->text, 0x1e);
        add_space(&scene->text, spaced);
        add_value(&scene->text, 1 + any(5), spaced);
        add_space(&scene->text, spaced);
        if (one_bad_in > 0 && any(one_bad_in) == 0)
            damage(&scene->text, from);
        if (kind == BATCH_LINES || (kind == BATCH_VALUES && any(3) == 0))
            buffer_add_char(&scene->text, '\n');
        if (kind == BATCH_VALUES)
            buffer_add_char(&scene->text, ' ');
        if (any(30) == 0 && kind == BATCH_LINES)
            buffer_add_text(&scene->text, any(2) ? "\n" : " \r\n");
    }
    if (any(2) && scene->text.len > 0 && kind == BATCH_LINES)
        scene->text.len--;
}

static bool same_span(struct span a, struct span b)
{
    return a.type == b.type &&
           (a.type == SPAN_ABSENT || (a.len == b.len && a.escaped == b.escaped && memcmp(a.text, b.text, a.len) == 0));
}

static enum walk_verdict next_slow(struct walker *walker)
{
    while (!walker->ended) {
        enum walk_verdict verdict = walker->in_array ? walker_next_element(walker) : walker_next_slow(walker);
        if (verdict != WALK_END || (!walker->in_array && walker->at >= walker->len))
            return verdict;
    }
    return WALK_END;
}

/* The walk over an index and the walk byte by byte, objects as records: the same slots (arrays made for them too),
 * strangers and bad records. */
static void walk_both(struct scene *scene, const char *kernel, enum batch_kind kind, size_t piece)
{
    struct batch batch;
    enum walk_records records = any(3) ? WALK_OBJECTS : WALK_VALUES;
    struct walk *fast = begin(scene, &batch, kind, piece), *slow = walk_new(scene->plan, records);
    ((struct walker *)fast)->records = records;
    walk_start(slow, batch.text, batch.len, batch_by(&batch));
    for (enum walk_verdict verdict = WALK_RECORD; verdict != WALK_END;) {
        verdict = walk_next(fast);
        if (next_slow((struct walker *)slow) != verdict)
            fail_at(scene, kernel, "another verdict than byte by byte");
        if (verdict == WALK_END)
            break;
        assert_int_equal(fast->index, slow->index);
        assert_ptr_equal(fast->record.text, slow->record.text);
        assert_int_equal(fast->record.len, slow->record.len);
        if (verdict == WALK_BAD) {
            assert_int_equal(fast->bad_at, slow->bad_at);
            assert_int_equal(fast->malformed, slow->malformed);
            assert_string_equal(fast->message, slow->message);
            continue;
        }
        bool same = same_span(fast->stranger, slow->stranger);
        for (size_t i = 0; i < WANTED; i++)
            same &= same_span(fast->slots[i], slow->slots[i]);
        if (!same)
            fail_at(scene, kernel, "other slots than byte by byte");
    }
    walk_free(fast);
    walk_free(slow);
}

enum { ROUNDS = 1500 };
static const size_t pieces[] = {64, 128, 512, 4096, 65536};

static void lines_agree(void **state)
{
    struct scene *scene = *state;
    for (int round = 0; round < 3 * ROUNDS; round++) {
        make(scene, BATCH_LINES, 1 + any(30), 1 + any(10));
        for (size_t k = 0; k < 3; k++)
            if (scan_choose(kernels[k]))
                walk_lines(scene, kernels[k], pieces[any(5)]);
    }
}

static void values_agree(void **state)
{
    struct scene *scene = *state;
    for (int round = 0; round < ROUNDS; round++) {
        make(scene, BATCH_VALUES, 1 + any(30), 1 + any(60));
        for (size_t k = 0; k < 3; k++)
            if (scan_choose(kernels[k]))
                walk_nested(scene, kernels[k], false, pieces[any(5)]);
    }
}

static void elements_agree(void **state)
{
    struct scene *scene = *state;
    for (int round = 0; round < ROUNDS; round++) {
        make(scene, BATCH_ELEMENTS, 1 + any(30), 1 + any(60));
        for (size_t k = 0; k < 3; k++)
            if (scan_choose(kernels[k]))
                walk_nested(scene, kernels[k], true, pieces[any(5)]);
    }
}

static void fast_and_slow_agree(void **state)
{
    static const enum batch_kind kinds[] = {BATCH_LINES, BATCH_VALUES, BATCH_ELEMENTS};
    struct scene *scene = *state;
    walk_plan_watch(scene->plan, NULL, true);
    for (int round = 0; round < 2 * ROUNDS; round++) {
        enum batch_kind kind = kinds[round % 3];
        make(scene, kind, 1 + any(30), 1 + any(60));
        for (size_t k = 0; k < 3; k++)
            if (scan_choose(kernels[k]))
                walk_both(scene, kernels[k], kind, pieces[any(5)]);
    }
}

/* What is right is never left to the walk byte by byte, which would find the same and take longer. */
static void good_pieces_are_taken_whole(void **state)
{
    struct scene *scene = *state;
    struct piece piece = {0};
    for (int round = 0; round < ROUNDS; round++) {
        enum batch_kind kind = (enum batch_kind)any(3);
        make(scene, kind, 1 + any(60), 0);
        buffer_reserve(&scene->text, BATCH_PADDING);
        memset(scene->text.data + scene->text.len, 0, BATCH_PADDING);
        for (size_t k = 0; k < 3; k++) {
            if (!scan_choose(kernels[k]))
                continue;
            enum scan_records records = kind == BATCH_LINES    ? SCAN_BY_LINE
                                        : kind == BATCH_VALUES ? SCAN_BY_VALUE
                                                               : SCAN_BY_ELEMENT;
            piece_load(&piece, scene->text.data, scene->text.len, true, records);
            assert_false(piece.wrong);
            assert_int_equal(piece.limit, piece.index.count);
            piece_load(&piece, scene->text.data, scene->text.len & ~(size_t)63, false, records);
            assert_false(piece.wrong);
        }
    }
    piece_free(&piece);
}

static void add_nested(struct buffer *text, size_t depth, char open, char close)
{
    for (size_t i = 0; i < depth; i++)
        buffer_add_text(text, open == '[' ? "[" : "{\"a\":");
    buffer_add_char(text, '1');
    for (size_t i = 0; i < depth; i++)
        buffer_add_char(text, close);
}

static void depth_has_its_limit(void **state)
{
    struct scene *scene = *state;
    for (size_t k = 0; k < 3; k++) {
        if (!scan_choose(kernels[k]))
            continue;
        for (size_t depth = JSON_DEPTH_MAX - 2; depth <= JSON_DEPTH_MAX + 200;
             depth += depth < JSON_DEPTH_MAX + 2 ? 1 : 33) {
            scene->text.len = 0;
            add_nested(&scene->text, depth, '[', ']');
            buffer_add_char(&scene->text, '\n');
            add_nested(&scene->text, depth, '{', '}');
            buffer_add_text(&scene->text,
                            "\n]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n{}");
            walk_lines(scene, kernels[k], pieces[any(5)]);
        }
    }
}

/* Two indexes of the same text by different kernels have the same bits. */
static void compare_indexes(const struct scan_index *a, const struct scan_index *b, bool whole)
{
    assert_int_equal(a->scanned, b->scanned);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->any_space, b->any_space);
    assert_int_equal(a->in_string, b->in_string);
    assert_memory_equal(a->tokens, b->tokens, a->count);
    assert_memory_equal(a->positions, b->positions, (a->count + 1) * sizeof *a->positions);
    for (size_t i = 0; i * 64 < a->count; i++) {
        assert_int_equal(a->words[i].brackets, b->words[i].brackets);
        assert_int_equal(a->words[i].closes, b->words[i].closes);
        assert_int_equal(a->words[i].curly, b->words[i].curly);
        assert_int_equal(a->words[i].keyed, b->words[i].keyed);
        assert_int_equal(a->words[i].plain, b->words[i].plain);
        assert_int_equal(a->words[i].outside, b->words[i].outside);
        assert_int_equal(a->words[i].scalars, b->words[i].scalars);
        assert_int_equal(a->words[i].wrong, b->words[i].wrong);
    }
    size_t blocks = whole && a->scanned % 64 ? a->scanned / 64 + 1 : a->scanned / 64;
    assert_memory_equal(a->spaces, b->spaces, blocks * sizeof *a->spaces);
    assert_memory_equal(a->backslashes, b->backslashes, blocks * sizeof *a->backslashes);
}

static void kernels_give_the_same_bits(void **state)
{
    struct scene *scene = *state;
    struct scan_index one = {0}, other = {0};
    for (int round = 0; round < 2 * ROUNDS; round++) {
        make(scene, (enum batch_kind)any(3), 1 + any(20), 1 + any(40));
        if (any(4) == 0)
            for (size_t i = 0; i < scene->text.len; i++)
                if (any(10) == 0)
                    scene->text.data[i] = "\"\\{}[]:,\n\x1e\x01 \xC3\xA9\xF0\x9F\x98\x80"[any(18)];
        buffer_reserve(&scene->text, BATCH_PADDING);
        memset(scene->text.data + scene->text.len, 0, BATCH_PADDING);
        scan_index_reserve(&one, scene->text.len);
        scan_index_reserve(&other, scene->text.len);
        enum scan_records records = (enum scan_records)any(3);
        assert_true(scan_choose("portable"));
        scan_json(&one, scene->text.data, scene->text.len, records);
        for (size_t k = 1; k < 3; k++) {
            if (!scan_choose(kernels[k]))
                continue;
            scan_json(&other, scene->text.data, scene->text.len, records);
            if (other.scanned == one.scanned + 64) { /* the wide kernels judge a lead byte with the byte behind it */
                assert_true((unsigned char)scene->text.data[one.scanned + 63] >= 0xC0);
                continue;
            }
            compare_indexes(&one, &other, one.scanned == scene->text.len);
        }
    }
    scan_index_free(&one);
    scan_index_free(&other);
}

static void scan(bool csv, struct scan_cells *cells, const char *text, size_t len)
{
    if (csv)
        scan_csv(cells, text, len, 'a', '"');
    else
        scan_tsv(cells, text, len);
}

static void delimiters_are_the_same(void **state)
{
    (void)state;
    struct scan_cells one = {0}, other = {0};
    char text[1024 + BATCH_PADDING];
    for (int round = 0; round < 4 * ROUNDS; round++) {
        size_t len = any(1024);
        memset(text, 0, sizeof text);
        size_t plain = any(2) ? 20 : 12;
        for (size_t i = 0; i < len; i++)
            text[i] = "abcd\t\n\\\"\r x \xC3\xA9\xE2\x82\xAC\xF0\x9F"[any(plain)];
        scan_cells_reserve(&one, len);
        scan_cells_reserve(&other, len);
        assert_true(scan_choose("portable"));
        scan(round % 2, &one, text, len);
        size_t at;
        if (one.scanned < len)
            assert_false(scan_utf8(text, len, &at));
        else
            assert_true(scan_utf8(text, len, &at));
        for (size_t k = 1; k < 3; k++) {
            if (!scan_choose(kernels[k]))
                continue;
            scan(round % 2, &other, text, len);
            assert_int_equal(one.scanned, other.scanned);
            if (one.scanned == len && (len == 0 || text[len - 1] != '\r')) {
                assert_int_equal(one.any_backslash, other.any_backslash);
                assert_int_equal(one.any_quote, other.any_quote);
            }
            size_t count = 0;
            while (count < one.count && one.positions[count] < one.scanned)
                count++;
            assert_true(other.count >= count);
            assert_memory_equal(one.kinds, other.kinds, count);
            assert_memory_equal(one.positions, other.positions, count * sizeof *one.positions);
        }
    }
    scan_cells_free(&one);
    scan_cells_free(&other);
}

/* Every sequence of two bytes, many of three and four, across a block's border or not: scan_utf8 agrees with
 * json_check, and so does every kernel. */
static void utf8_is_judged_alike(void **state)
{
    struct scene *scene = *state;
    for (size_t k = 0; k < 3; k++) {
        if (!scan_choose(kernels[k]))
            continue;
        for (int round = 0; round < 20000; round++) {
            scene->text.len = 0;
            buffer_add_char(&scene->text, '"');
            for (size_t pad = any(70); pad > 0; pad--)
                buffer_add_char(&scene->text, 'x');
            static const unsigned char bytes[] = {0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                                  0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                                  0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
            for (size_t n = 1 + any(8); n > 0; n--)
                buffer_add_char(&scene->text, (char)bytes[any(sizeof bytes)]);
            buffer_add_text(&scene->text, "\"\n\"next line\"");
            size_t at, len = (size_t)((char *)memchr(scene->text.data, '\n', scene->text.len) - scene->text.data),
                       where;
            const char *message;
            bool good = json_check(scene->text.data, len, &at, &message);
            assert_int_equal(scan_utf8(scene->text.data, len, &where), good);
            if (!good)
                assert_int_equal(at, where);
            walk_lines(scene, kernels[k], 65536);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kernels_give_the_same_bits, start, end),
        cmocka_unit_test(delimiters_are_the_same),
        cmocka_unit_test_setup_teardown(lines_agree, start, end),
        cmocka_unit_test_setup_teardown(values_agree, start, end),
        cmocka_unit_test_setup_teardown(elements_agree, start, end),
        cmocka_unit_test_setup_teardown(fast_and_slow_agree, start, end),
        cmocka_unit_test_setup_teardown(good_pieces_are_taken_whole, start, end),
        cmocka_unit_test_setup_teardown(depth_has_its_limit, start, end),
        cmocka_unit_test_setup_teardown(utf8_is_judged_alike, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
