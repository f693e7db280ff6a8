// What a cell takes in that has eaten another, or fused with it: gputme/ops/interactions/swallow.py.
#include "interactions/meetings.h"
#include "neighbours/neighbours.h"

// The centre of both volumes along an axis that begins at `low`; w: its period, 0: walls.
TME_DEVICE real tme_middle(real mine, real other, real share, real low, real w) {
    real apart = w > 0 ? tme_nearest(mine - other, w) : mine - other, middle = mine - share * apart;
    if (w > 0 && middle < low) middle = middle + w;
    if (w > 0 && middle >= low + w) middle = middle - w;
    return middle;
}

TME_KERNEL swallow(
    i64 n,                       // cells
    i64 m,                       // actors
    i64 types,                   // cell types
    i64 stride,                  // length of a row of internal and custom
    i64 tracked,                 // rows of internal
    i64 customs,                 // rows of custom
    real lx, real ly, real lz,   // um, lower corner of the domain
    real wx, real wy, real wz,   // um, period of an axis; 0: walls
    IN(real) transferred,        // [types * tracked] share of what it held that one who is eaten hands over
    IN(u8) amount,               // [types * customs] 1: the variable is an amount
    IN(i64) actors,              // [m] cells
    IN(i64) when,                // [m] tick of the next event, or that it has just happened
    IN(i32) whom,                // [m] the other cell
    IN(u8) what,                 // [m] MEETING_
    IN(u8) type,                 // [n]
    INOUT(real) fluid,           // [n] um3
    INOUT(real) nuclear,         // [n] um3
    INOUT(real) cytoplasmic,     // [n] um3
    INOUT(real) nuclear_target,  // [n] um3
    INOUT(real) radius,          // [n] um
    INOUT(real) x,               // [n] um
    INOUT(real) y,               // [n] um
    INOUT(real) z,               // [n] um
    INOUT(real) internal,        // [tracked * stride] amounts held, row by row
    INOUT(real) custom)          // [customs * stride] custom variables, row by row
{
    TME_FOR(r, m) {
        if (when[r] != TME_AGAIN || (what[r] != MEETING_EAT && what[r] != MEETING_FUSE)) continue;
        i64 i = actors[r], j = whom[r], of = type[j];
        bool eats = what[r] == MEETING_EAT;
        if (eats) {
            fluid[i] = fluid[i] + fluid[j];
            cytoplasmic[i] = cytoplasmic[i] + (nuclear[j] + cytoplasmic[j]);
        } else {
            real mine = fluid[i] + nuclear[i] + cytoplasmic[i], others = fluid[j] + nuclear[j] + cytoplasmic[j];
            real share = others / (mine + others);
            x[i] = tme_middle(x[i], x[j], share, lx, wx);
            y[i] = tme_middle(y[i], y[j], share, ly, wy);
            z[i] = tme_middle(z[i], z[j], share, lz, wz);
            fluid[i] = fluid[i] + fluid[j];
            nuclear[i] = nuclear[i] + nuclear[j];
            cytoplasmic[i] = cytoplasmic[i] + cytoplasmic[j];
            nuclear_target[i] = nuclear_target[i] + nuclear_target[j];
        }
        radius[i] = (real)tme_radius((f64)fluid[i] + nuclear[i] + cytoplasmic[i]);
        for (i64 k = 0; k < tracked; k++) {
            real* row = internal + k * stride;
            real moved = row[j] * (eats ? transferred[of * tracked + k] : (real)1);
            row[i] = tme_flush(row[i] + moved);
            row[j] = tme_flush(row[j] - moved);
        }
        for (i64 c = 0; eats && c < customs; c++) {
            real* row = custom + c * stride;
            row[i] = tme_flush(row[i] + (amount[of * customs + c] ? row[j] : (real)0));
        }
    }
}
