/* Runs the unit test that this program is called after: test_url, or units url. */
#include <stdio.h>
#include <string.h>

#define UNIT(noun) int main_of_##noun(void);
UNITS
#undef UNIT

static const struct unit {
    const char *noun;
    int (*main)(void);
} all[] = {
#define UNIT(noun) {#noun, main_of_##noun},
    UNITS
#undef UNIT
};

static const char *noun_of(int argc, char **argv)
{
    if (argc > 1)
        return argv[1];
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash ? slash + 1 : argv[0];
    return strncmp(name, "test_", 5) == 0 ? name + 5 : "";
}

int main(int argc, char **argv)
{
    const char *noun = noun_of(argc, argv);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].noun, noun) == 0)
            return all[i].main();
    fprintf(stderr, "usage: units NOUN, or one of the links test_NOUN\n");
    return 2;
}
