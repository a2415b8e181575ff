#include "common/user-name.h"

#include <pwd.h>
#include <stdio.h>

const char *user_name_get(uid_t uid, char *out, size_t size)
{
    char buffer[4096];
    struct passwd entry, *found = NULL;

    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
        snprintf(out, size, "%s", found->pw_name);
    else
        snprintf(out, size, "uid %u", (unsigned)uid);
    return out;
}
