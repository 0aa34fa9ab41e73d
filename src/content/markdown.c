/* Markdown as HTML, by cmark in bounded memory.
 *
 * cmark ends the process when it gets no memory, and a text can be written that makes it use a hundred
 * times its size. So its allocator is here: when memory runs out, it jumps out of cmark, and everything
 * that cmark had is freed. cmark holds no other resources. */
#include "content/markdown.h"

#include "base/list.h"

#include <cmark.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

/* For one text. The worst one that we know ("*a" repeated, as long as a README that is shown) takes 14
 * MiB. */
#define HELD_MAX (16 * 1024 * 1024)

struct block {
    struct list node;
    size_t n; /* including this head */
    alignas(max_align_t) char bytes[];
};

struct store {
    struct list blocks;
    size_t held;
    jmp_buf is_out;
};

/* cmark does not tell an allocator for whom it works. */
static _Thread_local struct store *store;

enum { TOO_MUCH = 1, NO_MEMORY };

static _Noreturn void get_out(int why)
{
    longjmp(store->is_out, why);
}

static void *keep(struct block *b, size_t n)
{
    b->n = n;
    list_append(&store->blocks, &b->node);
    store->held += n;
    return b->bytes;
}

static void *take(size_t count, size_t each)
{
    size_t n;
    if (__builtin_mul_overflow(count, each, &n) || __builtin_add_overflow(n, sizeof(struct block), &n) ||
        n > HELD_MAX - store->held)
        get_out(TOO_MUCH);
    struct block *b = calloc(1, n);
    if (!b)
        get_out(NO_MEMORY);
    return keep(b, n);
}

static struct block *let_go(void *bytes)
{
    struct block *b = container_of(bytes, struct block, bytes);
    list_remove(&b->node);
    store->held -= b->n;
    return b;
}

static void give_back(void *bytes)
{
    if (bytes)
        free(let_go(bytes));
}

static void *take_more(void *bytes, size_t n)
{
    if (!bytes)
        return take(1, n);
    struct block *old = let_go(bytes), *b = NULL;
    bool fits = !__builtin_add_overflow(n, sizeof *b, &n) && n <= HELD_MAX - store->held;
    if (fits)
        b = realloc(old, n);
    if (b)
        return keep(b, n);
    free(old);
    get_out(fits ? NO_MEMORY : TOO_MUCH);
}

static cmark_mem memory = {take, take_more, give_back};

static bool add_html(struct buf *html, struct slice text)
{
    cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_VALIDATE_UTF8, &memory);
    cmark_parser_feed(parser, text.p, text.n);
    cmark_node *document = cmark_parser_finish(parser);
    /* Without CMARK_OPT_UNSAFE: raw HTML and links that would run code are left out. */
    char *made = cmark_render_html(document, CMARK_OPT_VALIDATE_UTF8);
    struct slice s = slice_of(made);
    if (s.n > buf_space(html))
        return false;
    buf_add(html, s);
    return !html->failed;
}

bool markdown_add_html(struct buf *html, struct slice text)
{
    struct store ours;
    volatile bool added = false;
    list_init(&ours.blocks);
    ours.held = 0;
    store = &ours;
    switch (setjmp(ours.is_out)) {
    case 0:
        added = add_html(html, text);
        break;
    case NO_MEMORY:
        html->failed = true;
        break;
    default:
        break;
    }
    while (!list_empty(&ours.blocks)) {
        struct block *b = container_of(ours.blocks.next, struct block, node);
        list_remove(&b->node);
        free(b);
    }
    store = NULL;
    return added;
}
