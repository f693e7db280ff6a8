// Cells move into the places of those that are gone, in every column: gputme/ops/fate/refill.py.
#include "tme.h"

TME_KERNEL refill(
    i64 m,                   // cells that are gone
    i64 n,                   // cells before
    i64 longs,               // columns of 8 bytes a value
    i64 words,               // of 4
    i64 octets,              // of 1
    IN(i64) gone,            // [m] places
    IN(i64) stay,            // [m] places; one that is in both stands at the same index
    MANY(u64) long_columns,  // [longs][n]
    MANY(u32) word_columns,  // [words][n]
    MANY(u8) byte_columns)   // [octets][n]
{
    TME_ROWS(c, longs + words + octets, m) {
        i64 word = c - longs, octet = word - words;
        TME_ALONG(k, c, m) {
            i64 to = gone[k], from = stay[k];
            if (word < 0) long_columns[c][to] = long_columns[c][from];
            else if (octet < 0) word_columns[word][to] = word_columns[word][from];
            else byte_columns[octet][to] = byte_columns[octet][from];
        }
    }
}
