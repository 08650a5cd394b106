"""Commands that own guests: none of them outlives the script that started it, nor the time that it has."""

import os
import signal
import subprocess
import sys

# What ends a script. `nohup` has HUP ignored, and a shell INT for what it put into the background: that stays so.
ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def fail(*lines):
    """What, where, how to fix it; ends the script with 3."""
    print(f"{os.path.basename(sys.argv[0])}: " + "\n  ".join(lines), file=sys.stderr)
    sys.exit(3)


def end_in_order():
    """Makes what ends this script an exception, so that `run` ends its command first and temporary folders are removed."""

    def ended(number, _):
        # One signal ends it; a second one must not end what ends the commands.
        for other in ENDS:
            signal.signal(other, signal.SIG_IGN)
        print(f"{os.path.basename(sys.argv[0])}: ended by {signal.Signals(number).name}", file=sys.stderr)
        sys.exit(128 + number)

    for number in ENDS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, ended)


def run(words, patience, **more):
    """Runs a command in a process group of its own, which is ended after `patience` seconds and when this script ends. Returns (code or None, output)."""
    process = None
    try:
        # Held back meanwhile: between the start and its return nobody would know whom to end.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        process = subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS),
            **{"stderr": subprocess.STDOUT, **more},
        )
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
        output, _ = process.communicate(timeout=patience)
        return process.returncode, output.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return None, end(process).decode(errors="replace")
    except BaseException:
        if process:
            end(process)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)


def script(*words, patience):
    """Runs a script of the labs and returns the last line that it prints."""
    code, output = run(words, patience)
    if code != 0 or not output.strip():
        how = f"did not end within {patience:.0f} s" if code is None else f"ended with {code}"
        fail(f"{words[0]} {how}", *output.splitlines()[-3:])
    return output.splitlines()[-1]


def end(process):
    """Ends a command's group, and returns what it said. It owns guests, and ends them when it is asked to; for that it has 20 seconds."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            output, _ = process.communicate(timeout=20)
            break
        except (ProcessLookupError, subprocess.TimeoutExpired):
            output = b""
    try:
        # Whoever closed its output may be there still.
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    return output
