/* What a folder on a server holds: read from what the server sent, written for people, pipes and programs. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <stdio.h>
#include <time.h>

struct folder_entry {
    char *name; /* the exact bytes, without a folder's slash */
    bool is_folder, sized, dated;
    uint64_t size;
    time_t modified;
};

struct folder {
    struct folder_entry *entries;
    size_t n, cap;
};

void folder_free(struct folder *l);

/* Copies name. False when memory ran out. */
bool folder_add(struct folder *l, struct slice name, struct folder_entry what);

/* The JSON that `ferry serve` sends. On failure *ret is empty and *e filled. */
enum status folder_read_json(struct folder *ret, struct slice text, struct err *e);
/* The plain dialect's: a name a line, a slash behind folders; lines that can be no name are passed over. */
enum status folder_read_plain(struct folder *ret, struct slice text, struct err *e);

/* In columns, for people; times in the local zone. On a terminal of `width` columns (0: it is none) no line
 * is wider, except a name that is: one that would not leave room for its size and time stands above them. */
void folder_print_long(const struct folder *l, FILE *to, int width);
/* One name after the other, byte for byte, a slash behind folders, and then `end`. */
void folder_print_names(const struct folder *l, FILE *to, char end);
/* A JSON array, an object an entry. False when memory ran out. */
bool folder_print_json(const struct folder *l, FILE *to);
