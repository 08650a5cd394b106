# Debian packages without a change to this machine: a private apt per suite, packages only unpacked. Sourced by
# the labs' build scripts (POSIX sh), which set:
#   work   a folder that may be removed afterwards
#   log    where output of commands goes
#   what   what is being built, for messages
# and may be given CONFORMANCE_LAB_MIRROR, a Debian archive instead of the one in this machine's apt configuration.

# What, where, how to fix it.
fail() {
    echo "build: $1" >&2
    shift
    for line in "$@"; do echo "  $line" >&2; done
    exit 3
}

run() {
    doing=$1
    shift
    "$@" >>"$log" 2>&1 || fail "$doing failed for $what" "$(grep -aiE 'error|fail|unable|not found|E:' "$log" | tail -1 | cut -c1-160)" "whole log: $log"
}

mirror() {
    if [ -n "${CONFORMANCE_LAB_MIRROR:-}" ]; then
        echo "$CONFORMANCE_LAB_MIRROR"
        return
    fi
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>/dev/null | sed -n 's/^Debian|Debian|//p' | sort -u | head -1 | grep . ||
        apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep '/debian/*$' | sort -u | head -1
}

# Its configuration file is used through APT_CONFIG. It knows of no installed package, so that a simulated
# installation names everything that a package needs.
private_apt() { # private_apt SUITE
    suite=$1
    apt=$work/apt/$suite
    configuration=$apt/apt.conf
    [ ! -e "$configuration" ] || return 0
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/preferences"
    : >"$apt/status"
    uri=$(mirror)
    [ -n "$uri" ] || fail "this machine's apt configuration names no Debian archive" "set CONFORMANCE_LAB_MIRROR to one"
    keyring=
    for candidate in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
        [ ! -e "$candidate" ] || keyring=$candidate
    done
    [ -n "$keyring" ] || fail "the keys of the Debian archive are missing" "run: apt-get install debian-archive-keyring"
    echo "deb [arch=$(dpkg --print-architecture) signed-by=$keyring] $uri $suite main" >"$apt/sources.list"
    cat >"$configuration" <<CONFIGURATION
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$apt/preferences";
Dir::State::status "$apt/status";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
CONFIGURATION
    APT_CONFIG=$configuration run "reading the package lists of $suite" apt-get update -q
}

unpack() { # unpack SUITE FOLDER PACKAGE...
    suite=$1 folder=$2
    shift 2
    mkdir -p "$folder" "$work/debs/$suite"
    (cd "$work/debs/$suite" && APT_CONFIG=$work/apt/$suite/apt.conf run "downloading $* from $suite" apt-get download -q "$@")
    for package in "$@"; do
        run "unpacking $package" dpkg-deb -x "$work/debs/$suite/${package}"_*.deb "$folder"
    done
}
