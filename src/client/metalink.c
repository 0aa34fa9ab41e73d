/* Reads Metalink 4 (RFC 5854), the description of files. */
#include "client/metalink.h"

#include "base/cleanup.h"

#include <expat.h>
#include <stdlib.h>

/* The parser joins this to the name of an element, after its namespace. */
#define BETWEEN '\n'
#define NAMESPACE "urn:ietf:params:xml:ns:metalink\n"

/* Nothing that is read here is nested deeper than metalink, file, pieces, hash. */
#define DEPTH_MAX 16
/* The longest text that is read: an address. */
#define TEXT_MAX 4096
/* The parser keeps a tag or a comment until it is complete, so a longer one is refused. */
#define TOKEN_MAX (64u << 10)
/* How much the parser gets at a time. */
#define TAKE_BYTES (16u << 10)

#define PRIORITY_NONE 999999

/* Whose content is being read. */
enum place {
    PLACE_OUTSIDE, /* nothing of interest */
    PLACE_METALINK,
    PLACE_FILE,
    PLACE_SIZE,
    PLACE_HASH, /* of the whole */
    PLACE_URL,
    PLACE_PIECES,
    PLACE_PIECE, /* a hash in it */
};

struct metalink_reader {
    XML_Parser xml;
    const char *why; /* it is invalid; NULL: not so far */
    enum place place;
    unsigned depth;   /* of the element that is open, */
    unsigned outside; /* and of the outermost one without interest; 0: none */
    uint64_t files;
    bool (*take)(void *context, struct metalink *m); /* of each file; NULL: there is one */
    void *context;
    size_t given;          /* bytes that came before the last file ended */
    bool pieced;           /* digests of pieces were read */
    size_t taken, handled; /* bytes that came, and those before the last thing that the parser has seen */
    char text[TEXT_MAX];
    size_t text_len;
    unsigned priority;
    size_t cap; /* of the digests */
    struct metalink m;
};

void metalink_free(struct metalink *m)
{
    free(m->name);
    for (size_t i = 0; i < m->n_urls; i++)
        free(m->urls[i].text);
    free(m->digests);
    *m = (struct metalink){.sized = false};
}

static void refuse(struct metalink_reader *r, const char *why)
{
    r->why = r->why ? r->why : why;
    XML_StopParser(r->xml, XML_FALSE);
}

static void handled(struct metalink_reader *r)
{
    XML_Index at = XML_GetCurrentByteIndex(r->xml);
    r->handled = at > 0 ? (size_t)at : 0;
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (slice_eq(slice_of(attributes[0]), slice_of(name)))
            return attributes[1];
    return "";
}

static bool is_sha256(const char **attributes)
{
    return slice_eq_nocase(slice_of(attribute(attributes, "type")), SLICE("sha-256"));
}

static enum place in_file(struct metalink_reader *r, struct slice name, const char **attributes)
{
    uint64_t number;
    if (slice_eq(name, SLICE("size")))
        return PLACE_SIZE;
    if (slice_eq(name, SLICE("hash")) && is_sha256(attributes))
        return PLACE_HASH;
    if (slice_eq(name, SLICE("url"))) {
        r->priority = slice_to_u64(slice_of(attribute(attributes, "priority")), &number) && number > 0 &&
                              number < PRIORITY_NONE
                          ? (unsigned)number
                          : PRIORITY_NONE;
        return PLACE_URL;
    }
    if (!slice_eq(name, SLICE("pieces")) || !is_sha256(attributes))
        return PLACE_OUTSIDE;
    if (r->pieced)
        refuse(r, "has two lists of pieces");
    else if (!slice_to_u64(slice_of(attribute(attributes, "length")), &r->m.piece_len) || r->m.piece_len == 0)
        refuse(r, "has pieces without a length");
    r->pieced = true;
    return PLACE_PIECES;
}

