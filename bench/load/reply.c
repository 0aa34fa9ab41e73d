/* Reads an answer as it arrives. */
#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void reply_begin(struct reply *r, bool plain)
{
    char *head = r->head;
    *r = (struct reply){.state = plain ? REPLY_TO_END : REPLY_HEAD, .head = head};
}

void reply_free(struct reply *r)
{
    free(r->head);
    r->head = NULL;
}

/* Reads the lines of a head that determine the end of the body; the empty line is part of it. */
static enum reply_state read_head(struct reply *r, const char *head, size_t n)
{
    if (n < 16 || memcmp(head, "HTTP/1.", 7) != 0)
        return REPLY_BAD;
    r->status = (unsigned)strtoul(head + 9, NULL, 10);
    const char *end = head + n, *line = memchr(head, '\n', n);
    for (line = line + 1; line < end; line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1) {
        /* Only the two fields of interest begin like this. */
        char first = (char)(*line | 0x20);
        if (first == 'c' && strncasecmp(line, "content-length:", 15) == 0) {
            r->left = strtoull(line + 15, NULL, 10);
            return r->left ? REPLY_BODY : REPLY_DONE;
        }
        if (first == 't' && strncasecmp(line, "transfer-encoding: chunked", 26) == 0)
            return REPLY_CHUNK_SIZE;
    }
    return REPLY_TO_END;
}

static size_t feed_head(struct reply *r, const char *data, size_t n)
{
    if (r->held == 0) {
        const char *end = memmem(data, n, "\r\n\r\n", 4);
        if (end) {
            size_t used = (size_t)(end - data) + 4;
            r->state = read_head(r, data, used);
            return used;
        }
    }
    if (!r->head)
        r->head = malloc(REPLY_HEAD_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!r->head || r->held == REPLY_HEAD_MAX) {
            r->state = REPLY_BAD;
            return i;
        }
        r->head[r->held++] = data[i];
        if (r->held >= 4 && memcmp(r->head + r->held - 4, "\r\n\r\n", 4) == 0) {
            r->state = read_head(r, r->head, r->held);
            return i + 1;
        }
    }
    return n;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Reads one byte of the framing between chunks. */
static void feed_frame(struct reply *r, char c)
{
    if (r->state == REPLY_CHUNK_SIZE && c == '\n') {
        r->state = r->left ? REPLY_CHUNK : REPLY_TRAILER;
        r->held = 0;
    } else if (r->state == REPLY_CHUNK_SIZE && hex(c) >= 0) {
        r->left = r->left * 16 + (unsigned)hex(c);
    } else if (r->state == REPLY_CHUNK_SIZE && c != '\r') {
        r->state = REPLY_BAD;
    } else if (r->state == REPLY_CHUNK_END && c == '\n') {
        r->state = REPLY_CHUNK_SIZE;
    } else if (r->state == REPLY_TRAILER) {
        if (c == '\n' && r->held == 0)
            r->state = REPLY_DONE;
        else if (c == '\n')
            r->held = 0;
        else if (c != '\r')
            r->held++;
    }
}

size_t reply_feed(struct reply *r, const char *data, size_t n, const char **ret_body, size_t *ret_body_n)
{
    size_t at = 0;
    *ret_body_n = 0;
    if (r->state == REPLY_HEAD)
        at = feed_head(r, data, n);
    while (at < n &&
           (r->state == REPLY_CHUNK_SIZE || r->state == REPLY_CHUNK_END || r->state == REPLY_TRAILER))
        feed_frame(r, data[at++]);
    if (at == n || r->state == REPLY_DONE || r->state == REPLY_BAD)
        return at;
    size_t take = n - at;
    *ret_body = data + at;
    if (r->state != REPLY_TO_END) {
        if (take > r->left)
            take = (size_t)r->left;
        r->left -= take;
        if (r->left == 0)
            r->state = r->state == REPLY_BODY ? REPLY_DONE : REPLY_CHUNK_END;
    }
    *ret_body_n = take;
    r->length += take;
    return at + take;
}

void reply_end(struct reply *r)
{
    r->state = r->state == REPLY_TO_END ? REPLY_DONE : REPLY_BAD;
}
