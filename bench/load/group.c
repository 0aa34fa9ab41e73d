/* A group of connections that all request the same kind of thing. */
#include "group.h"

#include "../words.h"

static uint64_t next_random(void)
{
    static uint64_t x = 88172645463325252u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static bool read_flag(struct group *g, const char *word)
{
    const struct {
        const char *word;
        bool *flag;
    } flags[] = {{"fresh", &g->fresh},
                 {"plain", &g->plain},
                 {"once", &g->once},
                 {"check", &g->check},
                 {"arrival", &g->arrival}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (strcmp(word, flags[i].word) == 0) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

void group_read(struct group *g, const char *word)
{
    if (word_text(word, "group"))
        g->name = word_text(word, "group");
    else if (word_text(word, "target"))
        g->target = word_text(word, "target");
    else if (!word_number(word, "connections", &g->connections) && !word_number(word, "count", &g->count) &&
             !word_number(word, "length", &g->length) && !word_number(word, "range", &g->range) &&
             !word_number(word, "of", &g->of) && !word_number(word, "rate", &g->rate) &&
             !word_number(word, "window", &g->window) && !word_number(word, "each", &g->each) &&
             !word_number(word, "sources", &g->sources) && !word_number(word, "least", &g->least) &&
             !read_flag(g, word))
        DIE("what is '%s'?", word);
}

bool group_ask(struct group *g, char request[GROUP_REQUEST_MAX], size_t *ret_n, uint64_t *ret_file,
               uint64_t *ret_at)
{
    char target[512], range[64] = "";
    const char *number = strchr(g->target, '%');
    *ret_file = *ret_at = 0;
    if (g->request_n) {
        memcpy(request, g->request, g->request_n);
        *ret_n = g->request_n;
        return true;
    }
    if (g->once && g->next == g->count)
        return false;
    if (number)
        *ret_file = g->once ? g->next++ : next_random() % g->count;
    if (number)
        snprintf(target, sizeof target, "%.*s%05u%s", (int)(number - g->target), g->target,
                 (unsigned)*ret_file, number + 1);
    if (g->range) {
        *ret_at = next_random() % (g->of - g->range + 1);
        snprintf(range, sizeof range, "Range: bytes=%llu-%llu\r\n", (unsigned long long)*ret_at,
                 (unsigned long long)(*ret_at + g->range - 1));
    }
    int n = snprintf(
        request, GROUP_REQUEST_MAX, g->plain ? "%s%s%s\n" : "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n",
        number ? target : g->target, range, g->fresh && !g->plain ? "Connection: close\r\n" : "");
    *ret_n = (size_t)n;
    if (!number && !g->range) {
        memcpy(g->request, request, *ret_n);
        g->request_n = *ret_n;
    }
    return true;
}

void group_print(const struct group *g)
{
    printf("\"%s\": {\"requests\": %llu, \"bytes\": %llu, \"reconnects\": %llu, \"length\": %llu", g->name,
           (unsigned long long)g->requests, (unsigned long long)g->bytes, (unsigned long long)g->reconnects,
           (unsigned long long)g->length);
    const struct {
        const char *name;
        unsigned permille;
    } marks[] = {{"p50", 500}, {"p99", 990}, {"p999", 999}, {"max", 1000}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        printf(", \"%s\": %.1f", marks[i].name, (double)histogram_at(&g->latency, marks[i].permille) / 1e3);
    printf("}");
}
