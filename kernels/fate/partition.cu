// What division does to every column: copied, halved, or begun anew. Meaning: gputme/ops/fate/partition.py.
#include "tme.h"

// Half of a value, and what the mother keeps: of a whole number the larger half.
TME_DEVICE real tme_half(real v) { return tme_flush(v * (real)0.5); }
TME_DEVICE real tme_kept(real, real half) { return half; }
template <class T> TME_DEVICE T tme_half(T v) { return (T)(v >> 1); }
template <class T> TME_DEVICE T tme_kept(T v, T half) { return (T)(v - half); }

template <class T> TME_DEVICE void tme_divide(i32 law, T start, T* column, i64 mother, i64 daughter) {
    T old = column[mother], half = tme_half(old);
    switch (law) {
        case DIVISION_COPY: column[daughter] = old; break;
        case DIVISION_HALVE: column[daughter] = half; column[mother] = tme_kept(old, half); break;
        case DIVISION_RESET: column[daughter] = column[mother] = start; break;
        case DIVISION_BEGIN: column[daughter] = start; break;
    }
}

TME_KERNEL partition(
    i64 m,                    // cells that divide
    i64 n,                    // cells before: daughters stand behind them
    i64 reals,                // columns of each type
    i64 words,
    i64 octets,
    IN(i32) law,              // [reals + words + octets] columns.Division
    IN(f64) start,            // [reals + words + octets] what cells begin with
    IN(i64) mothers,          // [m] places of the cells that divide
    MANY(real) real_columns,  // [reals][n + m]
    MANY(i64) word_columns,   // [words][n + m]
    MANY(u8) byte_columns)    // [octets][n + m]
{
    TME_ROWS(c, reals + words + octets, m) {
        i64 word = c - reals, octet = word - words;
        TME_ALONG(k, c, m) {
            i64 i = mothers[k], d = n + k;
            if (word < 0) tme_divide(law[c], (real)start[c], real_columns[c], i, d);
            else if (octet < 0) tme_divide(law[c], (i64)start[c], word_columns[word], i, d);
            else tme_divide(law[c], (u8)start[c], byte_columns[octet], i, d);
        }
    }
}
