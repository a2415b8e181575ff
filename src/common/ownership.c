#include "common/ownership.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/user-name.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

/* The owner of "/" counts as root: a user namespace without root shows root as that user. */
static bool is_trusted(uid_t uid)
{
    struct stat root;

    return uid == 0 || uid == geteuid() || (stat("/", &root) >= 0 && uid == root.st_uid);
}

/* Returns true if a user may write who is neither the owner nor in the group root. Write permission on a
 * socket only permits connections. */
static bool others_write(const struct stat *st, bool above)
{
    bool sticky = above && (st->st_mode & S_ISVTX);

    mode_t others = st->st_gid == 0 ? S_IWOTH : S_IWGRP | S_IWOTH;

    return (st->st_mode & others) && !sticky && !S_ISSOCK(st->st_mode);
}

/* Writes the remedy into out[size]. */
static void describe_remedy(const char *path, bool above, bool owned, bool written, char *out, size_t size)
{
    if (!owned && above)
        snprintf(out, size, "keep it in a folder that belongs to root");
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

/* Checks a path and each folder that its text names. */
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
    /* Also check the path as it is written: a link in it may lie in another user's folder. */
    return all_are_safe(real, out, size) &&
           (*path != '/' || streq(real, path) || all_are_safe(path, out, size));
}
