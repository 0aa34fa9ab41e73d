/* The lines of a response's head, as HTTP/1.1 writes them. */
#include "http/head.h"

struct slice head_status(int status)
{
    switch (status) {
    case 200:
        return SLICE("200 OK");
    case 204:
        return SLICE("204 No Content");
    case 206:
        return SLICE("206 Partial Content");
    case 301:
        return SLICE("301 Moved Permanently");
    case 304:
        return SLICE("304 Not Modified");
    case 400:
        return SLICE("400 Bad Request");
    case 403:
        return SLICE("403 Forbidden");
    case 404:
        return SLICE("404 Not Found");
    case 405:
        return SLICE("405 Method Not Allowed");
    case 408:
        return SLICE("408 Request Timeout");
    case 412:
        return SLICE("412 Precondition Failed");
    case 413:
        return SLICE("413 Content Too Large");
    case 414:
        return SLICE("414 URI Too Long");
    case 415:
        return SLICE("415 Unsupported Media Type");
    case 416:
        return SLICE("416 Range Not Satisfiable");
    case 421:
        return SLICE("421 Misdirected Request");
    case 422:
        return SLICE("422 Unprocessable Content");
    case 431:
        return SLICE("431 Request Header Fields Too Large");
    case 501:
        return SLICE("501 Not Implemented");
    case 503:
        return SLICE("503 Service Unavailable");
    case 505:
        return SLICE("505 HTTP Version Not Supported");
    case 507:
        return SLICE("507 Insufficient Storage");
    default:
        return SLICE("500 Internal Server Error");
    }
}

void head_begin(struct buf *out, int status, struct slice fields)
{
    buf_add(out, SLICE("HTTP/1.1 "));
    buf_add(out, head_status(status));
    buf_add(out, SLICE("\r\n"));
    buf_add(out, fields);
}

void head_text(struct buf *out, struct slice name, struct slice value)
{
    buf_add(out, name);
    buf_add(out, SLICE(": "));
    buf_add(out, value);
    buf_add(out, SLICE("\r\n"));
}

void head_number(struct buf *out, struct slice name, uint64_t value)
{
    buf_add(out, name);
    buf_add(out, SLICE(": "));
    buf_add_number(out, value);
    buf_add(out, SLICE("\r\n"));
}

void head_content_range(struct buf *out, uint64_t off, uint64_t len, uint64_t whole)
{
    buf_add(out, SLICE("Content-Range: bytes "));
    buf_add_number(out, off);
    buf_add(out, SLICE("-"));
    buf_add_number(out, off + len - 1);
    buf_add(out, SLICE("/"));
    buf_add_number(out, whole);
    buf_add(out, SLICE("\r\n"));
}

void head_unsatisfied_range(struct buf *out, uint64_t whole)
{
    buf_add(out, SLICE("Content-Range: bytes */"));
    buf_add_number(out, whole);
    buf_add(out, SLICE("\r\n"));
}

void head_end_line(struct buf *out)
{
    buf_add(out, SLICE("\r\n"));
}
