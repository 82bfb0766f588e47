/* Starting a filter's process, and ending it. */
#include "process.h"

#include "descriptor.h"
#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void child_start(const Birth *birth, pid_t host, int tell);
static void child_signals(void);
static gboolean child_descriptors(const int given[4]);

gboolean process_start(Process *process, const Birth *birth, GError **error)
{
    int told[2]; /* what kept it from starting */
    if (pipe2(told, O_CLOEXEC) < 0)
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot make a pipe");
    pid_t host = getpid();
    process->pid = fork();
    if (process->pid == 0)
        child_start(birth, host, told[1]);
    int cause = errno;
    auto_fd failed = told[0];
    close(told[1]);
    if (process->pid < 0) {
        *process = PROCESS_NONE;
        errno = cause;
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot make a process");
    }
    ssize_t got;
    while ((got = read(failed, &cause, sizeof(cause))) < 0 && errno == EINTR)
        ;
    if (got < 0)
        cause = errno;
    if (got == 0) {
        process->pidfd = pidfd_open(process->pid, 0);
        if (process->pidfd >= 0)
            return TRUE;
        cause = errno;
    }
    process_end(process);
    errno = cause;
    return sj_fail_errno(error, sj_passing(cause, SJ_ERROR_CONFIG), "cannot start %s",
                         birth->argv[0]);
}

void process_adopt_orphans(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Its children are ours when it is gone, and are waited for too: while one of them is in its last
 * system call it may still make a file. */
int process_end(Process *process)
{
    int status = 0;
    if (process->pid > 0) {
        kill(-process->pid, SIGKILL);
        kill(process->pid, SIGKILL);
        while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
            ;
        while (waitpid(-process->pid, NULL, 0) > 0 || errno == EINTR)
            ;
    }
    close_fd(&process->pidfd);
    process->pid = 0;
    return status;
}

/* In the child: nothing but system calls (the host may have threads). What a filter is born with,
 * in order; the first step that fails, or the start itself, is told to the host by its errno. */
static _Noreturn void child_start(const Birth *birth, pid_t host, int tell)
{
    tell = fcntl(tell, F_DUPFD_CLOEXEC, 4);
    umask(077);
    child_signals();
    if (child_descriptors(birth->given) && setsid() >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
        getppid() == host && (errno = cage_enter(birth->cage)) == 0)
        cage_exec(birth->cage, birth->argv);
    int cause = errno;
    _exit(write(tell, &cause, sizeof(cause)) == sizeof(cause) ? 127 : 126);
}

static void child_signals(void)
{
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Moved away from 0 to 3 first: the host may have been started with these closed. */
static gboolean child_descriptors(const int given[4])
{
    int moved[4];
    int count = given[3] < 0 ? 3 : 4;
    for (int i = 0; i < count; i++)
        if ((moved[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 4)) < 0)
            return FALSE;
    for (int i = 0; i < count; i++)
        if (dup2(moved[i], i) < 0)
            return FALSE;
    return close_range((unsigned)count, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}
