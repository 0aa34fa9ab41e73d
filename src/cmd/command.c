/* What all subcommands share: options, numbers, usage errors, output. */
#include "cmd/command.h"

#include "base/log.h"
#include "base/text.h"
#include "cmd/meant.h"
#include "cmd/startup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int command_needs_output(void)
{
    if (startup_has_output())
        return STATUS_DONE;
    log_line("cannot print: the standard output is closed (try > FILE)");
    return STATUS_LOCAL_DISK;
}

int command_print(struct slice text)
{
    int status = command_needs_output();
    if (status != STATUS_DONE || (fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0))
        return status;
    if (errno == EPIPE) /* The reader of the pipe has closed it. */
        return STATUS_FAILED;
    log_line("cannot write to the standard output: %s", strerror(errno));
    return STATUS_LOCAL_DISK;
}

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

static const char *long_name(const struct option *longs, int option)
{
    while (longs->name && longs->val != option)
        longs++;
    return longs->name;
}

/* Reports an option that this command does not have. */
static void no_option(const struct command *c, const struct option *longs, const char *typed)
{
    char word[64];
    const char *names[64], *instead;
    size_t n = 0;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(typed, "="), typed);
    for (const struct option *l = longs; l->name && n < sizeof names / sizeof *names; l++)
        names[n++] = l->name;
    if ((instead = meant_option(c->name, word)))
        command_usage(c, "there is no option %s: try %s", escape(slice_of(word)).text, instead);
    else if (strlen(word) > 2 && (instead = meant_word(word + 2, names, n)))
        command_usage(c, "there is no option %s: did you mean --%s?", escape(slice_of(word)).text, instead);
    else
        command_usage(c, "there is no option %s", escape(slice_of(typed)).text);
}

int command_option(int argc, char **argv, const char *shorts, const struct option *longs,
                   const struct command *c)
{
    opterr = 0;
    optarg = NULL;
    int option = getopt_long(argc, argv, shorts, longs, NULL);
    if (option == 'h')
        exit(command_print(slice_of(c->help)));
    /* An empty value usually comes from an unset variable in a script. It must not mean every interface or
     * the current folder. */
    if (option > 0 && option != '?' && optarg && !*optarg && option != c->text) {
        command_usage(c, "--%s needs a value that is not empty", long_name(longs, option));
        return '?';
    }
    if (option != '?' && option != ':')
        return option;
    /* After an unknown long option, getopt has moved past its word; within a cluster of short options it
     * has not. */
    if (optopt > 0 && optopt < 256) {
        for (const struct option *l = longs; l->name; l++)
            if (l->val == optopt) {
                command_usage(c, "--%s needs a value", l->name);
                return '?';
            }
        no_option(c, longs, (char[]){'-', (char)optopt, '\0'});
    } else if (optopt >= 256) {
        for (const struct option *l = longs; l->name; l++)
            if (l->val == optopt)
                command_usage(c,
                              l->has_arg == required_argument ? "--%s needs a value" : "--%s takes no value",
                              l->name);
    } else {
        no_option(c, longs, argv[optind - 1]);
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

bool command_size(const struct command *c, const char *name, const char *text, uint64_t *ret)
{
    static const char units[] = "KMGT";
    struct slice digits = slice_of(text);
    const char *unit = digits.n > 1 ? strchr(units, digits.p[digits.n - 1]) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    digits.n -= unit != NULL;
    if (slice_to_u64(digits, ret) && *ret > 0 && *ret <= UINT64_MAX >> shift) {
        *ret <<= shift;
        return true;
    }
    command_usage(c, "%s takes a number of bytes, or of KiB, MiB or GiB as in 512M, not '%s'", name,
                  escape(slice_of(text)).text);
    return false;
}