static enum place enter(struct metalink_reader *r, struct slice name, const char **attributes)
{
    switch (r->place) {
    case PLACE_METALINK:
        if (!slice_eq(name, SLICE("file")))
            return PLACE_OUTSIDE;
        if (++r->files > 1 && !r->take)
            refuse(r, "describes several files");
        free(r->m.name);
        r->m.name = strdup(attribute(attributes, "name"));
        if (!r->m.name)
            refuse(r, "takes more memory than there is");
        return PLACE_FILE;
    case PLACE_FILE:
        return in_file(r, name, attributes);
    case PLACE_PIECES:
        return slice_eq(name, SLICE("hash")) ? PLACE_PIECE : PLACE_OUTSIDE;
    case PLACE_SIZE:
    case PLACE_HASH:
    case PLACE_URL:
    case PLACE_PIECE:
        refuse(r, "has an element within a text");
        break;
    case PLACE_OUTSIDE:
        break;
    }
    return PLACE_OUTSIDE;
}

static void on_start(void *arg, const char *full, const char **attributes)
{
    struct metalink_reader *r = arg;
    struct slice name = slice_of(full);
    bool known = slice_starts(name, SLICE(NAMESPACE));
    handled(r);
    name = slice_from(name, known ? sizeof NAMESPACE - 1 : 0);
    r->text_len = 0;
    if (++r->depth > DEPTH_MAX) {
        refuse(r, "is nested too deeply");
    } else if (r->depth == 1) {
        r->place = PLACE_METALINK;
        if (!known || !slice_eq(name, SLICE("metalink")))
            refuse(r, "is no Metalink 4");
    } else if (r->outside == 0) {
        enum place place = known ? enter(r, name, attributes) : PLACE_OUTSIDE;
        if (place == PLACE_OUTSIDE)
            r->outside = r->depth;
        else
            r->place = place;
    }
}

static void on_text(void *arg, const char *bytes, int n)
{
    struct metalink_reader *r = arg;
    handled(r);
    if (r->outside > 0 || r->place < PLACE_SIZE || r->place == PLACE_PIECES)
        return;
    if (r->text_len + (size_t)n > TEXT_MAX) {
        refuse(r, "has a text that is too long");
        return;
    }
    memcpy(r->text + r->text_len, bytes, (size_t)n);
    r->text_len += (size_t)n;
}

static struct slice text(const struct metalink_reader *r)
{
    struct slice s = {r->text, r->text_len};
    static const char space[] = " \t\r\n";
    while (s.n > 0 && memchr(space, s.p[0], 4))
        s = slice_from(s, 1);
    while (s.n > 0 && memchr(space, s.p[s.n - 1], 4))
        s.n--;
    return s;
}

static void read_size(struct metalink_reader *r)
{
    if (r->m.sized || !slice_to_u64(text(r), &r->m.size))
        refuse(r, "has no valid size");
    r->m.sized = true;
}

static void read_whole(struct metalink_reader *r)
{
    if (r->m.hashed || !sha256_from_hex(text(r), &r->m.whole))
        refuse(r, "has no valid SHA-256");
    r->m.hashed = true;
}

static void read_piece(struct metalink_reader *r)
{
    struct metalink *m = &r->m;
    if (m->pieces == r->cap && m->pieces < METALINK_PIECES_MAX) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        void *more = realloc(m->digests, cap * sizeof *m->digests);
        if (!more) {
            refuse(r, "takes more memory than there is");
            return;
        }
        m->digests = more;
        r->cap = cap;
    }
    if (m->pieces == r->cap)
        refuse(r, "has too many pieces");
    else if (!sha256_from_hex(text(r), &m->digests[m->pieces]))
        refuse(r, "has a piece without a valid SHA-256");
    else
        m->pieces++;
}

/* Sorted as they come; of two of the same priority, the first stays first. */
static void read_url(struct metalink_reader *r)
{
    struct metalink *m = &r->m;
    struct slice s = text(r);
    if (s.n == 0 || m->n_urls == METALINK_URLS)
        return;
    char *copy = strndup(s.p, s.n);
    if (!copy) {
        refuse(r, "takes more memory than there is");
        return;
    }
    size_t i = m->n_urls++;
    for (; i > 0 && m->urls[i - 1].priority > r->priority; i--)
        m->urls[i] = m->urls[i - 1];
    m->urls[i] = (struct metalink_url){copy, r->priority};
}

