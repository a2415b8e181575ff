#include "common/user-name.h"

#include "common/log.h"
#include "common/memory.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

const char *user_name_get(uid_t uid, char *out, size_t size)
{
    char buffer[4096];
    struct passwd entry, *found = NULL;

    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
        escape_text(found->pw_name, out, size);
    else
        snprintf(out, size, "uid %u", (unsigned)uid);
    return out;
}

void user_database_load(void)
{
    static const char unknown[] = "no-such-name";
    gid_t groups[1];
    int n = ELEMENTS(groups);

    /* The lookup of an unknown name asks every module. */
    (void)getpwnam(unknown);
    (void)getgrnam(unknown);
    (void)getgrouplist(unknown, (gid_t)-1, groups, &n);
}
