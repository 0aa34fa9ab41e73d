/* The mime.types file that is read at the start. */
#pragma once

#include "base/err.h"
#include "http/mime_types.h"

/* The operator's file, or, if path is NULL, the system's, which may be missing: then *ret is NULL.
 * STATUS_FAILED with *e filled if the operator's cannot be read. The caller frees *ret. */
enum status type_file_load(const char *path, struct mime_types **ret, struct err *e);
