// Signals that a cell reads in itself, one row per signal that some rule uses: gputme/ops/rules/signals.py.
#include "behaviour.h"

TME_KERNEL signals(
    i64 n,                // cells
    i64 types,            // cell types
    i64 stride,           // length of a row
    i64 behaviours,       // behaviours of a type in table
    i64 wanted,           // how many signals
    real time,            // min
    i32 mechanics,        // 1: cells have a pressure; 0: it is 0
    i32 injury,           // 1: cells have a damage
    i32 attack,           // 1: cells may attack others
    i32 membrane,         // 1: there is a basement membrane
    IN(real) table,       // [types * behaviours]
    IN(i32) slot,         // [behaviours]
    IN(real) ruled,       // [1] row slot[b] holds stride values of behaviour b
    IN(i32) kind,         // [wanted] vocabulary.SignalKind; kinds that other operations fill are passed over
    IN(i32) index,        // [wanted] which custom variable, row of internal, or behaviour
    IN(i32) row,          // [wanted] row of sensed
    IN(u8) type,          // [n]
    IN(u8) death,         // [n]
    IN(real) fluid,       // [n] um3
    IN(real) nuclear,     // [n] um3
    IN(real) cytoplasmic, // [n] um3
    IN(real) pressure,    // [mechanics * n]
    IN(real) damage,      // [injury * n]
    IN(real) attacking,   // [attack * n] share of the last step for which it held others
    IN(real) delivered,   // [attack * n] damage done to others
    IN(i64) attack_time,  // [attack * n] ticks
    IN(real) touch,       // [membrane * n] integrity of the basement membrane that it touches
    IN(real) internal,    // [1] rows of internal amounts
    IN(real) custom,      // [1] rows of custom variables
    INOUT(real) sensed)   // [1] rows of signals
{
    TME_FOR(i, n) {
        real volume = fluid[i] + nuclear[i] + cytoplasmic[i];
        for (i64 w = 0; w < wanted; w++) {
            real value;
            switch (kind[w]) {
                case SIGNAL_INTERNAL: value = internal[index[w] * stride + i] / tme_max(volume, (real)1e-30); break;
                case SIGNAL_PRESSURE: value = mechanics ? pressure[i] : (real)0; break;
                case SIGNAL_VOLUME: value = volume; break;
                case SIGNAL_DAMAGE: value = injury ? damage[i] : (real)0; break;
                case SIGNAL_ATTACKING: value = attack ? attacking[i] : (real)0; break;
                case SIGNAL_DAMAGE_DELIVERED: value = attack ? delivered[i] : (real)0; break;
                case SIGNAL_ATTACK_TIME:
                    value = attack ? (real)((f64)attack_time[i] * (1.0 / TME_TICKS)) : (real)0;
                    break;
                case SIGNAL_MEMBRANE: value = membrane ? touch[i] : (real)0; break;
                case SIGNAL_IMMUNOGENICITY:
                    value = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], index[w], i);
                    break;
                case SIGNAL_DEAD: value = death[i] != ALIVE; break;
                case SIGNAL_APOPTOTIC: value = death[i] == APOPTOTIC; break;
                case SIGNAL_NECROTIC: value = death[i] >= NECROTIC; break;
                case SIGNAL_TIME: value = time; break;
                case SIGNAL_CUSTOM: value = custom[index[w] * stride + i]; break;
                default: continue;
            }
            sensed[row[w] * stride + i] = tme_flush(value);
        }
    }
}
