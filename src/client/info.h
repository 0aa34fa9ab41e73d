/* The information about a part file that is needed to resume it: the text of "NAME.part.info". Pure. */
#pragma once

#include "base/buf.h"
#include "client/answer.h"

#define INFO_URL_SIZE 4096

struct info {
    char url[INFO_URL_SIZE];   /* the URL that was requested */
    char place[INFO_URL_SIZE]; /* the URL that answered, after redirects, without its query */
    char validator[VALIDATOR_SIZE];
    bool totalled;
    uint64_t total;
    uint64_t synced; /* bytes from the front that are on the disk for certain */
    char boot[64];   /* the boot in which this was written: after another boot only `synced` bytes can be
                        trusted */
};

/* False if it cannot be written: a URL is too long, or a text has a line break. */
bool info_add(struct buf *out, const struct info *i);

/* False unless the text is complete and valid. */
bool info_parse(struct slice text, struct info *ret);

/* How many bytes of a part file of `size` bytes belong to the file `url`, in boot `boot`. */
uint64_t info_trusted(const struct info *i, const char *url, const char *boot, uint64_t size);

/* Whether a text with this beginning (64 bytes, or all of it) was written by ferry, at least in part: after
 * a power cut, a file may be empty or have NULs. Any other file of this name is somebody else's. */
bool info_is_ours(struct slice beginning);

/* The text for a part file of which nothing is known except that it is ours. info_parse() refuses it. */
struct slice info_claim(void);
