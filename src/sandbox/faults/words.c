#include "sandbox/faults/words.h"

#include "common/memory.h"

/* Returns the word that the text begins with, up to a comma or its end; NULL if the kind has no such word. */
static const struct fault_word *find_word(const struct fault_kind *kind, const char *text)
{
    size_t length = strcspn(text, ",");

    for (const struct fault_word *word = kind->words; word->name; word++)
        if (strlen(word->name) == length && strncmp(word->name, text, length) == 0)
            return word;
    return NULL;
}

/* Returns the text behind the next comma, NULL if there is none. */
static const char *next_word(const char *text)
{
    text += strcspn(text, ",");
    return *text ? text + 1 : NULL;
}

bool fault_has_words(const struct fault_kind *kind, const char *value, int limit)
{
    int n = 0;

    for (const char *p = value; p; p = next_word(p))
        if (!find_word(kind, p) || ++n > limit)
            return false;
    return true;
}

const struct fault *fault_find(const struct fault_set *set, const char *kind)
{
    for (size_t i = 0; i < set->n; i++)
        if (streq(set->faults[i].kind->name, kind))
            return &set->faults[i];
    return NULL;
}

int fault_number(const struct fault_set *set, const char *kind)
{
    const struct fault *fault = fault_find(set, kind);

    return fault ? find_word(fault->kind, fault->value)->number : 0;
}

size_t fault_find_words(const struct fault_set *set, enum fault_stage stage, const char *kind,
    const struct fault_word **words, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++) {
        const struct fault *fault = &set->faults[i];

        if (fault->kind->stage != stage || !fault->kind->words || (kind && !streq(fault->kind->name, kind)))
            continue;
        for (const char *p = fault->value; p && n < size; p = next_word(p))
            words[n++] = find_word(fault->kind, p);
    }
    return n;
}

int fault_apply_words(const struct fault *fault, struct answer *answer)
{
    int r = 0;

    for (const char *p = fault->value; p && r >= 0; p = next_word(p))
        r = find_word(fault->kind, p)->answer(answer);
    return r < 0 ? r : 0;
}
