// The sum of many values without rounding, as digits of 32 bits. Meaning: gputme/ops/census/sum_exactly.py.
#include "tme.h"

TME_DEVICE void tme_put_digits(i64* words, i64 at, i64 low, i64 mid, i64 high) {
    if (low) TME_ADD(words + at, low);
    if (mid) TME_ADD(words + at + 1, mid);
    if (high) TME_ADD(words + at + 2, high);
}

TME_KERNEL sum_exactly(
    i64 n,             // values
    i64 parts,         // shares of them
    IN(real) values,   // [n]
    INOUT(i64) words)  // [67] digits, raised; the last counts what is not finite
{
    TME_FOR(part, parts) {
        i64 low = 0, mid = 0, high = 0, at = 0, lost = 0;  // neighbours are of similar size, as a rule
        TME_SLICE(i, n, part, parts) {
            i64 bits = tme_bits((f64)values[i]), exponent = (bits >> 52) & 0x7ff, m = bits & 0xfffffffffffffll;
            if (exponent == 0x7ff) lost++;
            if (exponent == 0x7ff || (exponent | m) == 0) continue;
            if (exponent) m |= 1ll << 52;
            i64 place = tme_max(exponent, (i64)1) - 1, word = place >> 5, shift = place & 31;
            i64 a = (m & 0xffffffffll) << shift, b = (m >> 32) << shift, sign = bits < 0 ? -1 : 1;
            if (word != at) {
                tme_put_digits(words, at, low, mid, high);
                at = word;
                low = mid = high = 0;
            }
            low += sign * (a & 0xffffffffll);
            mid += sign * ((a >> 32) + (b & 0xffffffffll));
            high += sign * (b >> 32);
        }
        tme_put_digits(words, at, low, mid, high);
        if (lost) TME_ADD(words + 66, lost);
    }
}
