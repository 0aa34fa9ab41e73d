/* What every unit test includes first: cmocka, which wants these four in front of it. */
#pragma once

/* clang-format off: the order matters. */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format on */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
