#include "common/mistyped.h"

#include <ctype.h>
#include <string.h>

enum {
    NAME_MAX_ = 24,
};

static int smaller_of(int a, int b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Returns the number of letters to insert, drop or exchange to turn one name into the other. */
static int count_mistakes(const char *a, const char *b)
{
    int n = (int)strlen(b), row[NAME_MAX_ + 1];

    for (int j = 0; j <= n; j++)
        row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];

        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int above = row[j];
            row[j] =
                smaller_of(diagonal + !same_letter(a[i - 1], b[j - 1]), 1 + smaller_of(above, row[j - 1]));
            diagonal = above;
        }
    }
    return row[n];
}

bool mistyped_is_nearer(const char *typed, const char *name, int *distance)
{
    if (strlen(typed) > NAME_MAX_ || strlen(name) > NAME_MAX_)
        return false;

    int d = count_mistakes(typed, name);
    /* A short name has too few letters to be recognised with two mistakes. */
    if (d >= *distance || d >= (int)strlen(name) - 1)
        return false;
    *distance = d;
    return true;
}
