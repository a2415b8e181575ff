#include "worker/observable/observable.h"

#include "common/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const observable_type_names[] = { WORKER_OBSERVABLE_TYPE_NAMES, NULL };
const char *const observable_refusal_names[] = { WORKER_OBSERVABLE_REFUSAL_NAMES, NULL };

void observable_begin(struct observable *observable, int64_t line, const char *input, size_t input_size)
{
    observable->line = line;
    observable->input = input;
    observable->input_size = input_size;
    observable->type = OBSERVABLE_NONE;
    observable->refusal = REFUSAL_NONE;
    observable->first_line = 0;
    observable->n_notes = 0;
    observable->message[0] = observable->value[0] = 0;
}

void observable_take(struct observable *observable, enum observable_type type, const char *value)
{
    observable->type = type;
    if (value != observable->value)
        snprintf(observable->value, sizeof(observable->value), "%s", value);
}

bool observable_refuse(
    struct observable *observable, enum observable_refusal refusal, const char *format, ...)
{
    va_list arguments;

    observable->type = OBSERVABLE_NONE;
    observable->refusal = refusal;
    observable->n_notes = 0;
    observable->value[0] = 0;
    va_start(arguments, format);
    vsnprintf(observable->message, sizeof(observable->message), format, arguments);
    va_end(arguments);
    utf8_trim(observable->message);
    return false;
}

void observable_note(struct observable *observable, const char *format, ...)
{
    va_list arguments;

    if (observable->n_notes == OBSERVABLE_NOTES_MAX)
        return;
    char *note = observable->notes[observable->n_notes++];
    va_start(arguments, format);
    vsnprintf(note, OBSERVABLE_NOTE_SIZE, format, arguments);
    va_end(arguments);
    utf8_trim(note);
}
