#include "profile/place.h"

#include <stdlib.h>

#include "json/cursor.h"
#include "json/json.h"

static bool is_called(const struct place *place, const char *name, size_t len)
{
    return place->name_len == len && memcmp(place->name, name, len) == 0;
}

static struct place *member_add(struct place *place, const char *name, size_t len)
{
    if (place->count == place->cap) {
        place->cap = place->cap ? 2 * place->cap : 4;
        place->members = mem_resize(place->members, place->cap, sizeof(struct place *));
    }
    struct place *member = mem_zero(1, sizeof *member);
    member->name = mem_copy(name, len);
    member->name_len = len;
    index_add(&place->index, index_hash(name, len), place->count);
    place->members[place->count++] = member;
    return member;
}

/* The member of that name, made if there is none; *guess is the number it probably has, and becomes the next one's. */
static struct place *member_of(struct place *place, const char *name, size_t len, size_t *guess)
{
    size_t number = *guess;
    if (number < place->count && is_called(place->members[number], name, len)) {
        *guess = number + 1;
        return place->members[number];
    }
    uint64_t hash = index_hash(name, len);
    for (size_t at = index_first(&place->index, hash); at != INDEX_NONE; at = index_next(&place->index, hash, at)) {
        number = index_number(&place->index, at);
        if (is_called(place->members[number], name, len)) {
            *guess = number + 1;
            return place->members[number];
        }
    }
    *guess = place->count + 1;
    return member_add(place, name, len);
}

static struct place *member_for(struct places *places, struct place *place, struct span key, size_t *guess)
{
    if (!key.escaped)
        return member_of(place, key.text + 1, key.len - 2, guess);
    places->key.len = 0;
    json_decode(key, &places->key);
    return member_of(place, places->key.data, places->key.len, guess);
}

static void add_object(struct places *places, struct place *place, struct span object);

/* The members of the objects in an array, however deep. Recursion is bounded by JSON_DEPTH_MAX. */
static void add_elements(struct places *places, struct place *place, struct span array)
{
    struct json_cursor cursor = json_cursor_into(array);
    struct span element;
    while (json_cursor_next(&cursor, &element)) {
        if (element.type == SPAN_OBJECT)
            add_object(places, place, element);
        else if (element.type == SPAN_ARRAY)
            add_elements(places, place, element);
    }
}

static void add_value(struct places *places, struct place *place, struct span value)
{
    place->types |= 1u << value.type;
    place->times++;
    place->records += place->last != places->records;
    place->last = places->records;
    if (value.type == SPAN_OBJECT)
        add_object(places, place, value);
    else if (places->keys && value.type == SPAN_ARRAY)
        add_elements(places, place, value);
    else if (!places->keys && value.type != SPAN_NULL) {
        if (!place->column)
            place->column = column_new();
        column_add(place->column, value, &places->pool, &places->arena);
    }
}

static void add_object(struct places *places, struct place *place, struct span object)
{
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    size_t guess = 0;
    while (json_cursor_member(&cursor, &key, &value))
        add_value(places, member_for(places, place, key, &guess), value);
}

void places_add(struct places *places, struct span record)
{
    places->records++;
    arena_reset(&places->arena);
    add_object(places, &places->root, record);
}

void places_add_cells(struct places *places, const char *const *names, const struct span *cells, size_t count)
{
    size_t guess = 0;
    places->records++;
    arena_reset(&places->arena);
    for (size_t i = 0; i < count; i++)
        add_value(places, member_of(&places->root, names[i], strlen(names[i]), &guess), cells[i]);
}

void places_name(struct places *places, const char *const *names, size_t count)
{
    size_t guess = 0;
    for (size_t i = 0; i < count; i++)
        member_of(&places->root, names[i], strlen(names[i]), &guess);
}

static void place_free(struct place *place)
{
    for (size_t i = 0; i < place->count; i++) {
        place_free(place->members[i]);
        free(place->members[i]);
    }
    if (place->column)
        column_free(place->column);
    index_free(&place->index);
    free(place->members);
    free(place->name);
}

static void merge(struct place *place, struct place *other, struct pool *pool)
{
    place->types |= other->types;
    place->times += other->times;
    place->records += other->records;
    if (!place->column) {
        place->column = other->column;
        other->column = NULL;
    } else if (other->column) {
        column_merge(place->column, other->column, pool);
    }
    size_t guess = 0;
    for (size_t i = 0; i < other->count; i++) {
        const struct place *member = other->members[i];
        merge(member_of(place, member->name, member->name_len, &guess), other->members[i], pool);
    }
}

void places_merge(struct places *places, struct places *other)
{
    merge(&places->root, &other->root, &places->pool);
    places->records += other->records;
    pool_join(&places->pool, &other->pool);
    places_free(other);
}

void places_free(struct places *places)
{
    place_free(&places->root);
    pool_free(&places->pool);
    arena_free(&places->arena);
    buffer_free(&places->key);
    *places = (struct places){0};
}
