"""Namespaces for a program: another machine-id, a journal, a network or a host name of our own. Works as any user."""

import os

from support import programs


def prefix(script, *arguments, also=()):
    """Returns the prefix of a command that runs after a script, in a mount namespace of its own."""
    unshare = ["unshare", "--mount", *also, *([] if os.geteuid() == 0 else ["--map-root-user"])]
    # A new user namespace cancels the signal at the end of the parent.
    return [*programs.bound_to_us(*unshare), *programs.bound_to_us("sh", "-ec", script + '\nexec "$@"', *arguments)]


def machine(folder, machine_id):
    """Returns the prefix that makes another machine of this one."""
    etc = folder / f"etc-{machine_id}"
    etc.mkdir(exist_ok=True)
    script = (
        'cp -rdT --no-preserve=ownership /etc "$0" 2>/dev/null || true\n'
        f'chmod u+w "$0"; rm -f "$0/machine-id"; echo {machine_id} > "$0/machine-id"\n'
        'mount --bind "$0" /etc'
    )
    return prefix(script, etc)


def journal(folder):
    """Returns the prefix that mounts folder/journal in place of the journal's; its socket is folder/journal/socket."""
    script = 'mount -t tmpfs none /run; mkdir -p /run/systemd/journal; mount --bind "$0" /run/systemd/journal'
    return prefix(script, folder / "journal")
