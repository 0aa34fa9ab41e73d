/* The arguments of the bench's programs: words like "port=8000", in any order. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIE(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))

/* The text after "name=" if the word begins with it, else NULL. */
static inline const char *word_text(const char *word, const char *name)
{
    size_t n = strlen(name);
    return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static inline bool word_number(const char *word, const char *name, uint64_t *ret)
{
    const char *text = word_text(word, name);
    char *end;
    if (!text)
        return false;
    *ret = strtoull(text, &end, 10);
    if (end == text || *end)
        DIE("'%s' is no number", word);
    return true;
}
