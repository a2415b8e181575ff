#include "common/ownership.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/user-name.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* The owner of the root folder counts as root: in a user namespace without root it is the user whom root appears as. */
static bool is_trusted(uid_t uid)
{
    struct stat root;

    return uid == 0 || uid == geteuid() || (stat("/", &root) >= 0 && uid == root.st_uid);
}

/* Whether others than the owner and the group of root may write. Who may connect to a socket can't replace it. */
static bool others_write(const struct stat *st, bool above)
{
    bool sticky = above && (st->st_mode & S_ISVTX);

    mode_t others = st->st_gid == 0 ? S_IWOTH : S_IWGRP | S_IWOTH;

    return (st->st_mode & others) && !sticky && !S_ISSOCK(st->st_mode);
}

/* Writes what mends it into out[size]. */
static void describe_remedy(const char *path, bool above, bool owned, bool written, char *out, size_t size)
{
    if (!owned && above)
        snprintf(out, size, "keep it in a folder of root's");
    else
        snprintf(out, size, "run \"%s%s%s%s%s\"", owned ? "" : "chown root ", owned ? "" : path,
            !owned && written ? " && " : "", written ? "chmod go-w " : "", written ? path : "");
}

static bool is_safe(const char *path, bool above, char *out, size_t size)
{
    char owner[128], shown[512], remedy[1100];
    struct stat st;

    if (stat(path, &st) < 0)
        return true;
    bool owned = is_trusted(st.st_uid), written = others_write(&st, above);
    if (owned && !written)
        return true;
    escape_text(path, shown, sizeof(shown));
    describe_remedy(shown, above, owned, written, remedy, sizeof(remedy));
    snprintf(out, size, "others can change \"%s\", which belongs to %s and has the mode %04o: %s", shown,
        user_name_get(st.st_uid, owner, sizeof(owner)), (unsigned)st.st_mode & 07777, remedy);
    return false;
}

/* Looks at a path and at each folder above it, in its text. */
static bool all_are_safe(const char *path, char *out, size_t size)
{
    char folder[PATH_MAX];

    snprintf(folder, sizeof(folder), "%s", path);
    if (!is_safe(folder, false, out, size))
        return false;
    for (char *slash; (slash = strrchr(folder, '/'));) {
        slash[slash == folder] = 0;
        if (!is_safe(folder, true, out, size))
            return false;
        if (slash == folder)
            break;
    }
    return true;
}

bool ownership_is_safe(const char *path, char *out, size_t size)
{
    _cleanup_free_ char *real = realpath(path, NULL);

    if (!real)
        return true;
    /* The path as it is written, too: a link on the way may lie in a folder of others. */
    return all_are_safe(real, out, size) &&
           (*path != '/' || streq(real, path) || all_are_safe(path, out, size));
}
