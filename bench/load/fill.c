/* Writes the files to be served: fill PATH COUNT LENGTH; a '%' in the path stands for the file's number,
 * from 0 on, in five digits. */
#include "../words.h"
#include "pattern.h"

static void fill(const char *path, uint64_t file, uint64_t length)
{
    static uint64_t words[8192];
    FILE *f = fopen(path, "w");
    if (!f)
        DIE("cannot write %s", path);
    for (uint64_t at = 0; at < length; at += sizeof words) {
        uint64_t n = length - at < sizeof words ? length - at : sizeof words;
        for (uint64_t i = 0; i < (n + 7) / 8; i++)
            words[i] = pattern_word(file, at / 8 + i);
        fwrite(words, 1, n, f);
    }
    if (fclose(f) != 0)
        DIE("cannot write %s", path);
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc != 4)
        DIE("usage: fill PATH COUNT LENGTH");
    uint64_t count = strtoull(argv[2], NULL, 10), length = strtoull(argv[3], NULL, 10);
    const char *number = strchr(argv[1], '%');
    for (uint64_t i = 0; i < count; i++) {
        if (number)
            snprintf(path, sizeof path, "%.*s%05u%s", (int)(number - argv[1]), argv[1], (unsigned)i,
                     number + 1);
        else
            snprintf(path, sizeof path, "%s", argv[1]);
        fill(path, i, length);
    }
}
