/* The character classes of HTTP, one table entry for each byte. */
#include "http/chars.h"

#define VISIBLE (CHAR_TEXT | CHAR_TARGET)
#define EVERY (VISIBLE | CHAR_TOKEN | CHAR_HOST)

const unsigned char char_classes[256] = {
    ['\t'] = CHAR_TEXT,
    [' '] = CHAR_TEXT,
    ['0' ... '9'] = EVERY,
    ['A' ... 'Z'] = EVERY,
    ['a' ... 'z'] = EVERY,
    ['!'] = EVERY,
    ['$'] = EVERY,
    ['&'] = EVERY,
    ['\''] = EVERY,
    ['*'] = EVERY,
    ['+'] = EVERY,
    ['-'] = EVERY,
    ['.'] = EVERY,
    ['_'] = EVERY,
    ['~'] = EVERY,
    ['('] = VISIBLE | CHAR_HOST,
    [')'] = VISIBLE | CHAR_HOST,
    [','] = VISIBLE | CHAR_HOST,
    [';'] = VISIBLE | CHAR_HOST,
    ['='] = VISIBLE | CHAR_HOST,
    ['%'] = VISIBLE | CHAR_TOKEN,
    ['^'] = VISIBLE | CHAR_TOKEN,
    ['`'] = VISIBLE | CHAR_TOKEN,
    ['|'] = VISIBLE | CHAR_TOKEN,
    ['#'] = CHAR_TEXT | CHAR_TOKEN, /* Not in a target: a fragment is never sent (RFC 9110 4.2.5). */
    ['"'] = VISIBLE,
    ['/'] = VISIBLE,
    [':'] = VISIBLE,
    ['<'] = VISIBLE,
    ['>'] = VISIBLE,
    ['?'] = VISIBLE,
    ['@'] = VISIBLE,
    ['['] = VISIBLE,
    ['\\'] = VISIBLE,
    [']'] = VISIBLE,
    ['{'] = VISIBLE,
    ['}'] = VISIBLE,
    [0x80 ... 0xff] = VISIBLE, /* obs-text, and names that clients send without escapes */
};
