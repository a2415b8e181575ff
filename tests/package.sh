#!/bin/sh
# Looks at the packages in BUILD/deb: lintian finds nothing, dpkg-shlibdeps warned of nothing, each has the files that it should.
set -eu
build=$1
cd "$(dirname "$0")/.."

# No init script: the units are for systemd, which Debian 12 has. Root: CI is root.
ignored='package-supports-alternative-init-but-no-init.d-script'
lintian --fail-on error,warning,info,pedantic -EvI --pedantic --allow-root --suppress-tags "$ignored" "$build"/deb/*.changes
if grep -n 'dpkg-shlibdeps: warning' "$build/deb/log"; then
    echo 'dpkg-shlibdeps has warned, see above' >&2
    exit 1
fi

for package in threatresponsed libthreatresponse0 libthreatresponse-dev threatresponse-sandbox; do
    dpkg-deb --contents "$build/deb/$package"_*.deb | awk -v p="$package" \
        '$1 !~ /^d/ && $6 !~ /\/doc\// { sub(/^\.\//, "/", $6); print p, substr($1, 2), $2, $6 }'
done | sed "s/$(dpkg-architecture -q DEB_HOST_MULTIARCH)/MULTIARCH/" | LC_ALL=C sort >"$build/deb/contents"
diff -u tests/package.contents "$build/deb/contents"

echo 'Installed size in KiB and dependencies:'
for deb in "$build"/deb/*_*.deb; do
    case $deb in *-dbgsym_*) continue ;; esac
    dpkg-deb --show --showformat '  ${Package}: ${Installed-Size}; ${Depends}\n' "$deb"
done
