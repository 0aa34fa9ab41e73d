/* token (RFC 9110 5.6.2): what names are made of in HTTP. */
#pragma once

#include "base/slice.h"

bool token_ok(struct slice s);
