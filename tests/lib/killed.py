"""kill -9 of the program before the Nth of its calls that write (kill.c)."""

import signal

import installation

SHIM = installation.BUILD / "kill.so"


def run(intake, number, *arguments, at):
    """The program, killed before its call NUMBER, or to its end where it makes no more; 0: never. The calls that it
    made: their names, and the files that they are about."""
    report = intake.directory / "calls"
    report.unlink(missing_ok=True)
    preload = f"{SHIM} {installation.clock(at)['LD_PRELOAD']}"
    done = intake.run(*arguments, at=at, env={"LD_PRELOAD": preload, "SHOUJIAN_KILL_AT": str(number),
                                              "SHOUJIAN_KILL_REPORT": str(report)})
    calls = [line.split(" ", 1)[1] for line in report.read_text().splitlines()]
    if done.status == -signal.SIGKILL:
        assert number > 0  # what the other thread was about to report is missing
    else:
        assert done.status == 0, done
        assert number == 0 or len(calls) < number, f"it lives on after call {number}: {done}"
    return calls
