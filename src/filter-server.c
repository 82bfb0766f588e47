/* The host's end of a zygote: one message a file, one message back. */
#include "filter-server.h"

#include "clean-line.h"
#include "descriptor.h"
#include "error.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_WORDS 200 /* characters that a message quotes */

gboolean filter_server_start(FilterServer *server, Birth *birth, GError **error)
{
    int ends[2];
    server->asked = 0;
    server->said = memfd_create("said", MFD_CLOEXEC);
    if (server->said < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        close_fd(&server->said);
        return sj_fail_errno(error, SJ_ERROR_LATER, "cannot make a socket");
    }
    birth->given[0] = ends[1];
    birth->given[2] = server->said;
    gboolean started = process_start(&server->process, birth, error);
    close(ends[1]);
    server->socket = ends[0];
    if (!started)
        filter_server_end(server);
    return started;
}

gboolean filter_server_ask(FilterServer *server, int file, int out, int err)
{
    const int descriptors[] = {file, out, err};
    char request = 'r';
    struct iovec body = {.iov_base = &request, .iov_len = 1};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(descriptors))];
    } control = {0};
    struct msghdr message = {.msg_iov = &body,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(descriptors));
    memcpy(CMSG_DATA(rights), descriptors, sizeof(descriptors));
    server->asked++;
    ssize_t sent;
    while ((sent = sendmsg(server->socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR)
        ;
    return sent == 1;
}

gboolean filter_server_answer(FilterServer *server, int *status)
{
    ssize_t got;
    while ((got = recv(server->socket, status, sizeof(*status), 0)) < 0 && errno == EINTR)
        ;
    return got == sizeof(*status);
}

gchar *filter_server_said(const FilterServer *server)
{
    gchar end[512];
    off_t length = lseek(server->said, 0, SEEK_END);
    off_t from = MAX(length - (off_t)sizeof(end), 0);
    ssize_t got = length > 0 ? pread(server->said, end, sizeof(end), from) : 0;
    g_autofree gchar *text = g_strchomp(g_strndup(end, (gsize)MAX(got, 0)));
    const gchar *last = strrchr(text, '\n');
    return clean_line_short(last != NULL ? last + 1 : text, MAX_WORDS);
}

void filter_server_end(FilterServer *server)
{
    process_end(&server->process);
    close_fd(&server->socket);
    close_fd(&server->said);
}
