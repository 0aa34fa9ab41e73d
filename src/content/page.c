/* The beginning and the end of our pages. */
#include "content/page.h"

#include "base/text.h"
#include "content/web.h"
#include "listing_web.h"

const char page_policy[] = LISTING_WEB_POLICY, page_policy_still[] = LISTING_WEB_POLICY_STILL;

void page_begin(struct buf *out)
{
    buf_add(out, SLICE("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n"
                       "<meta name=\"referrer\" content=\"same-origin\">\n<title>"));
}

void page_add_way_up(struct buf *out, size_t folders)
{
    buf_add(out, folders == 0 ? SLICE("./") : SLICE(""));
    for (size_t i = 0; i < folders; i++)
        buf_add(out, SLICE("../"));
}

void page_add_style(struct buf *out, size_t up)
{
    buf_add(out, SLICE("</title>\n<link rel=\"icon\" href=\"" LISTING_WEB_ICON
                       "\">\n<link rel=\"stylesheet\" href=\""));
    page_add_way_up(out, up);
    buf_add(out, SLICE("?" WEB_PARAMETER "=" LISTING_STYLE_NAME "\">\n"));
}

void page_add_script(struct buf *out, size_t up)
{
    buf_add(out, SLICE("<script src=\""));
    page_add_way_up(out, up);
    buf_add(out, SLICE("?" WEB_PARAMETER "=" LISTING_SCRIPT_NAME "\" integrity=\"" LISTING_SCRIPT_INTEGRITY
                       "\" defer></script>\n"));
}

void page_end(struct buf *out)
{
    buf_add(out, SLICE("</body>\n</html>\n"));
}

void page_add_shown(struct buf *out, struct slice name)
{
    html_add(out, slice_of(escape(name).text));
}
