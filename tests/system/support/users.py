"""Users of this machine."""

import pwd


def name_of(uid):
    names = [user.pw_name for user in pwd.getpwall() if user.pw_uid == uid]
    return names[0] if names else f"uid {uid}"
