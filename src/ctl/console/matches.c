#include "ctl/console/matches.h"

#include <string.h>
#include <strings.h>

void matches_add(struct matches *matches, const char *typed, const char *word)
{
    size_t size = strlen(word) + 1;

    if (strncasecmp(typed, word, strlen(typed)) == 0 && size <= MATCHES_WORD_MAX && matches->n < MATCHES_MAX)
        memcpy(matches->words[matches->n++], word, size);
}

size_t matches_get_common(const struct matches *matches)
{
    size_t length = matches->n > 0 ? strlen(matches->words[0]) : 0;

    for (size_t i = 1; i < matches->n; i++)
        while (strncasecmp(matches->words[0], matches->words[i], length) != 0)
            length--;
    return length;
}
