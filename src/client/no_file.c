/* Recognises a folder where a file was requested. */
#include "client/no_file.h"

#include "base/text.h"

/* For use between quotes in a shell: a server must not be able to end the quotes. */
static struct escaped quotable(const char *address)
{
    struct escaped out;
    size_t n = 0;
    struct escaped safe = escape(slice_of(address));
    for (const char *c = safe.text; *c && n + 4 < sizeof out.text; c++) {
        if (*c == '\'')
            memcpy(out.text + n, "%27", 3);
        else
            out.text[n] = *c;
        n += *c == '\'' ? 3 : 1;
    }
    out.text[n] = '\0';
    return out;
}

enum status no_file_folder(const struct remote *r, const char *address, struct err *e)
{
    struct escaped shown = quotable(address);
    if (r->named == NAMED_NOTHING)
        return err_set(e, STATUS_USAGE,
                       "%s names no file (try nas:6767/iso/debian.iso; ferry ls lists the files)",
                       shown.text);
    if (r->scheme == SCHEME_PLAIN)
        return err_set(e, STATUS_FAILED, "%s is a folder (to list it: ferry ls '%s')", shown.text,
                       shown.text);
    return err_set(e, STATUS_FAILED,
                   "%.300s is a folder (fetch all of it: ferry get -r '%.300s'; list it: ferry ls '%.300s')",
                   shown.text, shown.text, shown.text);
}

/* All web servers redirect from a folder's name to the same with a slash. The answer from there may still
 * be a file (such as an archive of the folder), but not if it is a text. */
bool no_file_listing(const struct remote *r, const struct answer *a, struct err *e)
{
    struct slice place = slice_of(a->place), type = slice_of(a->media_type);
    bool text = type.n == 0 || slice_starts(type, SLICE("text/")) ||
                slice_eq(type, SLICE("application/json")) || slice_eq(type, SLICE("application/xhtml+xml"));
    if (r->scheme == SCHEME_PLAIN || r->named == NAMED_FOLDER || !r->last[0] || place.n == 0 ||
        place.p[place.n - 1] != '/' || !text)
        return false;
    no_file_folder(r, a->place, e);
    return true;
}
