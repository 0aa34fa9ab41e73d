/* What must be known of a part file to go on with it: the text beside it, "NAME.part.info". Pure. */
#pragma once

#include "base/buf.h"
#include "client/answer.h"

#define INFO_URL_SIZE 4096

struct info {
    char url[INFO_URL_SIZE];   /* what was asked for */
    char place[INFO_URL_SIZE]; /* what answered, after redirects, without query */
    char validator[VALIDATOR_SIZE];
    bool totalled;
    uint64_t total;
    uint64_t synced; /* bytes from the front that are on the disk for certain */
    char boot[64];   /* the boot that wrote this: in a later one only `synced` bytes can be trusted */
};

/* False when it cannot be written down: a URL that is too long, a line break in one of the texts. */
bool info_add(struct buf *out, const struct info *i);

/* False unless all of it is there and right. */
bool info_parse(struct slice text, struct info *ret);

/* How many bytes of a part file of `size` bytes are those of the file, for someone who wants `url` in boot
 * `boot`. */
uint64_t info_trusted(const struct info *i, const char *url, const char *boot, uint64_t size);

/* Whether a text that begins so (64 bytes, or all of it) was written here, if only in part: a power cut
 * leaves nothing or NULs in its place. Whatever else has this name is somebody else's. */
bool info_is_ours(struct slice beginning);

/* The text for a part of which nothing is known but that it is ours. info_parse() does not take it. */
struct slice info_claim(void);
