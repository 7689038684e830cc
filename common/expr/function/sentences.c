/* sentences: a text as sentences of words, near to what Java's BreakIterator makes of Western languages. */
#include "base/unicode.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "value/nested.h"

struct reader {
    const char *text;
    size_t len, at;
};

/* The character at a place, and its length; 0 at the end. */
static uint32_t code_at(const struct reader *reader, size_t at, size_t *len)
{
    uint32_t code = 0;
    *len = at < reader->len ? unicode_next(reader->text + at, reader->len - at, &code) : 0;
    return code;
}

static bool is_number(uint32_t code)
{
    return code >= '0' && code <= '9';
}

static bool is_wordy(uint32_t code)
{
    return is_number(code) || code == '_' || unicode_letter(code);
}

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xA0 || code == 0x2028 || code == 0x2029 ||
           code == 0x3000;
}

/* What a word goes on behind, if letters, or digits, are on both sides. */
static bool joins(uint32_t code, uint32_t before, uint32_t behind)
{
    if (is_number(before) && is_number(behind))
        return code == '.' || code == ',' || code == '\'' || code == '-';
    return (code == '.' || code == '\'' || code == '-' || code == 0x2019 || code == 0xB7) && is_wordy(before) &&
           is_wordy(behind);
}

/* What belongs to the number behind it, which then is no word. */
static bool is_sign(uint32_t code)
{
    return code == '$' || code == '#' || code == 0xA3 || code == 0xA5 || code == 0x20AC;
}

/* Goes past a word. */
static void pass_word(struct reader *reader)
{
    uint32_t before = 0;
    for (;;) {
        size_t len, more;
        uint32_t code = code_at(reader, reader->at, &len);
        uint32_t behind = len > 0 ? code_at(reader, reader->at + len, &more) : 0;
        bool percent = is_number(before) && (code == '%' || code == 0x2030);
        if (len == 0 || (!is_wordy(code) && !percent && !joins(code, before, behind)))
            return;
        before = code;
        reader->at += len;
    }
}

/* Whether a sentence ends behind this character, which is at reader->at: ? and ! and ideographic ones anyway, a point
 * with a space behind and no small letter behind that. */
static bool ends_sentence(const struct reader *reader, uint32_t code, size_t len)
{
    if (code == '?' || code == '!' || code == 0x3002 || code == 0xFF01 || code == 0xFF1F)
        return true;
    if (code != '.')
        return false;
    size_t at = reader->at + len, size;
    uint32_t next = code_at(reader, at, &size);
    while (size > 0 && (next == '.' || next == '?' || next == '!' || next == '"' || next == '\'' || next == ')' ||
                        next == 0x201D || next == 0x2019))
        next = code_at(reader, at += size, &size);
    if (size > 0 && !is_space(next))
        return false;
    while (size > 0 && is_space(next))
        next = code_at(reader, at += size, &size);
    return size == 0 || !unicode_letter(next) || unicode_upper(next) == next;
}

static void end_sentence(struct nested_text *all, struct nested_text *words)
{
    if (words->len > 1) {
        struct value sentence = nested_finish(words, VALUE_ARRAY);
        nested_add_value(all, &sentence);
    }
    *words = (struct nested_text){.arena = all->arena};
    nested_add(words, "[", 1);
}

static struct value sentences(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct reader reader = {.text = args[0].text, .len = args[0].len};
    struct nested_text all = {.arena = call->arena}, words = {.arena = call->arena};
    if (args[0].type == VALUE_NULL)
        return args[0];
    nested_add(&all, "[", 1);
    nested_add(&words, "[", 1);
    while (reader.at < reader.len) {
        size_t len, start = reader.at;
        uint32_t code = code_at(&reader, start, &len);
        if (is_wordy(code)) {
            pass_word(&reader);
            struct value word = value_string(reader.text + start, reader.at - start);
            if (code != '_')
                nested_add_value(&words, &word);
            continue;
        }
        if (ends_sentence(&reader, code, len))
            end_sentence(&all, &words);
        reader.at += len;
        if (is_sign(code) && is_number(code_at(&reader, reader.at, &len)))
            pass_word(&reader);
    }
    end_sentence(&all, &words);
    return nested_finish(&all, VALUE_ARRAY);
}

const struct function functions_sentences[] = {
    {{"sentences", NULL, "s[, language[, country]]", "Array of arrays of strings",
      "The words of each sentence; language and country say nothing here",
      "sentences('Hi there! Good morning.') => [[\"Hi\",\"there\"],[\"Good\",\"morning\"]]"},
     "s|ss", .run = sentences, .sees_null = true},
    {.takes = NULL},
};
