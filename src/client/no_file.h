/* Recognises a folder where a file was requested, and says how to fetch it. */
#pragma once

#include "client/answer.h"
#include "client/remote.h"

/* `address` is its URL, or SOURCE itself. */
enum status no_file_folder(const struct remote *r, const char *address, struct err *e);

/* Whether an answer is the listing of a folder instead of a file; if so, *e is filled. */
bool no_file_listing(const struct remote *r, const struct answer *a, struct err *e);
