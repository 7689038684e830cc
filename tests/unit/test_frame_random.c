/* frame against a plain reference, on random documents and random steps: the same elements and events are delivered
 * whatever the batches; and where a document is damaged, the same byte is blamed as by json_check. */
#include "frame_ways.h"

#include "json/span.h"

static uint64_t seed = 7;

static uint32_t pick(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static void blanks(struct buffer *into)
{
    static const char *const some[] = {"", "", "", "", " ", "\n", " \t", "\r\n"};
    buffer_add_text(into, some[pick(8)]);
}

static void random_value(struct buffer *into, unsigned depth)
{
    static const char *const scalars[] = {"null", "true", "false", "0", "-1.5e+3", "12", "\"\"", "\"a,]}\"",
                                          "\"\\\"[{\\\\\"", "\"\xc3\xa9\\u00e9\""};
    static const char *const keys[] = {"\"a\"",     "\"b\"", "\"\\u0063\"", "\"d,{\"",
                                       "\"e\\\"\"", "\"f\"", "\"g\"",       "\"h\""};
    unsigned kind = depth == 0 ? 9 : pick(10);
    blanks(into);
    if (kind < 4) {
        buffer_add_char(into, '[');
        for (unsigned i = pick(depth > 2 ? 9 : 4); i > 0; i--) {
            random_value(into, depth - 1);
            if (i > 1)
                buffer_add_char(into, ',');
        }
        buffer_add_char(into, ']');
    } else if (kind < 8) {
        bool first = true;
        buffer_add_char(into, '{');
        for (unsigned i = 0; i < 8; i++) {
            if (pick(2))
                continue;
            if (!first)
                buffer_add_char(into, ',');
            first = false;
            blanks(into);
            buffer_add_text(into, keys[i]);
            blanks(into);
            buffer_add_char(into, ':');
            random_value(into, depth - 1);
        }
        blanks(into);
        buffer_add_char(into, '}');
    } else {
        buffer_add_text(into, scalars[pick(10)]);
    }
    blanks(into);
}

static size_t random_steps(struct frame_step *steps)
{
    static const char *const keys[] = {"a", "b", "c", "d,{", "e\"", "f"};
    size_t count = 0;
    for (unsigned i = pick(3); i > 0; i--) {
        if (pick(2)) {
            const char *key = keys[pick(6)];
            steps[count++] = (struct frame_step){.kind = STEP_KEY, .key = key, .key_len = strlen(key)};
        } else {
            steps[count++] = (struct frame_step){.kind = STEP_INDEX, .from = (int64_t)pick(6) - 3};
        }
    }
    if (pick(4) == 0) {
        steps[count++] = (struct frame_step){.kind = STEP_INDEX, .from = (int64_t)pick(8) - 4};
        return count;
    }
    if (pick(2))
        steps[count++] = (struct frame_step){.kind = STEP_SLICE, .has_from = pick(3) > 0, .from = (int64_t)pick(10) - 5,
                                             .has_to = pick(3) > 0, .to = (int64_t)pick(10) - 5};
    steps[count++] = (struct frame_step){.kind = STEP_EACH};
    return count;
}

/* The reference: follows the steps through the tree. */
struct walk_on {
    const struct json_tree *tree;
    const struct frame_step *steps;
    size_t count;
    const char *text;
    struct buffer *into;
};

static void deliver(struct walk_on *walk, uint32_t node, uint64_t index)
{
    struct span span = walk->tree->nodes[node].span;
    uint64_t line = 1, byte = 1;
    for (const char *at = walk->text; at < span.text; at++) {
        byte++;
        if (*at == '\n') {
            line++;
            byte = 1;
        }
    }
    buffer_add_format(walk->into, "0:%llu:%llu[%llu] %.*s\n", (unsigned long long)line, (unsigned long long)byte,
                      (unsigned long long)index, (int)span.len, span.text);
}

static int64_t absolute(int64_t index, int64_t size)
{
    int64_t at = index < 0 ? size + index : index;
    return at < 0 ? 0 : at > size ? size : at;
}

static void answer(struct walk_on *walk, const char *event, size_t step, int type, int64_t count, struct span text)
{
    buffer_add_format(walk->into, "%s step %zu type %d count %lld %.*s\n", event, step, type, (long long)count,
                      (int)text.len, text.len > 0 ? text.text : "");
}

static void follow(struct walk_on *walk, uint32_t node, size_t at)
{
    const struct json_tree *tree = walk->tree;
    struct span span = tree->nodes[node].span, none = {0};
    const struct frame_step *step = &walk->steps[at];
    int64_t size = tree->nodes[node].size, from = 0, to = size;
    bool array = span.type == SPAN_ARRAY, object = span.type == SPAN_OBJECT;
    if (span.type == SPAN_NULL) {
        answer(walk, "MISSING", at, SPAN_NULL, 0, none);
    } else if (step->kind == STEP_KEY && object) {
        uint32_t member = json_tree_member(tree, node, step->key, step->key_len);
        if (member)
            follow(walk, member, at + 1);
        else
            answer(walk, "MISSING", at + 1, SPAN_NULL, 0, none);
    } else if ((step->kind == STEP_INDEX || step->kind == STEP_SLICE) ? array
                                                                      : step->kind == STEP_EACH && (array || object)) {
        if (step->kind == STEP_INDEX) {
            from = step->from < 0 ? size + step->from : step->from;
            to = from + 1;
            if (from < 0 || from >= size) {
                answer(walk, "MISSING", at + 1, SPAN_NULL, 0, none);
                return;
            }
        } else if (step->kind == STEP_SLICE) {
            from = step->has_from ? absolute(step->from, size) : 0;
            to = step->has_to ? absolute(step->to, size) : size;
        }
        uint32_t child = size > 0 ? node + 1 : 0;
        int64_t delivered = 0;
        for (int64_t i = 0; child; i++, child = tree->nodes[child].next) {
            if (i < from || i >= to)
                continue;
            if (step->kind == STEP_INDEX && at + 1 < walk->count) {
                follow(walk, child, at + 1);
                return;
            }
            deliver(walk, object ? child + 1 : child, (uint64_t)i);
            delivered++;
        }
        answer(walk, "END", walk->count - 1, span.type, delivered, none);
    } else {
        answer(walk, "MISMATCH", at, span.type, 0, array || object ? none : span);
    }
}

static void without_skipped(char *text)
{
    char *to = text;
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n") + 1;
        if (line[0] != '-') {
            memmove(to, line, len);
            to += len;
        }
        line += len;
    }
    *to = '\0';
}

