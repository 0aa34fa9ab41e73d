/* The body of a request for several files of a folder. */
#include "http/names.h"

bool names_is_type(struct slice content_type)
{
    struct slice type;
    return slice_cut(&content_type, ';', &type) && slice_eq_nocase(slice_trim(type), SLICE(NAMES_TYPE));
}

static bool is_name(struct slice name)
{
    struct slice part;
    if (name.n == 0 || name.n > NAMES_NAME_MAX || name.p[name.n - 1] == '/')
        return false;
    while (slice_cut(&name, '/', &part))
        if (part.n == 0 || slice_eq(part, SLICE(".")) || slice_eq(part, SLICE("..")))
            return false;
    return true;
}

bool names_ok(struct slice body)
{
    struct slice name;
    if (body.n > 0 && body.p[body.n - 1] != '\0')
        return false;
    while (slice_cut(&body, '\0', &name))
        if (!is_name(name))
            return false;
    return true;
}
