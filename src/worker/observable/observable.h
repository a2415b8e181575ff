/*
 * The result of one item of a text: an observable with its type and normal form, or a refusal with its
 * reason. Each part that is dropped from an item has a note. An observable is text; no program here follows
 * it.
 */
#pragma once

#include "varlink/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OBSERVABLE_INPUT_MAX = 4096,                         /* bytes of an item; a longer one is refused */
    OBSERVABLE_VALUE_MAX = 3 * OBSERVABLE_INPUT_MAX + 8, /* each byte as %XX, and a scheme */
    OBSERVABLE_NOTES_MAX = 8,
    OBSERVABLE_NOTE_SIZE = 384,
    OBSERVABLE_MESSAGE_SIZE = 1024,
};

/* OBSERVABLE_IP and so on: the type ObservableType of the IDL. */
enum observable_type { OBSERVABLE_NONE = -1, WORKER_OBSERVABLE_TYPE_VALUES(OBSERVABLE_) };

/* REFUSAL_EMPTY and so on: the type ObservableRefusal of the IDL. */
enum observable_refusal { REFUSAL_NONE = -1, WORKER_OBSERVABLE_REFUSAL_VALUES(REFUSAL_) };

/* The names of the interface, in the order of the enums, NULL-terminated. */
extern const char *const observable_type_names[];
extern const char *const observable_refusal_names[];

struct observable {
    int64_t line;
    const char *input; /* the item as written in the text; borrowed, not NUL-terminated */
    size_t input_size;
    enum observable_type type;       /* OBSERVABLE_NONE: the item is refused */
    enum observable_refusal refusal; /* REFUSAL_NONE: the item is taken */
    int64_t first_line;              /* the line of the same observable earlier; 0: not before */
    size_t n_notes;
    char notes[OBSERVABLE_NOTES_MAX][OBSERVABLE_NOTE_SIZE];
    char message[OBSERVABLE_MESSAGE_SIZE]; /* of a refusal: a sentence and a remedy */
    char value[OBSERVABLE_VALUE_MAX + 1];  /* of a taken item */
};

/* Begins a result: neither taken nor refused. */
void observable_begin(struct observable *observable, int64_t line, const char *input, size_t input_size);

/* Takes the item as an observable. Keeps the notes. */
void observable_take(struct observable *observable, enum observable_type type, const char *value);

/* Refuses the item with a sentence and drops the notes. Returns false, for checks to return. */
bool observable_refuse(struct observable *observable, enum observable_refusal refusal, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Adds a note; drops those beyond OBSERVABLE_NOTES_MAX. */
void observable_note(struct observable *observable, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
