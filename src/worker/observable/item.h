/*
 * An item of a text: what stands between separators, without what people write around it.
 */
#pragma once

#include "worker/observable/label.h"
#include "worker/observable/observable.h"

struct item {
    const char *input; /* as it stands in the text, borrowed */
    size_t input_size;
    size_t size; /* of the text; more than OBSERVABLE_INPUT_MAX: it was too long, and is cut */
    bool joined; /* of parts that words for dots or at signs separated: it was defanged */
    struct label label;
    char text[OBSERVABLE_INPUT_MAX + 1]; /* changed by its classification */
};
