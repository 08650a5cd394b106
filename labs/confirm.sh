# The findings of a lab, repeated without the kit: small programs in C (programs/asking.h), run in the lab's guest. Sourced by the labs' `confirm` (POSIX sh),
# which call `options`, then set what guest.sh wants and source it, and call `confirm`:
#   here      the lab's folder, with guest/setup and programs/: a file of C each (or in the programs/ of all labs), and `list`, a program with its arguments in
#             each line, in the order in which they run
#   lab       the folder with vmlinuz and initrd
#   memory, smp, watchdog, append    as for guest.sh
# and have made standard input descriptor 3.

kernel=trixie
compiler=${CONFORMANCE_LAB_CC:-gcc}

# options OPTION...: of the command line, with the usage and the comment at the head of the script; sets kernel, and `programs`, those that are wanted. --help
# and --find end here.
options() {
    find=
    while [ $# -gt 0 ]; do
        case $1 in
        --kernel) [ $# -ge 2 ] || { echo "confirm: --kernel needs a name" >&2; exit 2; }; kernel=$2; shift 2 ;;
        --kernel=*) kernel=${1#*=}; shift ;;
        --find) find=1; shift ;;
        -h | --help) sed -n '2,/^set -eu$/s/^# \{0,1\}//p' "$here/confirm"; exit 0 ;;
        -*) echo "confirm: unknown argument '$1'; usage: $(sed -n 's/^# usage: //p' "$here/confirm")" >&2; exit 2 ;;
        *) break ;;
        esac
    done
    programs=$*
    if [ -n "$find" ]; then
        command -v "$compiler" >/dev/null 2>&1 || exit 1
        exec "$here/build" --kernel "$kernel" --find
    fi
}

# confirm [PROGRAM...]: those of the list that have these names, or all. Prints the kernel, what each program said, and `PROGRAM ARGUMENTS: exit code N`, or
# `PROGRAM ARGUMENTS: ended the guest` with the kernel's last words in front: those behind it run in a guest of their own. Ends with 0, or with 3 when not all
# of them could be run.
confirm() {
    folder=$(mktemp -d "${TMPDIR:-/tmp}/conformance-confirm.XXXXXX")
    serial=$folder/serial.log
    trap 'finish 3' EXIT
    trap 'finish 3' TERM INT HUP
    mkdir -p "$folder/files/programs" "$folder/lab"
    cp "$here/../guest-confirm" "$folder/files/setup"
    cp "$here/guest/setup" "$folder/files/setup-of-the-lab"
    left=$folder/files/programs/list
    wanted "$@" >"$left" || finish 2
    for name in $(cut -d' ' -f1 "$left" | sort -u); do
        source=$here/programs/$name.c
        [ -e "$source" ] || source=$here/../programs/$name.c
        "$compiler" -std=gnu11 -O2 -Wall -Wextra -Werror -static -s -pthread -o "$folder/files/programs/$name" "$source" || finish 3
    done
    ln -s "$lab/vmlinuz" "$folder/lab/vmlinuz"
    initrd=$lab/initrd lab=$folder/lab kernel_said= starts=0 starved=
    while [ -s "$left" ]; do
        (cd "$folder/files" && find . | sort | cpio -o -H newc --quiet --owner=0:0) | cat "$initrd" - >"$lab/initrd"
        : >"$folder/said"
        start_guest -serial "file:$folder/said"
        outlast_guest 300 600 "$folder/said"
        tr -d '\r' <"$folder/said" >"$folder/lines"
        [ -n "$kernel_said" ] || { kernel_said=$(sed -n 's/^@@KERNEL //p' "$folder/lines") && echo "kernel=$kernel_said"; }
        said FAIL | sed 's/^/warning=/'
        sed -n '/^@@ASKED /,$p' "$folder/lines" |
            awk '/^@@ASKED / { asked = substr($0, 9); print "# " asked; next } /^@@ENDED / { print asked ": exit code " $2; next } !/^@@/'
        if [ -n "$late" ]; then
            echo "confirm: the guest $late" >&2
            last_words >&2
            finish 3
        fi
        ! grep -q '^@@END$' "$folder/lines" || break
        # One that dies before it was asked anything met no driver: a machine without a processor for it does that.
        asked=$(grep -c '^@@ASKED ' "$folder/lines") || :
        if [ "$asked" = 0 ]; then
            starts=$((starts + 1))
            [ $starts -lt 3 ] || { echo "confirm: the guest ended before it was asked" >&2; last_words >&2; finish 3; }
            continue
        fi
        last_words
        if [ "$asked" -gt "$(grep -c '^@@ENDED ' "$folder/lines")" ]; then
            last=$(sed -n 's/^@@ASKED //p' "$folder/lines" | tail -n 1)
            # A guest that got no processor looks like one that hangs: only one that does it again does.
            if [ "$last" != "$starved" ] && grep -q 'soft lockup' "$serial"; then
                starved=$last asked=$((asked - 1))
            else
                echo "$last: ended the guest"
            fi
        fi
        tail -n "+$((asked + 1))" "$left" >"$folder/behind"
        mv "$folder/behind" "$left"
    done
    finish 0
}

wanted() {
    [ $# -gt 0 ] || { cat "$here/programs/list"; return; }
    for name in "$@"; do
        grep "^$name\( \|\$\)" "$here/programs/list" && continue
        echo "confirm: no program named '$name'; there are: $(cut -d' ' -f1 "$here/programs/list" | uniq | tr '\n' ' ')" >&2
        return 1
    done
}

# Of the kernel, or of the QEMU that it is in.
last_words() {
    { cat "$folder/qemu.log"; tr -d '\r' <"$serial" | grep -E 'BUG|Oops|RIP:|panic|WARNING' | head -n 5; } | tr -cd '\n -~' | cut -c1-200 | sed 's/^/  /'
}
