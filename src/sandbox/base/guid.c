#include "sandbox/base/guid.h"

#include <stddef.h>

bool guid_valid(const char *guid)
{
    for (size_t i = 0; i < GUID_LENGTH; i++) {
        char c = guid[i];

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return false;
        } else if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return guid[GUID_LENGTH] == '\0';
}
