#include "daemon/service-user.h"

#include "common/log.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char user_name[] = "threatresponsed";
static const char credentials[] = "/run/credentials/threatresponsed.service";

bool service_user_become(void)
{
    const struct passwd *user = geteuid() == 0 ? getpwnam(user_name) : NULL;

    if (!user)
        return false;
    if (initgroups(user_name, user->pw_gid) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0) {
        log_warning("Can't become the user %s, looking as root instead: %s", user_name, strerror(errno));
        return false;
    }
    if (access(credentials, X_OK) == 0)
        setenv("CREDENTIALS_DIRECTORY", credentials, 0);
    return true;
}
