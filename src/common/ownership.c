#include "common/ownership.h"

#include "common/log.h"
#include "common/memory.h"
#include "common/user-name.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LINKS_MAX = 40, /* as in Linux */
};

/* The owner of "/" counts as root: a user namespace without root shows root as that user. */
static bool is_trusted(uid_t uid)
{
    struct stat root;

    return uid == 0 || uid == geteuid() || (stat("/", &root) >= 0 && uid == root.st_uid);
}

/* Returns true if others than the owner may write. The mode also holds the mask of an access control list. Write
 * permission on a socket only permits connections; a link has none of its own. */
static bool others_write(const struct stat *st, bool above)
{
    bool sticky = above && (st->st_mode & S_ISVTX);

    return (st->st_mode & (S_IWGRP | S_IWOTH)) && !sticky && !S_ISSOCK(st->st_mode) && !S_ISLNK(st->st_mode);
}

/* Writes the remedy into out[size]. */
static void describe_remedy(
    const char *path, const struct stat *st, bool above, bool owned, bool written, char *out, size_t size)
{
    const char *chown = S_ISLNK(st->st_mode) ? "chown -h root " : "chown root ";

    if (!owned && above)
        snprintf(out, size, "keep it in a folder that belongs to root");
    else
        snprintf(out, size, "run \"%s%s%s%s%s\"", owned ? "" : chown, owned ? "" : path,
            !owned && written ? " && " : "", written ? "chmod go-w " : "", written ? path : "");
}

/* Checks a file, a folder above one, or a link itself. */
static bool is_safe(const char *path, const struct stat *st, bool above, char *out, size_t size)
{
    char owner[128], shown[512], remedy[1100];

    bool owned = is_trusted(st->st_uid), written = others_write(st, above);
    if (owned && !written)
        return true;
    escape_text(path, shown, sizeof(shown));
    describe_remedy(shown, st, above, owned, written, remedy, sizeof(remedy));
    snprintf(out, size, "others can change \"%s\", which belongs to %s and has the mode %04o: %s", shown,
        user_name_get(st->st_uid, owner, sizeof(owner)), (unsigned)st->st_mode & 07777, remedy);
    return false;
}

/* A path on the way from "/": what was checked, which has no links, and what is left. */
struct walk {
    char done[PATH_MAX], rest[PATH_MAX];
    int links;
};

/* Prepends a folder to the rest of the path. Returns false if the path gets too long. */
static bool put_in_front(struct walk *walk, const char *folder)
{
    char rest[PATH_MAX];
    int n = snprintf(rest, sizeof(rest), "%s/%s", folder, walk->rest);

    if (n < 0 || (size_t)n >= sizeof(rest))
        return false;
    memcpy(walk->rest, rest, (size_t)n + 1);
    return true;
}

static bool follow_link(struct walk *walk)
{
    char target[PATH_MAX];
    ssize_t n = readlink(walk->done, target, sizeof(target) - 1);

    if (n < 0 || ++walk->links > LINKS_MAX)
        return false;
    target[n] = 0;
    *(*target == '/' ? walk->done : strrchr(walk->done, '/')) = 0;
    return put_in_front(walk, target);
}

/* Takes the next name from what is left to what was checked. Returns false if there is none. */
static bool take_name(struct walk *walk, bool *ret_fits)
{
    char *name = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(name, "/"), used = strlen(walk->done);

    *ret_fits = used + 1 + length < sizeof(walk->done);
    if (length == 0 || !*ret_fits)
        return false;
    if (length == 2 && strncmp(name, "..", 2) == 0)
        *(used ? strrchr(walk->done, '/') : walk->done) = 0;
    else if (length != 1 || *name != '.')
        snprintf(walk->done + used, sizeof(walk->done) - used, "/%.*s", (int)length, name);
    memmove(walk->rest, name + length, strlen(name + length) + 1);
    return true;
}

static bool refuse_path(const char *path, char *out, size_t size)
{
    char shown[512];

    snprintf(out, size, "the path \"%s\" is too long or has too many links: name the file itself",
        escape_text(path, shown, sizeof(shown)));
    return false;
}

/* Checks that others can't make a file that is missing: for that the sticky bit does not help. */
static bool is_ours_to_make(struct walk *walk, char *out, size_t size)
{
    char shown[512];
    struct stat st;

    escape_text(walk->done, shown, sizeof(shown));
    *strrchr(walk->done, '/') = 0;
    if (lstat(*walk->done ? walk->done : "/", &st) < 0 || !others_write(&st, false))
        return true;
    snprintf(out, size,
        "others can make \"%s\", which is missing: keep it in a folder in which only root can make files",
        shown);
    return false;
}

/* From "/" on each folder is checked before what lies in it: nobody else can exchange a part of the way that is behind. */
bool ownership_is_safe(const char *path, char *out, size_t size)
{
    struct walk walk = { .done = "" };
    char folder[PATH_MAX] = "";
    struct stat st;
    bool fits;

    if (*path != '/' && !getcwd(folder, sizeof(folder)))
        return refuse_path(path, out, size);
    if (!put_in_front(&walk, path) || (*folder && !put_in_front(&walk, folder)))
        return refuse_path(path, out, size);
    while (lstat(*walk.done ? walk.done : "/", &st) >= 0) {
        bool above = walk.rest[strspn(walk.rest, "/")];

        if (!is_safe(*walk.done ? walk.done : "/", &st, above, out, size))
            return false;
        if (S_ISLNK(st.st_mode) && !follow_link(&walk))
            return refuse_path(path, out, size);
        if (!take_name(&walk, &fits))
            return fits || refuse_path(path, out, size);
    }
    return errno != ENOENT || is_ours_to_make(&walk, out, size);
}
