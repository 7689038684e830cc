#include <expat.h>
#include <limits.h>

#include "base/foreign.h"
#include "store/xml_inner.h"

struct level {
    char name[XML_NAME_MAX + 1];
    struct buffer text;
};

struct reading {
    XML_Parser parser;
    xml_element *element;
    void *context;
    unsigned depth;
    bool refused;
    struct level levels[XML_DEPTH_MAX + 1]; /* the first one is what is around the outermost element */
};

static void refuse(struct reading *reading)
{
    reading->refused = true;
    XML_StopParser(reading->parser, XML_FALSE);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reading *reading = context;
    (void)attributes;
    foreign_wrote_text(name);
    if (reading->refused)
        return;
    if (reading->depth == XML_DEPTH_MAX || strlen(name) > XML_NAME_MAX) {
        refuse(reading);
        return;
    }
    struct level *level = &reading->levels[++reading->depth];
    memcpy(level->name, name, strlen(name) + 1);
    level->text.len = 0;
}

static void on_text(void *context, const char *text, int len)
{
    struct reading *reading = context;
    foreign_wrote(text, (size_t)len);
    buffer_add(&reading->levels[reading->depth].text, text, (size_t)len);
}

static void on_end(void *context, const char *name)
{
    struct reading *reading = context;
    (void)name;
    if (reading->refused)
        return;
    struct level *level = &reading->levels[reading->depth--];
    buffer_reserve(&level->text, 1);
    level->text.data[level->text.len] = '\0';
    const char *parent = reading->levels[reading->depth].name;
    reading->element(reading->context, parent, level->name, level->text.data, level->text.len);
}

static void on_type(void *context, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(context);
}

bool xml_parse(const char *bytes, size_t len, xml_element *element, void *context)
{
    struct reading reading = {.element = element, .context = context};
    if (len > INT_MAX)
        return false;
    reading.parser = XML_ParserCreate(NULL);
    if (!reading.parser)
        mem_refuse(1, 1);
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_type);
    bool good = XML_Parse(reading.parser, bytes, (int)len, 1) == XML_STATUS_OK && !reading.refused;
    XML_ParserFree(reading.parser);
    for (unsigned i = 0; i <= XML_DEPTH_MAX; i++)
        buffer_free(&reading.levels[i].text);
    return good;
}

void xml_add_escaped(const char *text, struct buffer *into)
{
    for (; *text; text++) {
        if (*text == '<' || *text == '>')
            buffer_add_text(into, *text == '<' ? "&lt;" : "&gt;");
        else if (*text == '&')
            buffer_add_text(into, "&amp;");
        else
            buffer_add_char(into, *text);
    }
}
