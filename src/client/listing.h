/* What a folder on a server holds: read from what the server sent, written for people, pipes and programs. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <stdio.h>
#include <time.h>

struct entry {
    char *name; /* the exact bytes, without a folder's slash */
    bool folder, sized, dated;
    uint64_t size;
    time_t modified;
};

struct listing {
    struct entry *entries;
    size_t n, cap;
};

void listing_free(struct listing *l);

/* Copies name. False when memory ran out. */
bool listing_add(struct listing *l, struct slice name, struct entry what);

/* The JSON that `ferry serve` sends. On failure *ret is empty and *e filled. */
enum status listing_read_json(struct listing *ret, struct slice text, struct err *e);
/* The plain dialect's: a name a line, a slash behind folders. */
enum status listing_read_plain(struct listing *ret, struct slice text, struct err *e);

/* In columns, for people; times in the local zone. */
void listing_print_long(const struct listing *l, FILE *to);
/* One name a line, byte for byte, a slash behind folders. */
void listing_print_names(const struct listing *l, FILE *to);
/* A JSON array, an object an entry. False when memory ran out. */
bool listing_print_json(const struct listing *l, FILE *to);