static char *drain_with(const char *text, size_t len, struct frame_options options, size_t batch_size)
{
    options.batch_size = batch_size;
    char *got = drain_file(text, len, &options);
    without_skipped(got);
    return got;
}

/* So that one entry of what is drained is one line. */
static void fold_newlines(struct buffer *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == '\n' || text->data[i] == '\r')
            text->data[i] = pick(2) ? ' ' : '\t';
}

static const size_t sizes[] = {0, 1, 7, 30, 100};

static void test_random_documents(void **state)
{
    (void)state;
    struct json_tree tree = {0};
    for (unsigned round = 0; round < 2000; round++) {
        struct buffer text = {0}, wanted = {0};
        struct frame_step steps[8];
        const char *message;
        size_t at;
        random_value(&text, 4);
        fold_newlines(&text);
        size_t count = random_steps(steps);
        if (!json_tree_build(&tree, text.data, text.len, &at, &message))
            fail_msg("the generator made %.*s", (int)text.len, text.data);
        bool container = tree.nodes[0].span.type == SPAN_ARRAY || tree.nodes[0].span.type == SPAN_OBJECT;
        struct walk_on walk = {&tree, steps, count, text.data, &wanted};
        if (container)
            follow(&walk, 0, 0);
        buffer_add_char(&wanted, '\0');
        struct frame_options options = {
            .framing = FRAMING_NEST, .steps = steps, .step_count = count, .ends = true, .whole_max = 1};
        for (size_t i = 0; container && i < sizeof sizes / sizeof sizes[0]; i++) {
            options.single = i == 3;
            char *got = drain_with(text.data, text.len, options, sizes[i]);
            assert_string_equal(got, wanted.data);
            free(got);
        }
        buffer_free(&text);
        buffer_free(&wanted);
    }
    json_tree_free(&tree);
}

/* Where json_check first finds fault with a sequence of values; SIZE_MAX: nowhere. */
static size_t fault(const char *text, size_t len)
{
    struct json_checker checker;
    for (size_t at = 0; at < len;) {
        size_t used = 0;
        while (at < len && is_blank(text[at]))
            at++;
        if (at == len)
            break;
        json_check_start(&checker);
        enum json_verdict verdict = json_check_feed(&checker, text + at, len - at, &used);
        if (verdict == JSON_MORE)
            return json_check_end(&checker) == JSON_WHOLE ? SIZE_MAX : len;
        at += used;
        if (verdict == JSON_BAD)
            return at;
    }
    return SIZE_MAX;
}

static void test_damaged_documents(void **state)
{
    (void)state;
    static const char damage[] = "[]{}\",:\\ 01-.eE+tfnxu\x01\x80\xff";
    for (unsigned round = 0; round < 4000; round++) {
        struct buffer text = {0};
        random_value(&text, 4);
        fold_newlines(&text);
        size_t place = pick((uint32_t)text.len);
        if (round % 3 == 0)
            text.len = place;
        else
            text.data[place] = damage[pick(sizeof damage - 1)];
        size_t first = 0;
        while (first < text.len && is_blank(text.data[first]))
            first++;
        bool container = first < text.len && (text.data[first] == '[' || text.data[first] == '{');
        size_t bad = fault(text.data, text.len);
        const struct frame_step each = {.kind = STEP_EACH}, far[] = {{.kind = STEP_KEY, .key = "a", .key_len = 1},
                                                                     {.kind = STEP_INDEX, .from = -2}};
        struct frame_options options = {
            .framing = FRAMING_NEST, .whole_max = 1, .steps = round % 2 ? &each : far, .step_count = round % 2 ? 1 : 2};
        char *before = NULL;
        for (size_t i = 0; container && i < sizeof sizes / sizeof sizes[0]; i++) {
            char *got = drain_with(text.data, text.len, options, sizes[i]);
            char *blame = strstr(got, "BAD 1:");
            bool twin = strstr(got, "TWIN"); /* a damaged key became another's twin */
            if (!twin && (bad == SIZE_MAX ? blame != NULL : !blame || (size_t)atol(blame + 6) != bad + 1))
                fail_msg("batch %zu, fault %zu: %.*s\ngave %s", sizes[i], bad + 1, (int)text.len, text.data, got);
            if (before)
                assert_string_equal(got, before);
            free(before);
            before = got;
        }
        free(before);
        buffer_free(&text);
    }
}

int main(void)
{
    diag_start("test_frame_random");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_documents),
                                       cmocka_unit_test(test_damaged_documents)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
