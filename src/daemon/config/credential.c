#include "daemon/config/credential.h"

#include "common/memory.h"
#include "common/open-file.h"
#include "common/utf8.h"

#include <errno.h>

enum {
    NAME_LENGTH_MAX = 255, /* it is the name of a file */
};

static const char prefix[] = "credential:";

/* Returns the name of a credential, or NULL for a path. */
static const char *credential_name(const char *place)
{
    return strncmp(place, prefix, strlen(prefix)) == 0 ? place + strlen(prefix) : NULL;
}

bool credential_is_well_formed(const char *place)
{
    const char *name = credential_name(place);

    if (!utf8_is_printable(place))
        return false;
    if (!name)
        return place[0] == '/';
    return *name && strlen(name) <= NAME_LENGTH_MAX && !strchr(name, '/') && !streq(name, ".") &&
           !streq(name, "..");
}

/* Opens the file of a path or credential. */
static int open_credential(const char *place, FILE **ret)
{
    const char *name = credential_name(place), *directory = getenv("CREDENTIALS_DIRECTORY");
    _cleanup_free_ char *path = NULL;

    if (name && !directory)
        return -ENOKEY;
    if (name && asprintf(&path, "%s/%s", directory, name) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    *ret = open_regular_file(path ? path : place);
    return *ret ? 0 : -errno;
}

int credential_read(const char *place, size_t max, char **ret)
{
    _cleanup_erase_ char *contents = calloc(1, max + 2);
    FILE *file = NULL;

    if (!contents)
        return -ENOMEM;
    int r = open_credential(place, &file);
    if (r < 0)
        return r;
    /* Without a buffer of stdio, which would keep a copy of the secret. */
    setvbuf(file, NULL, _IONBF, 0);
    size_t n = fread(contents, 1, max + 1, file);
    if (ferror(file))
        r = -errno;
    else if (n > max)
        r = -EFBIG;
    else if (n == 0)
        r = -ENODATA;
    else if (memchr(contents, 0, n))
        r = -EILSEQ;
    fclose(file);
    if (r < 0)
        return r;

    /* An empty line stands in for a credential that the unit may have: see threatresponsed.service. */
    if (credential_name(place) && streq(contents, "\n"))
        return -ENOENT;
    contents[n - (contents[n - 1] == '\n')] = 0;
    *ret = strdup(contents);
    return *ret ? 0 : -ENOMEM;
}
