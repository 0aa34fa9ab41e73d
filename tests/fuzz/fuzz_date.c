/* Dates: a date that was read, written and read again is the same. */
#include "fuzz.h"

#include "http/date.h"

/* The years 0 to 9999. */
#define FIRST ((time_t)-62167219200)
#define LAST ((time_t)253402300799)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const time_t nows[] = {0, 784111777, 1795435200, 4102444799};
    struct slice in = fuzz_input(data, size);
    for (size_t i = 0; i < sizeof nows / sizeof *nows; i++) {
        char text[DATE_TEXT_SIZE], again[DATE_TEXT_SIZE];
        time_t t, u;
        if (!date_parse(in, nows[i], &t))
            continue;
        date_format(t, text);
        MUST(strlen(text) == DATE_TEXT_SIZE - 1);
        /* Only the leap second at the end of 9999 is in a year that cannot be written. */
        MUST(date_parse(slice_of(text), 0, &u) && u == (t > LAST ? LAST : t));
        date_format(u, again);
        MUST(strcmp(text, again) == 0);
        /* The whole text must be the date. */
        char longer[256];
        if (size + 1 < sizeof longer) {
            memcpy(longer, data, size);
            longer[size] = '0';
            MUST(!date_parse((struct slice){longer, size + 1}, nows[i], &t));
        }
    }
    /* And any time at all. */
    int64_t any = 0;
    memcpy(&any, data, size < sizeof any ? size : sizeof any);
    char text[DATE_TEXT_SIZE];
    time_t t;
    date_format((time_t)any, text);
    MUST(strlen(text) == DATE_TEXT_SIZE - 1);
    MUST(date_parse(slice_of(text), 0, &t));
    if (any >= FIRST && any <= LAST)
        MUST(t == (time_t)any);
    return 0;
}
