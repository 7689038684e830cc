/* libFuzzer: the check in one piece and in two says the same; what it accepts has a tree, and survives
 * compacting and pretty-printing; what it refuses has none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* The check fed with two pieces, as json_check does with one. */
static bool check_in_two(const char *text, size_t len, size_t cut, size_t *at)
{
    struct json_checker checker;
    size_t used = 0, done = 0;
    json_check_start(&checker);
    enum json_verdict verdict = json_check_feed(&checker, text, cut, &used);
    if (verdict == JSON_MORE) {
        done = cut;
        verdict = json_check_feed(&checker, text + cut, len - cut, &used);
    }
    done += used;
    if (verdict == JSON_MORE) {
        done = len;
        verdict = json_check_end(&checker);
    }
    if (verdict == JSON_BAD) {
        *at = done;
        return false;
    }
    while (done < len && strchr(" \t\r\n", text[done]) && text[done])
        done++;
    *at = done;
    return done == len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* the first byte says where to cut; the text is copied so that a read behind it is noticed */
    size_t len = size - 1, cut = len ? data[0] % (len + 1) : 0;
    char *text = malloc(len ? len : 1);
    must(text);
    memcpy(text, data + 1, len);

    size_t at = 0, at_in_two = 0;
    const char *message = NULL;
    bool good = json_check(text, len, &at, &message);
    must(check_in_two(text, len, cut, &at_in_two) == good);
    must(good || at_in_two == at);
    must(good || message);

    struct json_tree tree = { 0 };
    size_t tree_at = 0;
    must(json_tree_build(&tree, text, len, &tree_at, &message) == good);
    must(good || tree_at == at);
    if (good) {
        struct buffer compact = { 0 }, pretty = { 0 }, again = { 0 };
        json_compact(text, len, &compact);
        json_pretty(text, len, &pretty);
        must(json_check(compact.data, compact.len, &at, &message));
        must(json_check(pretty.data, pretty.len, &at, &message));
        json_compact(pretty.data, pretty.len, &again);
        must(again.len == compact.len && memcmp(again.data, compact.data, again.len) == 0);
        for (uint32_t i = 0; i < tree.count; i++)
            if (tree.nodes[i].span.type == SPAN_STRING) {
                struct buffer decoded = { 0 };
                json_decode(tree.nodes[i].span, &decoded);
                must(json_string_equal(tree.nodes[i].span, decoded.data, decoded.len) || decoded.len == 0 ||
                     memmem(decoded.data, decoded.len, "\xEF\xBF\xBD", 3));
                buffer_free(&decoded);
            }
        buffer_free(&compact);
        buffer_free(&pretty);
        buffer_free(&again);
    }
    json_tree_free(&tree);
    free(text);
    return 0;
}
