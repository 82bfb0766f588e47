#!/usr/bin/python3
"""A filter that attacks: the file says how. It reports each attempt, "done" or why it failed, as the fact
`attack.result`. A test makes a copy of it, in which TARGETS says what there is to attack."""

import _thread
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

TARGETS = {}

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {"x86_64": dict(ptrace=101, process_vm_readv=310, io_uring_setup=425, bpf=321, mount=165, unshare=272,
                        keyctl=250, pidfd_open=434, pidfd_getfd=438, pidfd_send_signal=424, tgkill=234, tkill=200,
                        clone=56, clone3=435, vfork=58, rt_sigqueueinfo=129, truncate=76, memfd_create=319,
                        open_tree=428, setns=308, openat2=437, prlimit64=302),
         "aarch64": dict(ptrace=117, process_vm_readv=270, io_uring_setup=425, bpf=280, mount=40, unshare=97,
                         keyctl=219, pidfd_open=434, pidfd_getfd=438, pidfd_send_signal=424, tgkill=131, tkill=130,
                         clone=220, clone3=435, rt_sigqueueinfo=138, truncate=45, memfd_create=279,
                         open_tree=428, setns=268, openat2=437, prlimit64=261)}[os.uname().machine]


def call(name, *arguments):
    result = libc.syscall(CALLS[name], *[a if isinstance(a, (bytes, ctypes.Array)) else ctypes.c_long(a) for a in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")
    return result


def own(path):
    """Makes PATH; while it is open or mapped, nobody who looks into OUTDIR would see it without its name."""
    open(path, "wb").close()
    return path


def file_attacks():
    """On what lies outside OUTDIR; Landlock of every version holds these."""
    parent = os.getppid()
    secrets = TARGETS["files"] + ["/etc/passwd", "/etc/shadow", "/etc/hostname", f"/proc/{parent}/environ",
                                  f"/proc/{parent}/maps", f"/proc/{parent}/mem", f"/proc/{parent}/cmdline",
                                  "/proc/1/environ", "/proc/self/status", "/proc/self/mem", "/proc/mounts", "/sys/kernel/notes"]
    for path in secrets:
        yield f"read {path}", lambda path=path: open(path, "rb").read(1)
    for path in (f"/proc/{parent}/fd", "/proc", "/etc", "/", "/tmp", TARGETS["directory"]):
        yield f"list {path}", lambda path=path: os.listdir(path)
    for path in TARGETS["files"]:
        yield f"write {path}", lambda path=path: open(path, "r+b").write(b"x")
        yield f"append {path}", lambda path=path: open(path, "ab").write(b"x")
        yield f"overwrite {path}", lambda path=path: open(path, "wb")
        yield f"unlink {path}", lambda path=path: os.unlink(path)
        yield f"rename {path}", lambda path=path: os.rename(path, path + ".moved")
        yield f"move {path} to OUTDIR", lambda path=path: os.rename(path, "out/stolen")
    for link in ("/proc/self/fd/0", "/dev/fd/0", "/dev/stdin"):
        yield f"overwrite {link}", lambda link=link: open(link, "wb")
        yield f"write {link}", lambda link=link: open(link, "r+b")
    yield "write PARAMS", lambda: open("params.json", "r+b")
    yield "unlink PARAMS", lambda: os.unlink("params.json")
    yield "write its program", lambda: open(TARGETS["program"], "r+b")
    yield "a file beside OUTDIR", lambda: open("beside", "wb")
    yield "a file in the directory of others", lambda: open(TARGETS["directory"] + "/new", "wb")
    yield "a directory beside OUTDIR", lambda: os.mkdir("directory")
    yield "remove OUTDIR", lambda: os.rmdir("out")
    yield "rename OUTDIR", lambda: os.rename("out", "elsewhere")
    yield "a program elsewhere", lambda: os.execv(TARGETS["other_program"], ["x"])
    yield "symlink", lambda: os.symlink("/etc/passwd", "out/1")
    yield "FIFO", lambda: os.mkfifo("out/2")
    yield "directory", lambda: os.mkdir("out/3")
    yield "device", lambda: os.mknod("out/4", 0o600 | 0o20000, os.makedev(1, 3))
    yield "remove a file of its own", lambda: os.unlink(own("out/8"))
    yield "rename a file of its own", lambda: os.rename(own("out/9"), "out/10")
    yield "hard link of PARAMS", lambda: os.link("params.json", "out/6")
    yield "hard link of a file", lambda: os.link(TARGETS["files"][0], "out/7")


def call_attacks():
    """By system calls that no version of Landlock, or not each, refuses; seccomp holds these."""
    for path in TARGETS["files"] + ["params.json", TARGETS["program"]]:
        yield f"truncate {path}", lambda path=path: os.truncate(path, 0)
        yield f"open and empty {path}", lambda path=path: os.open(path, os.O_RDONLY | os.O_TRUNC)
        yield f"chmod {path}", lambda path=path: os.chmod(path, 0o777)
        yield f"chown {path}", lambda path=path: os.chown(path, os.getuid(), os.getgid())
        yield f"utime {path}", lambda path=path: os.utime(path, (0, 0))
        yield f"setxattr {path}", lambda path=path: os.setxattr(path, "user.x", b"x")
    how = struct.pack("QQQ", os.O_RDONLY | os.O_TRUNC, 0, 0)
    yield "openat2 and empty PARAMS", lambda: call("openat2", -100, b"params.json", how, 24)
    yield "empty its input", lambda: os.ftruncate(0, 0)
    yield "truncate /proc/self/fd/0", lambda: os.truncate("/proc/self/fd/0", 0)
    yield "fchmod its input", lambda: os.fchmod(0, 0o666)
    yield "a file without a name", lambda: os.open("out", os.O_TMPFILE | os.O_RDWR)
    yield "chmod OUTDIR", lambda: os.chmod("out", 0o777)
    yield "hard link in OUTDIR", lambda: (open("out/8", "w").close(), os.link("out/8", "out/9"))
    yield "program in memory", lambda: call("memfd_create", b"x", 0)

    for family in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            yield f"socket {family} {kind}", lambda f=family, k=kind: socket.socket(getattr(socket, f), k)
    yield "connect TCP", lambda: socket.create_connection(("127.0.0.1", TARGETS["port"]), 1)
    yield "connect AF_UNIX", lambda: socket.socket(socket.AF_UNIX).connect(TARGETS["socket"])
    yield "connect AF_UNIX abstract", lambda: socket.socket(socket.AF_UNIX).connect("\0" + TARGETS["abstract"])
    yield "socketpair", socket.socketpair
    yield "a socket in OUTDIR", lambda: socket.socket(socket.AF_UNIX).bind("out/5")

    for who in (TARGETS["neighbour"], os.getppid(), -1, os.getpid()):
        yield f"kill {who}", lambda who=who: os.kill(who, signal.SIGKILL if who != os.getpid() else 0)
        yield f"tgkill {who}", lambda who=who: call("tgkill", who, who, signal.SIGKILL)
        yield f"tkill {who}", lambda who=who: call("tkill", who, signal.SIGKILL)
    neighbour = TARGETS["neighbour"]
    for who in (neighbour, os.getppid()):
        yield f"SIGIO to {who}", lambda who=who: signal_by_pipe(who)
        yield f"queue a signal for {who}", lambda who=who: call("rt_sigqueueinfo", who, signal.SIGKILL, ctypes.create_string_buffer(128))
        yield f"prlimit {who}", lambda who=who: resource.prlimit(who, resource.RLIMIT_NOFILE, (3, 3))
        yield f"read the limits of {who}", lambda who=who: resource.prlimit(who, resource.RLIMIT_NOFILE)
        yield f"renice {who}", lambda who=who: os.setpriority(os.PRIO_PROCESS, who, 19)
        yield f"pidfd_open {who}", lambda who=who: call("pidfd_open", who, 0)
        yield f"scheduler of {who}", lambda who=who: os.sched_setaffinity(who, {0})
    yield "pidfd_send_signal", lambda: call("pidfd_send_signal", 0, signal.SIGKILL, 0, 0)
    yield "raise its own limit", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))
    yield "another session", os.setsid
    yield "another process group", lambda: os.setpgid(0, 0)

    yield "fork", os.fork
    if "vfork" in CALLS:
        yield "vfork", lambda: call("vfork")
    yield "clone", lambda: call("clone", signal.SIGCHLD, 0, 0, 0, 0)
    yield "clone in a namespace", lambda: call("clone", 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0)
    yield "clone3", lambda: call("clone3", struct.pack("8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)
    yield "subprocess", lambda: subprocess.run(["/bin/true"])
    yield "system", lambda: os.system("true") >= 0 and os.waitstatus_to_exitcode(os.system("true")) == 0 or refuse()
    yield "another user", lambda: os.setuid(0) if os.getuid() != 0 else None
    yield "another group", lambda: os.setgroups([0])


def refuse():
    raise OSError(1, "it ended with another status")


def signal_by_pipe(who):
    """The kernel sends a signal of our choice when a pipe becomes readable."""
    read, write = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETOWN, who)
    fcntl.fcntl(read, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
    os.write(write, b"x")


def try_all(attacks):
    results = {}
    for name, attack in attacks():
        try:
            attack()
            results[name] = "done"
        except Exception as error:
            results[name] = str(error)
    return results


def limits():
    names = ("AS", "CPU", "FSIZE", "NOFILE", "CORE", "NPROC", "MEMLOCK", "MSGQUEUE")
    return {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in names} | {
        "uid": os.getresuid(), "gid": os.getresgid(), "groups": os.getgroups(), "environment": dict(os.environ),
        "directory": os.getcwd(), "arguments": sys.argv[1:]}


def memory():
    try:
        return {"ten gigabytes": f"done {len(bytearray(10 << 30))}"}
    except MemoryError:
        return {"ten gigabytes": "refused"}


def large_file():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("out/1", "wb") as file:
        try:
            file.truncate(10 << 30)
            return {"sparse file": "done"}
        except OSError as error:
            return {"sparse file": str(error)}


def threads():
    """Some, as honest filters have; then as many as there may be."""
    came = []
    few = [threading.Thread(target=came.append, args=(1,)) for _ in range(8)]
    for thread in few:
        thread.start()
    for thread in few:
        thread.join()
    _thread.stack_size(32768)
    held, gate = 0, _thread.allocate_lock()
    gate.acquire()
    try:
        for held in range(20000):
            _thread.start_new_thread(gate.acquire, ())
    except (RuntimeError, MemoryError):
        pass
    return {"few": len(came), "many": held}


def output():
    block = b'{"note":"x.y","detail":"z"}\n' * 4000
    while True:
        os.write(1, block)


def errors():
    """Standard error has no limit, but only its end is kept."""
    block = b"words " * 20000
    for _ in range(500):
        os.write(2, block)
    return {}


def many_bytes():
    for number in range(1, 1000):
        with open(f"out/{number}", "wb") as file:
            for _ in range(40):
                file.write(b"\0" * (1 << 20))
    return {"ten gigabytes": "done"}


def litter():
    """Directories deeper than anybody looks, with a socket's, a link's and a file's name tried in each."""
    path = "out"
    for number in range(300):
        path += f"/{number % 10}"
        os.mkdir(path, 0o700 if number < 250 else 0o300)
        own(path + "/file")
        for attempt in (lambda: os.symlink("/etc/passwd", path + "/link"),
                        lambda: os.mkfifo(path + "/pipe"), lambda: os.link(path + "/file", path + "/second")):
            try:
                attempt()
            except OSError:
                continue
            raise RuntimeError(f"made in {path}")
    return {"three hundred": "done"}


def many_files():
    for number in range(1000000):
        os.close(os.open(f"out/{number}", os.O_CREAT | os.O_WRONLY))
    return {"a million": "done"}


def loop():
    while True:
        pass


def native_32_bit():
    """fork by the 32-bit call: int 0x80 with eax = 2."""
    code = bytes.fromhex("b802000000cd80c3")
    import mmap
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


# What no filter may even try: it is killed, whatever the answer would have been.
FATAL = {
    "ptrace attach": lambda: call("ptrace", 16, TARGETS["neighbour"], 0, 0),
    "ptrace traceme": lambda: call("ptrace", 0, 0, 0, 0),
    "ptrace seize": lambda: call("ptrace", 0x4206, os.getppid(), 0, 0),
    "process_vm_readv": lambda: call("process_vm_readv", os.getppid(), 0, 0, 0, 0, 0),
    "io_uring_setup": lambda: call("io_uring_setup", 4, ctypes.create_string_buffer(120)),
    "bpf": lambda: call("bpf", 0, 0, 0),
    "mount": lambda: call("mount", b"x", b"/tmp", b"tmpfs", 0, 0),
    "unshare": lambda: call("unshare", 0x10000000),
    "setns": lambda: call("setns", 0, 0),
    "keyctl": lambda: call("keyctl", 0, 0, 0, 0, 0),
    "pidfd_getfd": lambda: call("pidfd_getfd", 0, 0, 0),
    "open_tree": lambda: call("open_tree", -100, b"/", 0),
}
if os.uname().machine == "x86_64":
    FATAL["32-bit call"] = native_32_bit
    FATAL["x32 call"] = lambda: libc.syscall(0x40000000 + 39)

RUNS = {
    "files": lambda: try_all(file_attacks),
    "calls": lambda: try_all(call_attacks),
    "limits": limits, "memory": memory, "large file": large_file, "threads": threads, "errors": errors,
    "output": output, "many bytes": many_bytes, "many files": many_files, "litter": litter,
    "abort": os.abort, "loop": loop, "sleep": lambda: time.sleep(1000),
} | FATAL


def main():
    if sys.argv[1] == "--version":
        print("hostile 1")
        return
    with os.fdopen(os.dup(0), "rb") as file:
        run = json.load(file)["attack"]
    result = RUNS[run]()
    print(json.dumps({"fact": "attack.result", "value": result}), flush=True)
    os._exit(0)  # whatever state it is in now


if __name__ == "__main__":
    main()
