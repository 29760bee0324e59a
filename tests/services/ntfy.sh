#!/bin/sh
# Prints the path of an ntfy server (https://ntfy.sh), fetching one where there is none.
#
# Looked for in this order: the PATH, the cache folder, the machine's own package sources, and those
# sources with the release's name replaced by one that has the package. What is fetched is unpacked
# into the cache folder (CELLHOUND_TEST_CACHE, else ~/.cache/cellhound-tests) and never installed.
# Exits 1, with a sentence on standard error, where there is none to be had.
set -eu

cache=${CELLHOUND_TEST_CACHE:-$HOME/.cache/cellhound-tests}
binary=$cache/ntfy/usr/bin/ntfy

if command -v ntfy >/dev/null 2>&1; then
    command -v ntfy
    exit 0
fi
if [ -x "$binary" ]; then
    echo "$binary"
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    echo "no ntfy on the PATH, and this machine has no apt-get to fetch it with" >&2
    exit 1
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/ntfy-fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# apt-get with lists and sources of its own, so that the machine's stay as they are.
fetch() {
    mkdir -p "$work/lists/partial" "$work/archives/partial"
    options="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$work/sources \
        -o Dir::State::lists=$work/lists -o Dir::Cache::archives=$work/archives \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User="
    # shellcheck disable=SC2086 # they are words
    (cd "$work" && apt-get $options -qq update && apt-get $options -qq download ntfy) \
        >"$work/log" 2>&1 && ls "$work"/ntfy_*.deb >/dev/null 2>&1
}

here=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
for release in "$here" trixie forky sid; do
    rm -rf "$work/sources" "$work/lists"
    mkdir -p "$work/sources"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
        [ -f "$file" ] || continue
        # Only the distribution's own archive; updates and security have none of this release's name.
        sed "s/\\b$here\\b/$release/g" "$file" >"$work/sources/$(basename "$file")"
    done
    if fetch; then
        dpkg-deb -x "$work"/ntfy_*.deb "$work/unpacked"
        rm -rf "$cache/ntfy"
        mv "$work/unpacked" "$cache/ntfy"
        echo "$binary"
        exit 0
    fi
done
echo "no ntfy on the PATH, and the package sources of this machine have none:" >&2
tail -n 3 "$work/log" >&2
exit 1
