/*
 * Faults as those see them who act by them: a fault by the name of its kind, and the words of its value as the rows
 * that say what to do.
 */
#pragma once

#include "sandbox/faults/fault.h"

#include <stdbool.h>

/* Returns whether the value is a list of words of the kind, with commas between them and at most that many. */
bool fault_has_words(const struct fault_kind *kind, const char *value, int limit);

/* Returns the fault of that kind, NULL if it is off. */
const struct fault *fault_find(const struct fault_set *set, const char *kind);

/* Returns the number of the word of a kind, 0 if the fault is off. */
int fault_number(const struct fault_set *set, const char *kind);

/* Fills words with those of all faults of a stage, or of one kind (kind NULL: all), in their order. Returns how many
 * were found, at most size. */
size_t fault_find_words(const struct fault_set *set, enum fault_stage stage, const char *kind,
    const struct fault_word **words, size_t size);

/* Lets the words of a value act on the answer: the apply function of kinds whose words do that. 0 or negative errno. */
int fault_apply_words(const struct fault *fault, struct answer *answer);
