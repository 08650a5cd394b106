# Where the labs' builds are kept: outside of the clone, so that every clone on this machine finds them, and by what they are built from, so that none finds
# another's. Sourced by the labs' scripts (POSIX sh).
#
# An entry is there as a whole or not at all: it is built in a folder beside its place and renamed. One build of a name runs at a time; the others wait.

cache=${CONFORMANCE_LAB_DIR:-}
if [ -z "$cache" ]; then
    cache=${CONFORMANCE_CACHE:-}
    [ -n "$cache" ] || cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/conformance
    cache=$cache/labs
fi
case $cache in
/*) ;;
*) cache=$PWD/$cache ;;
esac

key() { sha256sum | cut -c1-16; } # of standard input

# begin NAME KEY: sets `entry` (where the result will be) and `out` (where to build it); fails when the entry is there and no --force was given.
begin() {
    entry=$cache/$1-$2
    if [ -d "$entry" ] && [ -z "${force:-}" ]; then return 1; fi
    mkdir -p "$cache" || fail "cannot write to $cache" "set CONFORMANCE_CACHE to a folder that can be written"
    exec 9>"$cache/.$1.lock"
    flock 9 || fail "cannot lock $cache/.$1.lock"
    # Whoever held the lock before may have built it.
    if [ -d "$entry" ] && [ -z "${force:-}" ]; then
        exec 9>&-
        return 1
    fi
    # What an interrupted build left.
    rm -rf "$cache/.$1".building.*
    out=$(mktemp -d "$cache/.$1.building.XXXXXX") || fail "cannot write to $cache" "set CONFORMANCE_CACHE to a folder that can be written"
    chmod 755 "$out"
    log=$cache/$1.log
    : >"$log"
}

# commit: what was built becomes the entry. Whoever uses one that is replaced has its files open.
commit() {
    [ ! -d "$entry" ] || mv "$entry" "$out.old"
    mv "$out" "$entry"
    rm -rf "$out.old"
    exec 9>&-
}