static bool makes_up(const struct metalink_reader *r)
{
    const struct metalink *m = &r->m;
    return !r->pieced || (m->sized && m->pieces == m->size / m->piece_len + (m->size % m->piece_len > 0));
}

static void end_file(struct metalink_reader *r)
{
    if (!makes_up(r))
        refuse(r, "has pieces that do not make up the file");
    if (!r->take || r->why)
        return;
    if (!r->take(r->context, &r->m))
        refuse(r, "is not read to its end");
    metalink_free(&r->m);
    r->pieced = false;
    r->cap = 0;
    r->given = r->handled;
}

static void on_end(void *arg, const char *name)
{
    struct metalink_reader *r = arg;
    (void)name;
    handled(r);
    bool inside = r->outside == 0;
    if (r->outside == r->depth)
        r->outside = 0;
    r->depth--;
    if (!inside)
        return;
    switch (r->place) {
    case PLACE_SIZE:
        read_size(r);
        r->place = PLACE_FILE;
        break;
    case PLACE_HASH:
        read_whole(r);
        r->place = PLACE_FILE;
        break;
    case PLACE_URL:
        read_url(r);
        r->place = PLACE_FILE;
        break;
    case PLACE_PIECE:
        read_piece(r);
        r->place = PLACE_PIECES;
        break;
    case PLACE_PIECES:
        r->place = PLACE_FILE;
        break;
    case PLACE_FILE:
        end_file(r);
        r->place = PLACE_METALINK;
        break;
    case PLACE_METALINK:
    case PLACE_OUTSIDE:
        break;
    }
}

/* Comments and the like. */
static void on_other(void *arg, const char *bytes, int n)
{
    (void)bytes, (void)n;
    handled(arg);
}

/* Without a document type there are no entities but the five of XML itself. */
static void on_doctype(void *arg, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(arg, "declares a document type");
}

struct metalink_reader *metalink_reader_new(void)
{
    struct metalink_reader *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->xml = XML_ParserCreateNS(NULL, BETWEEN);
    if (!r->xml) {
        free(r);
        return NULL;
    }
    XML_SetUserData(r->xml, r);
    XML_SetElementHandler(r->xml, on_start, on_end);
    XML_SetCharacterDataHandler(r->xml, on_text);
    XML_SetDefaultHandler(r->xml, on_other);
    XML_SetStartDoctypeDeclHandler(r->xml, on_doctype);
    return r;
}

void metalink_reader_each(struct metalink_reader *r, bool (*take)(void *context, struct metalink *m),
                          void *context)
{
    r->take = take;
    r->context = context;
}

void metalink_reader_free(struct metalink_reader *r)
{
    if (!r)
        return;
    metalink_free(&r->m);
    XML_ParserFree(r->xml);
    free(r);
}

bool metalink_reader_take(struct metalink_reader *r, struct slice bytes)
{
    while (!r->why && bytes.n > 0) {
        size_t n = bytes.n < TAKE_BYTES ? bytes.n : TAKE_BYTES;
        r->taken += n;
        if (r->taken - r->given > METALINK_BYTES_MAX)
            r->why = "is too long";
        else if (XML_Parse(r->xml, bytes.p, (int)n, 0) != XML_STATUS_OK)
            r->why = r->why ? r->why : "is not valid XML";
        else if (r->taken - r->handled > TOKEN_MAX)
            r->why = "has a tag that is too long";
        bytes = slice_from(bytes, n);
    }
    return !r->why;
}

bool metalink_reader_end(struct metalink_reader *r, struct metalink *ret)
{
    struct metalink *m = &r->m;
    *ret = (struct metalink){.sized = false};
    if (!r->why && XML_Parse(r->xml, "", 0, 1) != XML_STATUS_OK)
        r->why = r->why ? r->why : "is not valid XML";
    if (!r->why && r->files == 0)
        r->why = "describes no file";
    if (r->why)
        return false;
    *ret = *m;
    *m = (struct metalink){.sized = false};
    return true;
}

const char *metalink_reader_why(const struct metalink_reader *r)
{
    return r->why;
}
