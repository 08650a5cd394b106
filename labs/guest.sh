# A guest and its owner. Sourced by the boot scripts of the labs (POSIX sh), which set:
#   lab       the folder with vmlinuz and initrd
#   memory    MiB
#   smp       processors (default: 1)
#   watchdog  a loop in the kernel ends the guest within four times as many seconds (default: CONFORMANCE_LAB_WATCHDOG or 1)
#   append    what the kernel's command line has besides (may be empty)
# and define guest_facts, which prints the lab's own facts as key=value lines; and which have made standard input descriptor 3 (exec 3<&0 </dev/null).

qemu=${CONFORMANCE_LAB_QEMU:-qemu-system-x86_64}
accelerator=${CONFORMANCE_LAB_ACCEL:-tcg,thread=multi}

need_emulator() {
    command -v "$qemu" >/dev/null 2>&1 || {
        echo "boot: $qemu is not there; run: apt-get install qemu-system-x86" >&2
        exit 3
    }
}

guest= watcher=
finish() {
    trap - EXIT
    trap '' TERM INT HUP
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || :
    [ -z "$guest" ] || { kill -KILL "$guest" && wait "$guest"; } 2>/dev/null || :
    rm -rf "$folder"
    exit "$1"
}

start_guest() { # start_guest [OPTION...]: what this one's QEMU gets besides
    : >"$serial"
    rm -f "$folder/agent"
    "$qemu" -M q35 -accel "$accelerator" -cpu max -smp "${smp:-1}" -m "$memory" -nodefaults -no-user-config -display none -no-reboot -net none \
        -kernel "$lab/vmlinuz" -initrd "$lab/initrd" -serial "file:$serial" \
        -device virtio-serial-pci -chardev "socket,id=agent,path=$folder/agent,server=on,wait=off" -device virtserialport,chardev=agent,nr=1 \
        -append "console=ttyS0 loglevel=5 panic=-1 oops=panic softlockup_panic=1 watchdog_thresh=${watchdog:-${CONFORMANCE_LAB_WATCHDOG:-1}} kasan.fault=panic random.trust_cpu=on mitigations=off${append:+ $append}" "$@" \
        >"$folder/qemu.log" 2>&1 3<&- &
    guest=$!
}

# What the guest has run so far, in seconds: utime and stime of its process. Zero when nobody knows.
ran() {
    set -- $(sed 's/.*) //' "/proc/$guest/stat" 2>/dev/null)
    echo $(((${12:-0} + ${13:-0}) / $(getconf CLK_TCK)))
}

said() { tr -d '\r' <"$serial" | sed -n "s/^@@$1 //p"; } # said WORD: what the first process printed behind it

# outlast_guest SECONDS SILENCE FILE: waits until the guest ended by itself, or until it is given up; then `late` says why, else it is empty and so is `guest`.
# It is given up by what it has run, SECONDS, so that a busy machine does not make it late; one that waits for ever runs next to nothing, and says nothing: that
# for SILENCE seconds, on the console and in FILE.
outlast_guest() {
    said_size='' said_last=$(cut -d. -f1 /proc/uptime) late=
    while kill -0 "$guest" 2>/dev/null; do
        if [ "$(ran)" -ge "$1" ]; then late="did not come to its end in $1 s of processor time"; return; fi
        now=$(cut -d. -f1 /proc/uptime) size=$(cat "$serial" "$3" 2>/dev/null | wc -c)
        [ "$size" = "$said_size" ] || { said_size=$size said_last=$now; }
        if [ $((now - said_last)) -ge "$2" ]; then late="has said nothing for $2 s"; return; fi
        sleep 0.2
    done
    wait "$guest" || :
    guest=
}

# Boots, prints the socket, the facts and "ready", and stays until standard input closes or the guest ends. Does not return.
own_guest() {
    folder=$(mktemp -d "${TMPDIR:-/tmp}/conformance-guest.XXXXXX")
    serial=$folder/serial.log
    trap 'finish 3' EXIT
    trap 'finish 0' TERM INT HUP
    start_guest

    # A terminal never closes by itself, and a background process may not read it.
    if [ ! -t 3 ]; then
        owner=$$
        (
            trap - EXIT TERM INT HUP
            while read -r _; do :; done <&3
            kill -TERM "$owner"
        ) >/dev/null 2>&1 &
        watcher=$!
    fi

    # On a busy machine a guest without a processor takes itself for locked up. One that dies before its agent is ready has met no driver: it is started again.
    # The clock alone does not make it late: it is given up when it has used two minutes of processor time, or after 3600 looks at all starts together, which
    # are three and a half minutes where nothing else runs.
    tries=0 starts=1
    until grep -q '^@@AGENT' "$serial" && [ -S "$folder/agent" ]; do
        tries=$((tries + 1))
        if [ $starts -lt 3 ] && ! kill -0 "$guest" 2>/dev/null; then
            wait "$guest" || :
            starts=$((starts + 1))
            start_guest
        fi
        if [ $((tries % 20)) = 0 ] && { [ "$(ran)" -ge 120 ] || [ $tries -ge 3600 ]; } || ! kill -0 "$guest" 2>/dev/null; then
            echo "boot: the guest ($lab) did not become ready; last lines:" >&2
            { cat "$folder/qemu.log"; tr -d '\r' <"$serial"; } | tail -2 | tr -cd '\n -~' | cut -c1-200 >&2
            finish 3
        fi
        sleep 0.05
    done

    echo "$folder/agent"
    echo "serial=$serial"
    echo "pid=$guest"
    echo "kernel=$(said KERNEL)"
    guest_facts
    said FAIL | sed 's/^/warning=/'
    echo ready

    status=0
    wait "$guest" || status=$?
    guest=
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || :
    echo "boot: the guest ended by itself (status $status); its serial log: $serial" >&2
    trap - EXIT TERM INT HUP
    if [ ! -t 3 ]; then
        (
            while read -r _; do :; done <&3
            rm -rf "$folder"
        ) >/dev/null 2>&1 &
    fi
    exit 1
}
