/* The mime.types file that the server starts with. */
#pragma once

#include "base/err.h"
#include "http/mime_types.h"

/* The operator's file, or, with a path of NULL, the system's, which may be missing: then *ret is NULL.
 * STATUS_FAILED with *e filled when the operator's cannot be had. The caller frees *ret. */
enum status type_file_load(const char *path, struct mime_types **ret, struct err *e);
