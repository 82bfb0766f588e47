/* Passwords on their way from a file or a command to the login, wiped behind them. */
#include "secret.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET_LIMIT    4096
#define COMMAND_SECONDS 30

static gchar *read_file(const gchar *path, GError **error);
static gchar *read_command(const ServerConfig *server, GError **error);

gchar *secret_read(const ServerConfig *server, GError **error)
{
    return server->password_file != NULL ? read_file(server->password_file, error)
                                         : read_command(server, error);
}

void secret_free(gchar *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

/* What is wrong with LENGTH bytes at TEXT as a password, or NULL; cuts the final newline off. */
static const gchar *trim(gchar *text, gsize length)
{
    if (length > SECRET_LIMIT)
        return "is too long";
    if (length > 0 && text[length - 1] == '\n')
        length--;
    if (length > 0 && text[length - 1] == '\r')
        length--;
    text[length] = '\0';
    if (length == 0)
        return "is empty";
    return strlen(text) != length || strpbrk(text, "\r\n") != NULL ? "has more than one line"
                                                                   : NULL;
}

/* Reads to the end, at most SIZE bytes, until the moment DEADLINE (monotonic, microseconds). */
static gssize read_all(int fd, gchar *buffer, gsize size, gint64 deadline)
{
    gsize length = 0;
    while (length < size) {
        gint64 left = (deadline - g_get_monotonic_time()) / 1000;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int ready = poll(&wait, 1, (int)CLAMP(left, 0, G_MAXINT));
        if (ready == 0)
            errno = ETIMEDOUT;
        gssize got = ready > 0 ? read(fd, buffer + length, size - length) : -1;
        if (got < 0 && ready != 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -1 : (gssize)length;
        length += (gsize)got;
    }
    return (gssize)length;
}

static gboolean check_file(int fd, const gchar *path, GError **error)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return sj_fail_errno(error, SJ_ERROR_CONFIG, "password file %s", path);
    if (!S_ISREG(about.st_mode))
        return sj_fail(error, SJ_ERROR_CONFIG, "password file %s is not a regular file", path);
    if ((about.st_mode & 077) != 0)
        return sj_fail(error, SJ_ERROR_CONFIG,
                       "password file %s can be read by others (mode %04o): chmod 600 %s", path,
                       about.st_mode & 07777, path);
    return TRUE;
}

static gchar *read_file(const gchar *path, GError **error)
{
    /* O_NONBLOCK: a pipe in its place must not hold us up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        sj_fail_errno(error, SJ_ERROR_CONFIG,
                      "password file %s (the password on one line, mode 600) cannot be opened",
                      path);
        return NULL;
    }
    gchar buffer[SECRET_LIMIT + 2];
    gchar *secret = NULL;
    if (check_file(fd, path, error)) {
        gssize length = read_all(fd, buffer, sizeof buffer - 1, G_MAXINT64);
        const gchar *fault = length >= 0 ? trim(buffer, (gsize)length) : NULL;
        if (length < 0)
            sj_fail_errno(error, SJ_ERROR_CONFIG, "password file %s", path);
        else if (fault != NULL)
            sj_fail(error, SJ_ERROR_CONFIG,
                    "password file %s %s: it holds the password (163: the authorization code) "
                    "on one line",
                    path, fault);
        else
            secret = g_strdup(buffer);
    }
    explicit_bzero(buffer, sizeof buffer);
    close(fd);
    return secret;
}

/* In the child: we ignore SIGPIPE, and a pipeline that its last command cuts short
 * would grumble. */
static void prepare_child(G_GNUC_UNUSED gpointer data)
{
    signal(SIGPIPE, SIG_DFL);
}

/* Waits until CHILD has ended; FALSE: it lasted beyond DEADLINE and was killed. */
static gboolean reap(GPid child, gint64 deadline, int *status)
{
    pid_t ended;
    while ((ended = waitpid(child, status, WNOHANG)) == 0 && g_get_monotonic_time() < deadline)
        g_usleep(G_USEC_PER_SEC / 100);
    if (ended != 0)
        return TRUE;
    kill(child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    return FALSE;
}

/* The command is not quoted in messages: it may hold the password itself. */
static gchar *read_command(const ServerConfig *server, GError **error)
{
    const gchar *const argv[] = {"/bin/sh", "-c", server->password_command, NULL};
    GPid child;
    int out;
    g_autoptr(GError) why = NULL;
    if (!g_spawn_async_with_pipes(NULL, (gchar **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
                                  prepare_child, NULL, &child, NULL, &out, NULL, &why)) {
        sj_fail(error, SJ_ERROR_CONFIG, "password_command for %s: cannot be started: %s",
                server->host, why->message);
        return NULL;
    }
    gchar buffer[SECRET_LIMIT + 2];
    gint64 deadline = g_get_monotonic_time() + COMMAND_SECONDS * G_TIME_SPAN_SECOND;
    gssize length = read_all(out, buffer, sizeof buffer - 1, deadline);
    int cause = errno;
    close(out);
    int status = 0;
    gboolean ended = reap(child, length < 0 ? 0 : deadline, &status);
    gchar *secret = NULL;
    const gchar *fault = length >= 0 ? trim(buffer, (gsize)length) : NULL;
    if (length < 0 && cause != ETIMEDOUT)
        sj_fail(error, SJ_ERROR_CONFIG, "password_command for %s: cannot be read: %s", server->host,
                g_strerror(cause));
    else if (length < 0 || !ended)
        sj_fail(error, SJ_ERROR_CONFIG, "password_command for %s: still running after %d s",
                server->host, COMMAND_SECONDS);
    else if (!g_spawn_check_wait_status(status, &why))
        sj_fail(error, SJ_ERROR_CONFIG, "password_command for %s: %s", server->host, why->message);
    else if (fault != NULL)
        sj_fail(error, SJ_ERROR_CONFIG, "password_command for %s: its output %s", server->host,
                fault);
    else
        secret = g_strdup(buffer);
    explicit_bzero(buffer, sizeof buffer);
    return secret;
}
