/* Runs a fuzz target on existing files, the seeds and earlier findings. It needs no libFuzzer, so every
 * build can do it. */
#include "fuzz.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <sys/stat.h>

static void replay_file(const char *path, size_t size)
{
    /* Of exactly its size, so that a sanitizer sees a read past the end. */
    AUTO_FREE uint8_t *data = malloc(size);
    FILE *f = fopen(path, "rb");
    if (!f || (size > 0 && (!data || fread(data, 1, size, f) != size))) {
        perror(path);
        exit(1);
    }
    fclose(f);
    LLVMFuzzerTestOneInput(data, size);
    printf("ok %s\n", path);
    fflush(stdout);
}

static void replay(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        perror(path);
        exit(1);
    }
    if (S_ISREG(st.st_mode)) {
        replay_file(path, (size_t)st.st_size);
        return;
    }
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char inner[4096];
        if (entries[i]->d_name[0] != '.') {
            snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
            replay(inner);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    return 0;
}
