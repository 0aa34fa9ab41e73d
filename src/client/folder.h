/* The content of a folder on a server: parsed from an answer, printed for people, pipes and programs. */
#pragma once

#include "base/err.h"
#include "base/slice.h"

#include <stdio.h>
#include <time.h>

struct folder_entry {
    char *name; /* the exact bytes, without the slash of a folder */
    bool is_folder, sized, dated;
    uint64_t size;
    time_t modified;
};

struct folder {
    struct folder_entry *entries;
    size_t n, cap;
};

void folder_free(struct folder *l);

/* Copies name. False if memory ran out. */
bool folder_add(struct folder *l, struct slice name, struct folder_entry what);

/* Reads the JSON of `ferry serve`. On failure *ret is empty and *e filled. */
enum status folder_read_json(struct folder *ret, struct slice text, struct err *e);
/* Reads a listing of the plain dialect: a name a line, folders with a slash at the end. Lines that cannot
 * be names are skipped. */
enum status folder_read_plain(struct folder *ret, struct slice text, struct err *e);

/* Prints columns with local times. On a terminal of `width` columns (0: not a terminal) no line is wider,
 * except for long names: a name that leaves no room for its size and time is printed on the line above
 * them. */
void folder_print_long(const struct folder *l, FILE *to, int width);
/* Prints exact names, folders with a slash, and `end` after each. */
void folder_print_names(const struct folder *l, FILE *to, char end);
/* Prints a JSON array with an object for each entry. False if memory ran out. */
bool folder_print_json(const struct folder *l, FILE *to);
