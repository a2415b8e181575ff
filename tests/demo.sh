#!/bin/sh
# The main job, as an administrator does it: "make demo". Everything runs from the build directory in a temporary
# folder and on loopback; nothing is left behind.
set -eu
build=$(cd "$1" && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/threatresponse-demo.XXXXXX")
cloud='' daemon=''

finish() {
    status=$?
    trap - EXIT INT TERM
    [ "$status" = 0 ] || { echo "The demo failed. The daemon's log:" >&2; cat "$folder/daemon.log" >&2 || :; }
    for pid in $daemon $cloud; do
        kill "$pid" 2>/dev/null || :
        wait "$pid" 2>/dev/null || :
    done
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n# %s\n' "$*"; }

# Waits for a condition, at most ten seconds.
await() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] || { echo "demo: waited in vain for: $*" >&2; exit 1; }
        sleep 0.05
    done
}

# Shows a trctl command as it would be typed, and runs it.
run() {
    printf '$ trctl %s\n' "$*"
    "$build/trctl" --socket "$folder/socket" "$@"
}

say 'A cloud to try it with: a portal, SSE in three regions, an EST server. All on this machine.'
"$build/trsandbox" --directory "$folder/cloud" --lifetime 300 >"$folder/cloud.out" 2>"$folder/cloud.log" &
cloud=$!
await grep -q ready "$folder/cloud.out"
sed "s|$folder|DIR|" "$folder/cloud.out"

say 'The appliance: its management daemon starts with the configuration that the sandbox wrote.'
"$build/threatresponsed" --config "$folder/cloud/threatresponsed.conf" --state-directory "$folder/state" \
    --socket "$folder/socket" --worker "$build/threatresponse-worker" 2>"$folder/daemon.log" &
daemon=$!
await test -S "$folder/socket"
run status

say 'The administrator switches the feature on, chooses EUROPE and commits.'
run servers
run enable
run server europe
run commit -m 'join the Threat Response cloud'

say 'The portal gives out a token; with it the appliance registers.'
"$build/trsandbox" token --directory "$folder/cloud" --region EUROPE >"$folder/token"
run register --token-file "$folder/token" --wait
run status

say 'What the portal knows, and what the certificate authority issued.'
printf '$ trsandbox devices\n'
"$build/trsandbox" devices --directory "$folder/cloud"

say 'The appliance leaves the cloud.'
run deregister --yes --wait
run status
printf '$ trsandbox devices\n'
"$build/trsandbox" devices --directory "$folder/cloud"

say 'Done. What the worker said to the cloud:'
grep -E '^(GET|POST|DELETE) ' "$folder/daemon.log"
