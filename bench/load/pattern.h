/* The content of the served files: bytes that depend on the offset and the file, so that a wrong offset
 * cannot pass. */
#pragma once

#include <stdint.h>

static inline uint64_t pattern_word(uint64_t file, uint64_t index)
{
    return (index + 1) * 0x9E3779B97F4A7C15u + file * 0xC2B2AE3D27D4EB4Fu;
}

static inline unsigned char pattern_byte(uint64_t file, uint64_t at)
{
    return (unsigned char)(pattern_word(file, at / 8) >> (at % 8 * 8));
}
