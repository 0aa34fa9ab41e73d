/* Guesses what was meant by an unknown command or option. */
#include "cmd/meant.h"

#include "base/slice.h"
#include "io/sock.h"

/* A longer word is not a typing error of ours. */
#define WORD_MAX 24

static const struct {
    const char *command, *typed, *here;
} habits[] = {
    {"serve", "-p", "--listen PORT, or --listen :PORT for the network"},
    {"serve", "--port", "--listen PORT, or --listen :PORT for the network"},
    {"serve", "-b", "--listen HOST:PORT"},
    {"serve", "--bind", "--listen HOST:PORT"},
    {"serve", "--host", "--listen HOST:PORT"},
    {"serve", "--address", "--listen HOST:PORT"},
    {"serve", "-d", "the folder alone: ferry serve DIR"},
    {"serve", "--dir", "the folder alone: ferry serve DIR"},
    {"serve", "--directory", "the folder alone: ferry serve DIR"},
    {"serve", "--root", "the folder alone: ferry serve DIR"},
    {"say", "-p", "--listen PORT, or --listen :PORT for the network"},
    {"say", "--port", "--listen PORT, or --listen :PORT for the network"},
    {"hear", "-p", "HOST:PORT"},
    {"hear", "--port", "HOST:PORT"},
    {"get", "-p", "HOST:PORT/NAME"},
    {"get", "--port", "HOST:PORT/NAME"},
    {"ls", "-p", "HOST:PORT"},
    {"ls", "--port", "HOST:PORT"},
    {"get", "-O", "the SOURCE alone, which keeps its name, or -o FILE for another name"},
    {"get", "--remote-name", "the SOURCE alone, which keeps its name"},
    {"get", "-P", "-d DIR"},
    {"get", "-c", "the same command again: it resumes by itself"},
    {"get", "-C", "the same command again: it resumes by itself"},
    {"get", "--continue", "the same command again: it resumes by itself"},
    {"get", "-L", "the SOURCE alone: redirects are followed"},
    {"get", "--location", "the SOURCE alone: redirects are followed"},
    {"get", "-s", "-q"},
};

static const struct {
    const char *typed, *command;
} callings[] = {
    {"share", "serve"}, {"start", "serve"},  {"http", "serve"},  {"fetch", "get"}, {"download", "get"},
    {"wget", "get"},    {"curl", "get"},     {"list", "ls"},     {"dir", "ls"},    {"send", "say"},
    {"chat", "say"},    {"receive", "hear"}, {"listen", "hear"},
};

static bool same(const char *a, const char *b)
{
    return slice_eq(slice_of(a), slice_of(b));
}

const char *meant_option(const char *command, const char *typed)
{
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
        if (same(habits[i].command, command) && same(habits[i].typed, typed))
            return habits[i].here;
    return NULL;
}

const char *meant_command(const char *typed)
{
    for (size_t i = 0; i < sizeof callings / sizeof *callings; i++)
        if (same(callings[i].typed, typed))
            return callings[i].command;
    return NULL;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be inserted, removed, changed, or swapped with their neighbour to make b of a. */
static size_t distance(struct slice a, struct slice b)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= a.n; i++)
        for (size_t j = 0; j <= b.n; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            size_t changed = d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
            d[i][j] = least(changed, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.n][b.n];
}

const char *meant_word(const char *typed, const char *const *words, size_t n)
{
    struct slice t = slice_of(typed);
    const char *best = NULL;
    size_t least_distance = t.n < 5 ? 2 : 3; /* one change in a short word, two in a longer one */
    for (size_t i = 0; i < n && t.n > 1 && t.n <= WORD_MAX; i++) {
        struct slice w = slice_of(words[i]);
        size_t d = w.n <= WORD_MAX ? distance(t, w) : least_distance;
        if (d < least_distance) {
            least_distance = d;
            best = words[i];
        }
    }
    return best;
}

bool meant_address(const char *typed)
{
    struct slice s = slice_of(typed), host;
    uint16_t port = 0;
    return !memchr(s.p, '/', s.n) && sock_split_host_port(s, 0, &host, &port) && port != 0;
}
