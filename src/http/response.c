/* A response's head: struct -> bytes. */
#include "http/response.h"

const char *response_reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 416:
        return "Range Not Satisfiable";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    case 507:
        return "Insufficient Storage";
    default:
        return "Error";
    }
}

void response_begin(struct buf *out, int status, const char *date)
{
    buf_add(out, SLICE("HTTP/1.1 "));
    buf_add_number(out, (uint64_t)status);
    buf_add(out, SLICE(" "));
    buf_add(out, slice_of(response_reason(status)));
    response_text(out, SLICE("\r\nDate"), slice_of(date));
}

void response_text(struct buf *out, struct slice name, struct slice value)
{
    buf_add(out, name);
    buf_add(out, SLICE(": "));
    buf_add(out, value);
    buf_add(out, SLICE("\r\n"));
}

void response_number(struct buf *out, struct slice name, uint64_t value)
{
    buf_add(out, name);
    buf_add(out, SLICE(": "));
    buf_add_number(out, value);
    buf_add(out, SLICE("\r\n"));
}

void response_content_range(struct buf *out, uint64_t off, uint64_t len, uint64_t whole)
{
    buf_add(out, SLICE("Content-Range: bytes "));
    buf_add_number(out, off);
    buf_add(out, SLICE("-"));
    buf_add_number(out, off + len - 1);
    buf_add(out, SLICE("/"));
    buf_add_number(out, whole);
    buf_add(out, SLICE("\r\n"));
}

void response_unsatisfied_range(struct buf *out, uint64_t whole)
{
    buf_add(out, SLICE("Content-Range: bytes */"));
    buf_add_number(out, whole);
    buf_add(out, SLICE("\r\n"));
}

void response_end(struct buf *out)
{
    buf_add(out, SLICE("\r\n"));
}
