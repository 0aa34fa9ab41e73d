/* Answers openat2() for a program under a valgrind that does not know the call.
 *
 * Debian 12's valgrind (3.19) answers ENOSYS, and ferry deliberately has no other way to open a file.
 * `openat2_helper COMMAND...` starts a process outside of valgrind, and then becomes COMMAND with
 * openat2_helper.so in LD_PRELOAD. That library is this file, too: its syscall() sends each openat2() to
 * the process over a socket, and receives the descriptor. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET_VARIABLE "FERRY_OPENAT2_SOCKET"

/* The folder's descriptor is sent with it, and the opened one with the answer, which is an errno or 0. */
struct request {
    struct open_how how;
    char path[PATH_MAX];
};

/* fd may be -1: none. */
static ssize_t send_with_fd(int to, const void *data, size_t n, int fd)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec v = {(void *)data, n};
    struct msghdr message = {.msg_iov = &v, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    ssize_t sent;
    do
        sent = sendmsg(to, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

/* *ret_fd is -1 if none came, or if this process has no room for it. */
static ssize_t receive_with_fd(int from, void *data, size_t cap, int *ret_fd)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec v = {data, cap};
    struct msghdr message = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n;
    do
        n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    *ret_fd = -1;
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof *ret_fd))
        memcpy(ret_fd, CMSG_DATA(c), sizeof *ret_fd);
    return n;
}

static struct {
    pthread_once_t once;
    long (*syscall)(long number, ...); /* the C library's */
    int socket;                        /* to the helper; -1: none */
    pthread_mutex_t one_at_a_time;     /* a request and its answer must not mix with others */
} next = {.once = PTHREAD_ONCE_INIT, .socket = -1, .one_at_a_time = PTHREAD_MUTEX_INITIALIZER};

static void find_next(void)
{
    next.syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    const char *number = getenv(SOCKET_VARIABLE);
    if (number)
        next.socket = atoi(number);
}

/* Like the kernel's: a descriptor, or a negative errno. */
static int ask_helper(int dir, const char *path, const struct open_how *how)
{
    struct request request = {.how = *how};
    size_t length = strlen(path);
    if (dir < 0)
        return -EBADF; /* also for AT_FDCWD: ferry always names its folder */
    if (length >= sizeof request.path)
        return -ENAMETOOLONG;
    memcpy(request.path, path, length + 1);

    int answer, fd = -1;
    pthread_mutex_lock(&next.one_at_a_time);
    ssize_t n = send_with_fd(next.socket, &request, offsetof(struct request, path) + length + 1, dir);
    if (n >= 0)
        n = receive_with_fd(next.socket, &answer, sizeof answer, &fd);
    pthread_mutex_unlock(&next.one_at_a_time);

    if (n != sizeof answer)
        return -ENOSYS; /* the helper has ended */
    if (answer == 0 && fd < 0)
        return -EMFILE; /* the kernel drops a descriptor for which this process has no room */
    return answer == 0 ? fd : -answer;
}

/* Replaces the C library's function. It is the library's only visible symbol. */
__attribute__((visibility("default"))) long syscall(long number, ...)
{
    long a[6];
    va_list list;
    va_start(list, number);
    for (size_t i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);

    pthread_once(&next.once, find_next);
    if (number != SYS_openat2 || next.socket < 0 || (size_t)a[3] != sizeof(struct open_how))
        return next.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    int fd = ask_helper((int)a[0], (const char *)a[1], (const struct open_how *)a[2]);
    if (fd >= 0)
        return fd;
    errno = -fd;
    return -1;
}

/* Serves until the other end closes, which it does when the program has ended in any way. */
static void help(int socket)
{
    struct request request;
    int dir;
    while (receive_with_fd(socket, &request, sizeof request, &dir) > 0) {
        int fd = (int)syscall(SYS_openat2, dir, request.path, &request.how, sizeof request.how);
        int answer = fd >= 0 ? 0 : errno;
        send_with_fd(socket, &answer, sizeof answer, fd);
        close(fd);
        close(dir);
    }
}

/* Starts a grandchild, so that the program has no unexpected child; in a session of its own, so that Ctrl-C
 * reaches only the program; and without the program's pipes, because somebody may wait for their end. */
static bool start_helper(int socket)
{
    pid_t child = fork();
    if (child == 0) {
        if (setsid() < 0)
            _exit(1);
        pid_t grandchild = fork();
        if (grandchild != 0)
            _exit(grandchild < 0);
        dup2(socket, 3);
        closefrom(4); /* also the program's end of the socket, whose close would otherwise never be seen */
        int nothing = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++)
            dup2(nothing, fd);
        help(3);
        _exit(0);
    }
    int status;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* openat2_helper.so is beside the program. It is named by a descriptor, because a space or colon in its
 * path would end the name in LD_PRELOAD. */
static bool preload_library(void)
{
    char path[PATH_MAX], list[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof ".so");
    if (n < 0)
        return false;
    strcpy(path + n, ".so");
    int library = open(path, O_RDONLY);
    const char *others = getenv("LD_PRELOAD");
    int length =
        snprintf(list, sizeof list, "/proc/self/fd/%d%s%s", library, others ? ":" : "", others ? others : "");
    return library >= 0 && length < (int)sizeof list && setenv("LD_PRELOAD", list, 1) == 0;
}

int main(int argc, char **argv)
{
    int pair[2];
    char number[16];
    if (argc < 2) {
        fprintf(stderr, "usage: openat2_helper COMMAND [ARGUMENT]...\n");
        return 2;
    }
    bool ready = socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0 && start_helper(pair[1]) &&
                 close(pair[1]) == 0 && preload_library();
    if (ready) {
        snprintf(number, sizeof number, "%d", pair[0]);
        setenv(SOCKET_VARIABLE, number, 1);
        execvp(argv[1], argv + 1);
    }
    fprintf(stderr, "openat2_helper: cannot run %s: %s\n", argv[1], strerror(errno));
    return 1;
}
