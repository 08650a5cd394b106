# Kernels of Debian, modules for them and the guest's first file system. Sourced by the build scripts of the labs with guests (POSIX sh), behind packages.sh and
# cache.sh; they set besides:
#   kernel     the suite
#   compiler   the C compiler
#   out        where vmlinuz (packed or not), modules/ and initrd go

need() { # need PROGRAM PACKAGE
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

# What every lab with a guest needs on this machine. Sets `missing` and `busybox`.
need_for_guests() {
    missing=
    need apt-get apt
    need dpkg-deb dpkg
    need "$compiler" gcc
    need make make
    need xz xz-utils
    need zstd zstd
    need cpio cpio
    need busybox busybox-static
    need strip binutils
    [ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
}

require_for_guests() {
    [ -z "$missing" ] || fail "programs are missing on this machine" "to build the lab for '$kernel' run: apt-get install$missing"
    busybox=$(command -v busybox)
    if ldd "$busybox" >/dev/null 2>&1; then
        fail "$busybox is not static, so the guest cannot run it" "run: apt-get install busybox-static"
    fi
    [ "$(uname -m)" = x86_64 ] || fail "this lab builds x86-64 guests only; this machine is $(uname -m)" "use an x86-64 machine, or a guest of your own: see docs/kernel-drivers.md, 'In a guest'"
}

headers_of() { # headers_of SUITE: the package that the suite's meta package stands for, its newest kernel
    APT_CONFIG=$work/apt/$1/apt.conf apt-cache depends linux-headers-amd64 2>/dev/null | sed -n 's/^ *Depends: //p' | grep '^linux-headers-' | head -1
}

source_of() { # source_of PACKAGE [MEMBER...]: unpacks the kernel's sources, or members of them
    archive=$1
    shift
    members=$archive
    [ $# -eq 0 ] || members=$(printf "$archive/%s\n" "$@")
    # shellcheck disable=SC2086
    run "unpacking $archive.tar.xz" tar -C "$work/source" --occurrence=1 -xJf "$work/source/usr/src/$archive.tar.xz" $members
}

# The suite's newest kernel, its headers made usable here, and its source package. Sets headers, release, version, series and package_version.
kernel_packages() {
    private_apt "$kernel"
    headers=$(headers_of "$kernel")
    [ -n "$headers" ] || fail "the archive has no linux-headers-amd64 in '$kernel'" "archive: $(mirror)" "another one can be set with CONFORMANCE_LAB_MIRROR"
    release=${headers#linux-headers-}
    version=${release%-amd64}
    series=$(echo "$version" | cut -d. -f1,2)
    # Named by the version, or by the series alone.
    tools=$(APT_CONFIG=$work/apt/$kernel/apt.conf apt-cache depends "$headers" 2>/dev/null | sed -n 's/^ *Depends: \(linux-kbuild-.*\)/\1/p' | head -1)
    unpack "$kernel" "$work/root" "linux-image-$release" "$headers" "linux-headers-$version-common" "${tools:-linux-kbuild-$version}"
    unpack "$kernel" "$work/source" "linux-source-$series"
    package_version=$(dpkg-deb -f "$work/debs/$kernel/linux-image-$release"_*.deb Version)

    # The newer suite's build tools may want a newer C library than this machine has; the backports kernel has
    # the same tools for an older one.
    kbuild=$work/root/usr/lib/${tools:-linux-kbuild-$version}
    if find "$kbuild/scripts" "$kbuild/tools" -type f -perm /100 -exec ldd {} \; 2>&1 | grep -q 'GLIBC.*not found'; then
        private_apt bookworm-backports
        substitute=$(headers_of bookworm-backports)
        substitute=${substitute#linux-headers-}
        substitute=${substitute%-amd64}
        [ "$(echo "$substitute" | cut -d. -f1,2)" = "$series" ] ||
            fail "the build tools of $version need a newer C library than this machine's" "bookworm-backports has moved on to $substitute, so its tools do not fit" "build on a machine that runs '$kernel', or choose another kernel"
        unpack bookworm-backports "$work/tools" "linux-kbuild-$substitute"
        rm -rf "$kbuild"
        mv "$work/tools/usr/lib/linux-kbuild-$substitute" "$kbuild"
    fi

    # The only absolute path in the headers.
    sed -i "s#^include /usr/src#include $work/root/usr/src#" "$work/root/usr/src/$headers/Makefile"
}

# The package's kernel, without its compression, for which an emulated processor takes two seconds at every boot; QEMU starts such a kernel by its PVH entry. Where
# the payload is stands in the header, as the kernel's boot protocol has it: sectors of the setup at 0x1f1, offset and length at 0x248. Its last four bytes are how
# long it gets.
kernel_image() {
    image=$work/root/boot/vmlinuz-$release
    cp "$image" "$out/vmlinuz"
    grep -q '^CONFIG_PVH=y' "$work/root/boot/config-$release" || return 0
    field() { od -An -t "u$2" -j "$1" -N "$2" "$image" | tr -d ' '; }
    tail -c +$((($(field 497 1) + 1) * 512 + $(field 584 4) + 1)) "$image" | head -c $(($(field 588 4) - 4)) >"$work/payload"
    case $(od -An -tx1 -N 4 "$work/payload" | tr -d ' ') in
    28b52ffd) unpacker=zstd ;;
    fd377a58) unpacker=xz ;;
    *) return 0 ;;
    esac
    run "unpacking the kernel" sh -c '"$1" -dc <"$2" >"$3"' unpack "$unpacker" "$work/payload" "$work/kernel"
    [ "$(od -An -tx1 -N 4 "$work/kernel" | tr -d ' ')" = 7f454c46 ] || fail "what is packed in $image is no ELF file"
    mv "$work/kernel" "$out/vmlinuz"
}

compile_modules() { # compile_modules FOLDER: its modules, for the kernel of kernel_packages
    alignment=
    echo 'int x;' | "$compiler" -fmin-function-alignment=16 -x c -c -o /dev/null - 2>/dev/null || alignment=CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=
    # shellcheck disable=SC2086
    run "compiling $(basename "$1")" make -C "$work/root/usr/src/$headers" M="$1" CC="$compiler" CONFIG_DEBUG_INFO_BTF_MODULES= $alignment modules
}

packaged_modules() { # packaged_modules PATH...: those of the kernel's package, by path without ending, in the order of loading
    mkdir -p "$out/modules"
    for module in "$@"; do
        packed=$work/root/lib/modules/$release/kernel/$module.ko
        [ -e "$packed" ] || [ -e "$packed.xz" ] || packed=$work/root/usr/lib/modules/$release/kernel/$module.ko
        name=$(basename "$module")
        if [ -e "$packed" ]; then
            cp "$packed" "$out/modules/$name.ko"
        else
            xz -dc "$packed.xz" >"$out/modules/$name.ko" 2>>"$log" || fail "$release has no module $module" "looked in $packed.xz"
        fi
        echo "$name" >>"$out/modules/order"
    done
}

compiled_module() { # compiled_module FILE
    name=$(basename "$1" .ko)
    strip -g -o "$out/modules/$name.ko" "$1"
    echo "$name" >>"$out/modules/order"
}

facts() { # facts STARTED: of a kernel and its modules
    printf 'kernel=%s\npackage=%s\ncompiler=%s\nseconds=%s\n' "$release" "$package_version" "$("$compiler" -dumpfullversion)" $(($(date +%s) - $1))
}

# One file system for the guest: busybox, the agent, the modules and the first process with the lab's part of it.
pack_initrd() { # pack_initrd LABS SETUP
    base=$out/base
    mkdir -p "$base/bin" "$base/dev" "$base/proc" "$base/sys" "$base/run" "$base/root" "$base/modules"
    cp "$busybox" "$base/bin/busybox"
    cp "$1/guest-init" "$base/init"
    cp "$2" "$base/setup"
    chmod 755 "$base/init" "$base/bin/busybox"
    cp "$out/modules/"* "$base/modules/"
    run "compiling the agent" "$compiler" -std=gnu11 -O2 -Wall -Wextra -static -s -o "$base/bin/agent" "$1/kernel/agent/agent.c"
    (cd "$base" && find . | sort | cpio -o -H newc --quiet --owner=0:0) >"$out/initrd" 2>>"$log" || fail "packing the initrd failed" "whole log: $log"
    rm -rf "$base"
}
