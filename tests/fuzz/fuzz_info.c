/* The text beside a part file: what is read is what was written, and no missing byte is trusted. */
#include "fuzz.h"

#include "client/info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t sizes[] = {0, 1, 1000, UINT64_MAX};
    struct info i, again;
    struct slice in = fuzz_input(data, size);
    if (!info_parse(in, &i))
        return 0;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        MUST(info_trusted(&i, i.url, i.boot, sizes[k]) <= sizes[k]);
        MUST(info_trusted(&i, i.url, "another\nboot", sizes[k]) <= sizes[k]);
        MUST(info_trusted(&i, "another\nURL", i.boot, sizes[k]) == 0);
        MUST(info_trusted(&i, i.url, "", sizes[k]) <= i.synced);
    }
    struct buf out = buf_new(1 << 16);
    if (info_add(&out, &i)) {
        MUST(info_parse(buf_slice(&out), &again));
        MUST(memcmp(&i.total, &again.total, sizeof i.total) == 0 && i.totalled == again.totalled);
        MUST(i.synced == again.synced && strcmp(i.url, again.url) == 0 && strcmp(i.place, again.place) == 0);
        MUST(strcmp(i.validator, again.validator) == 0 && strcmp(i.boot, again.boot) == 0);
    }
    buf_free(&out);
    /* A shortened text, as after a power cut, is invalid. */
    if (size > 0)
        MUST(!info_parse((struct slice){in.p, size - 1}, &again));
    return 0;
}
