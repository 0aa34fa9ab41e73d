/* What every subcommand does alike with its command line. */
#include "cmd/command.h"

#include "base/log.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

int command_usage(const struct command *c, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_line("%s: %s (see 'ferry help %s')", c->name, text, c->name);
    return STATUS_USAGE;
}

int command_option(int argc, char **argv, const char *shorts, const struct option *longs,
                   const struct command *c)
{
    opterr = 0;
    int option = getopt_long(argc, argv, shorts, longs, NULL);
    if (option != '?' && option != ':')
        return option;
    /* getopt has moved past a long option's word, but still stands on a cluster of short ones. */
    if (optopt > 0 && optopt < 256) {
        for (const struct option *l = longs; l->name; l++)
            if (l->val == optopt) {
                command_usage(c, "--%s needs a value", l->name);
                return '?';
            }
        command_usage(c, "there is no option -%s", escape((struct slice){&(char){(char)optopt}, 1}).text);
    } else if (optopt >= 256) {
        for (const struct option *l = longs; l->name; l++)
            if (l->val == optopt)
                command_usage(c,
                              l->has_arg == required_argument ? "--%s needs a value" : "--%s takes no value",
                              l->name);
    } else {
        command_usage(c, "there is no option %s", escape(slice_of(argv[optind - 1])).text);
    }
    return '?';
}

bool command_number(const struct command *c, const char *name, const char *text, uint64_t least,
                    uint64_t most, uint64_t *ret)
{
    if (slice_to_u64(slice_of(text), ret) && *ret >= least && *ret <= most)
        return true;
    command_usage(c, "%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'", name, least, most,
                  escape(slice_of(text)).text);
    return false;
}
