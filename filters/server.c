/* The harness's --server: one process that has loaded all that no file changes, and a fresh child
 * of it for each file. */
#include "server.h"

#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET = 0, CAGE = 3, GIVEN = 3 };

typedef enum { REQUEST, NO_MORE, MALFORMED } Received;

static gboolean load_cage(struct sock_fprog *cage);
static Received receive(int given[GIVEN]);
static _Noreturn void child(const int given[GIVEN], pid_t parent, const struct sock_fprog *cage,
                            int (*read)(gpointer data), gpointer data);
static gboolean answer(pid_t pid);

int serve(int (*read)(gpointer data), gpointer data)
{
    struct sock_fprog cage = {0};
    if (!load_cage(&cage))
        return FILTER_FAULT;
    pid_t parent = getpid();
    /* What is free need not be copied at each fork. */
    malloc_trim(0);
    int given[GIVEN];
    Received received;
    while ((received = receive(given)) == REQUEST) {
        pid_t pid = fork();
        if (pid == 0)
            child(given, parent, &cage, read, data);
        for (int i = 0; i < GIVEN; i++)
            close(given[i]);
        if (pid < 0) {
            fprintf(stderr, "cannot make a process: %s\n", strerror(errno));
            return FILTER_FAULT;
        }
        if (!answer(pid))
            return FILTER_FAULT;
    }
    g_free(cage.filter);
    return received == NO_MORE ? 0 : FILTER_FAULT;
}

/* An empty CAGE when there is none to put on. */
static gboolean load_cage(struct sock_fprog *cage)
{
    struct stat about;
    if (fstat(CAGE, &about) < 0 && errno == EBADF)
        return TRUE;
    gsize instruction = sizeof(struct sock_filter);
    gsize size = (gsize)about.st_size;
    if (S_ISREG(about.st_mode) && size > 0 && size % instruction == 0 &&
        size / instruction <= BPF_MAXINSNS) {
        cage->len = (unsigned short)(size / instruction);
        cage->filter = g_malloc(size);
        if (pread(CAGE, cage->filter, size, 0) == (ssize_t)size) {
            close(CAGE);
            return TRUE;
        }
    }
    fprintf(stderr, "descriptor %d holds no seccomp program\n", CAGE);
    return FALSE;
}

/* Of a malformed request the descriptors go with the process. */
static Received receive(int given[GIVEN])
{
    char byte;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    union {
        char space[CMSG_SPACE(GIVEN * sizeof(int))];
        struct cmsghdr aligned;
    } control = {0};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t got;
    while ((got = recvmsg(SOCKET, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    if (got == 0)
        return NO_MORE;
    if (got < 0) {
        fprintf(stderr, "cannot receive a request: %s\n", strerror(errno));
        return MALFORMED;
    }
    const struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || rights == NULL ||
        rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS ||
        rights->cmsg_len != CMSG_LEN(GIVEN * sizeof(int))) {
        fprintf(stderr, "a request is not one byte with %d descriptors\n", GIVEN);
        return MALFORMED;
    }
    memcpy(given, CMSG_DATA(rights), GIVEN * sizeof(int));
    return REQUEST;
}

/* Its stdout is flushed by READ; what the libraries would do at exit, nobody waits for. */
static _Noreturn void child(const int given[GIVEN], pid_t parent, const struct sock_fprog *cage,
                            int (*read)(gpointer data), gpointer data)
{
    /* What was given is above 2: these are open since the start. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(FILTER_FAULT);
    for (int i = 0; i < GIVEN; i++)
        if (dup2(given[i], i) < 0)
            _exit(FILTER_FAULT);
    if (close_range(GIVEN, ~0U, 0) < 0 ||
        (cage->len > 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, cage) < 0))) {
        fprintf(stderr, "cannot put on the seccomp program: %s\n", strerror(errno));
        _exit(FILTER_FAULT);
    }
    _exit(read(data));
}

static gboolean answer(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) {
            fprintf(stderr, "cannot wait for a process: %s\n", strerror(errno));
            return FALSE;
        }
    if (send(SOCKET, &status, sizeof status, MSG_NOSIGNAL) == (ssize_t)sizeof status)
        return TRUE;
    fprintf(stderr, "cannot answer a request: %s\n", strerror(errno));
    return FALSE;
}
