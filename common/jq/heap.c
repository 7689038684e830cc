/* Memory of a machine: pieces by size, counted values, texts with owners. */
#include <stdlib.h>

#include "jq/value_inner.h"

static void *block_new(struct jq_heap *heap, size_t size)
{
    void **block = mem_resize(NULL, 1, size + JQ_PIECE_STEP);
    *block = heap->blocks;
    heap->blocks = block;
    heap->used += size;
    return (char *)block + JQ_PIECE_STEP;
}

void *jq_alloc(struct jq_machine *jq, size_t size)
{
    struct jq_heap *heap = jq_heap_of(jq);
    if (size > JQ_PIECE_MAX) {
        heap->used += size;
        return mem_resize(NULL, 1, size);
    }
    size_t class = (size + JQ_PIECE_STEP - 1) / JQ_PIECE_STEP;
    void **piece = heap->free[class];
    if (piece) {
        heap->free[class] = *piece;
        return piece;
    }
    size = class * JQ_PIECE_STEP;
    if (heap->left < size) {
        heap->next = block_new(heap, JQ_BLOCK_BYTES);
        heap->left = JQ_BLOCK_BYTES;
    }
    void *fresh = heap->next;
    heap->next += size;
    heap->left -= size;
    return fresh;
}

void jq_free(struct jq_machine *jq, void *piece, size_t size)
{
    struct jq_heap *heap = jq_heap_of(jq);
    if (size > JQ_PIECE_MAX) {
        heap->used -= size;
        free(piece);
        return;
    }
    size_t class = (size + JQ_PIECE_STEP - 1) / JQ_PIECE_STEP;
    *(void **)piece = heap->free[class];
    heap->free[class] = piece;
}

void jq_heap_free(struct jq_heap *heap)
{
    for (unsigned i = 1; i < heap->owner_count; i++)
        free(heap->owners[i].text);
    free(heap->owners);
    while (heap->blocks) {
        void *next = *(void **)heap->blocks;
        free(heap->blocks);
        heap->blocks = next;
    }
}

bool jq_heap_full(struct jq_machine *jq, size_t more)
{
    const struct jq_heap *heap = jq_heap_of(jq);
    return heap->limit > 0 && (heap->used > heap->limit || more > heap->limit - heap->used);
}

void jq_owner_keep(struct jq_machine *jq, unsigned owner)
{
    jq_heap_of(jq)->owners[owner].refs++;
}

void jq_owner_drop(struct jq_machine *jq, unsigned owner)
{
    struct jq_heap *heap = jq_heap_of(jq);
    struct jq_owner *place = &heap->owners[owner];
    if (--place->refs > 0)
        return;
    free(place->text);
    place->text = NULL;
    heap->owner_free = owner;
}

unsigned jq_owner_new(struct jq_machine *jq, char *text, bool spaced)
{
    struct jq_heap *heap = jq_heap_of(jq);
    if (heap->owner_count == 0)
        heap->owner_count = 1;
    unsigned place = heap->owner_free;
    if (place == 0 || heap->owners[place].text) {
        place = heap->owner_count;
        if (place > JQ_OWNERS_MAX)
            return 0;
        if ((place & (place - 1)) == 0)
            heap->owners = mem_resize(heap->owners, (size_t)place * 2, sizeof *heap->owners);
        heap->owner_count++;
    }
    heap->owners[place] = (struct jq_owner){.refs = 1, .text = text, .spaced = spaced};
    heap->owner_free = 0;
    return place;
}

static size_t array_bytes(const struct jq_array *array)
{
    return sizeof *array + (array->cap + (size_t)(array->items - array->room)) * sizeof array->room[0];
}

static size_t object_bytes(const struct jq_object *object)
{
    return sizeof *object + object->cap * sizeof *object->members;
}

/* Containers whose last reference is gone, in a chain: deep ones need no stack. */
struct doomed {
    struct jq_array *arrays;
    struct jq_object *objects;
};

static void free_leaf(struct jq_machine *jq, struct jq_value value)
{
    if (value.form == JQ_WIDE)
        jq_free(jq, value.wide, sizeof *value.wide);
    else
        jq_free(jq, value.string, sizeof *value.string + value.string->cap);
}

static void let_go(struct jq_machine *jq, struct doomed *doomed, struct jq_value value)
{
    if (value.form < JQ_WIDE) {
        jq_drop(jq, value);
        return;
    }
    if (--value.head->refs > 0)
        return;
    if (value.type == JQ_ARRAY) {
        value.array->doomed = doomed->arrays;
        doomed->arrays = value.array;
    } else if (value.type == JQ_OBJECT) {
        value.object->doomed = doomed->objects;
        doomed->objects = value.object;
    } else {
        free_leaf(jq, value);
    }
}

static void free_array(struct jq_machine *jq, struct doomed *doomed)
{
    struct jq_array *array = doomed->arrays;
    doomed->arrays = array->doomed;
    for (size_t i = 0; i < array->len; i++)
        let_go(jq, doomed, array->items[i]);
    jq_free(jq, array, array_bytes(array));
}

static void free_object(struct jq_machine *jq, struct doomed *doomed)
{
    struct jq_object *object = doomed->objects;
    doomed->objects = object->doomed;
    for (size_t i = 0; i < object->len; i++) {
        jq_drop(jq, object->members[i].key);
        let_go(jq, doomed, object->members[i].value);
    }
    if (object->slots)
        jq_free(jq, object->table, object->slots * sizeof *object->table);
    jq_free(jq, object, object_bytes(object));
}

void jq_free_counted(struct jq_machine *jq, struct jq_value value)
{
    struct doomed doomed = {0};
    value.head->refs = 1;
    let_go(jq, &doomed, value);
    while (doomed.arrays || doomed.objects) {
        if (doomed.arrays)
            free_array(jq, &doomed);
        else
            free_object(jq, &doomed);
    }
}
