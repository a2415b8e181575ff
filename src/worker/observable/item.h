/*
 * An item of a text: the characters between separators, without surrounding punctuation.
 */
#pragma once

#include "worker/observable/label.h"
#include "worker/observable/observable.h"

struct item {
    const char *input; /* as written in the text; borrowed */
    size_t input_size;
    size_t size; /* of the item; above OBSERVABLE_INPUT_MAX the item is too long, and text is cut */
    bool joined; /* of parts around words for dots or at signs: the item was defanged */
    struct label label;
    char text[OBSERVABLE_INPUT_MAX + 1]; /* the classification changes it */
};
