// Signals that a cell reads in itself, one row per signal that some rule uses: gputme/ops/signals.py.
#include "tme.h"

TME_KERNEL signals(
    i64 n,                // cells
    i64 stride,           // length of a row
    i64 wanted,           // how many signals
    real time,            // min
    IN(i32) kind,         // [wanted] columns.SignalKind; kinds that other operations fill are passed over
    IN(i32) index,        // [wanted] which custom variable or row of internal
    IN(i32) row,          // [wanted] row of sensed
    IN(u8) death,         // [n]
    IN(real) fluid,       // [n] um3
    IN(real) nuclear,     // [n] um3
    IN(real) cytoplasmic, // [n] um3
    IN(real) pressure,    // [n]
    IN(real) damage,      // [n]
    IN(real) internal,    // [1] rows of internal amounts
    IN(real) custom,      // [1] rows of custom variables
    INOUT(real) sensed)   // [1] rows of signals
{
    enum {  // columns.SignalKind
        INTERNAL = 2, PRESSURE = 3, VOLUME = 4, DAMAGE = 11, DEAD = 12, APOPTOTIC = 13, NECROTIC = 14,
        TIME = 15, CUSTOM = 16
    };
    TME_FOR(i, n) {
        real volume = fluid[i] + nuclear[i] + cytoplasmic[i];
        for (i64 w = 0; w < wanted; w++) {
            real value;
            switch (kind[w]) {
                case INTERNAL: value = internal[index[w] * stride + i] / tme_max(volume, (real)1e-30); break;
                case PRESSURE: value = pressure[i]; break;
                case VOLUME: value = volume; break;
                case DAMAGE: value = damage[i]; break;
                case DEAD: value = death[i] != 0; break;
                case APOPTOTIC: value = death[i] == 1; break;
                case NECROTIC: value = death[i] >= 2; break;
                case TIME: value = time; break;
                case CUSTOM: value = custom[index[w] * stride + i]; break;
                default: continue;
            }
            sensed[row[w] * stride + i] = tme_flush(value);
        }
    }
}
