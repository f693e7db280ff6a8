// Numbers shared with Python, written by `python -m gputme.numbering`: change the tables there, not this.
#ifndef TME_NUMBERS_H
#define TME_NUMBERS_H

#define TME_TICKS 1024  // ticks of the clock per minute
#define TME_NEVER 4611686018427387903ll  // a tick that no run reaches
#define TME_PHASES 6  // most phases of a cell cycle
#define TME_QUANTA 4294967296.0  // of a full voxel, or of 1/min, in what sums over voxels count in

enum {  // behaviours of a cell (gputme/vocabulary.py); B_EXIT + phase
    B_APOPTOSIS = 0, B_NECROSIS = 1, B_SPEED = 2, B_BIAS = 3, B_PERSISTENCE = 4, B_ADHESION = 5,
    B_REPULSION = 6, B_REACH = 7, B_MOVABLE = 8, B_DAMAGE_RATE = 9, B_DAMAGE_REPAIR = 10, B_ELASTIC = 11,
    B_ATTACHMENT = 12, B_DETACHMENT = 13, B_ATTACHMENTS = 14, B_ATTACK_DAMAGE = 15, B_ATTACK_DURATION = 16,
    B_ATTACK_HITS = 17, B_ATTACK_EFFECT = 18, B_EAT_DEAD = 19, B_EAT_APOPTOTIC = 20, B_EAT_NECROTIC = 21,
    B_EAT_OTHER = 22, B_ECM_PRODUCTION = 23, B_ECM_TARGET = 24, B_ECM_DEGRADATION = 25, B_ECM_ALIGNMENT = 26,
    B_ECM_ORDERING = 27, B_ECM_CROSSLINKING = 28, B_GUIDANCE = 29, B_HAPTOTAXIS = 30, B_POROSITY = 31,
    B_MEMBRANE_ADHESION = 32, B_MEMBRANE_REPULSION = 33, B_MEMBRANE_DEGRADATION = 34, B_EXIT = 35,
};
enum {  // behaviours towards a substrate, from its first
    B_SECRETION = 0, B_TARGET = 1, B_UPTAKE = 2, B_EXPORT = 3, B_RESPONSE = 4,
};
enum {  // what a rule can sense (gputme/vocabulary.py)
    SIGNAL_SUBSTRATE = 0, SIGNAL_GRADIENT = 1, SIGNAL_INTERNAL = 2, SIGNAL_PRESSURE = 3, SIGNAL_VOLUME = 4,
    SIGNAL_CONTACT_TYPE = 5, SIGNAL_CONTACT_LIVE = 6, SIGNAL_CONTACT_DEAD = 7, SIGNAL_CONTACT_APOPTOTIC = 8,
    SIGNAL_CONTACT_NECROTIC = 9, SIGNAL_CONTACT_OTHER_DEAD = 10, SIGNAL_DAMAGE = 11, SIGNAL_DEAD = 12,
    SIGNAL_APOPTOTIC = 13, SIGNAL_NECROTIC = 14, SIGNAL_TIME = 15, SIGNAL_CUSTOM = 16,
    SIGNAL_CONTACT_SUM = 17, SIGNAL_CONTACT_MEAN = 18, SIGNAL_DERIVED = 19, SIGNAL_ATTACKING = 20,
    SIGNAL_DAMAGE_DELIVERED = 21, SIGNAL_ATTACK_TIME = 22, SIGNAL_IMMUNOGENICITY = 23,
    SIGNAL_ECM_DENSITY = 24, SIGNAL_ECM_ANISOTROPY = 25, SIGNAL_ECM_CROSSLINK = 26, SIGNAL_MEMBRANE = 27,
    SIGNAL_HELD = 28,
};
enum {  // state of a cell (gputme/columns.py)
    ALIVE = 0, APOPTOTIC = 1, NECROTIC = 2, LYSED = 3,
};
enum {  // what one cell may do to another (gputme/columns.py)
    MEETING_SEIZE = 1, MEETING_RELEASE = 2, MEETING_HIT = 3, MEETING_EAT = 4, MEETING_FUSE = 5,
};
enum {  // what cells do to the matrix (gputme/voxels.py)
    DEED_RATE = 0, DEED_PULL = 1, DEED_WEAR = 2, DEED_TURN_X = 3, DEED_TURN_Y = 4, DEED_TURN_Z = 5,
    DEED_ORDER = 6, DEED_LINK = 7,
};
enum {  // how a cell is counted (gputme/columns.py)
    STATE_PROLIFERATING = 0, STATE_QUIESCENT = 1, STATE_NON_CYCLING = 2, STATE_APOPTOTIC = 3,
    STATE_NECROTIC = 4,
};
enum {  // what division does to a column (gputme/columns.py)
    DIVISION_COPY = 0, DIVISION_HALVE = 1, DIVISION_RESET = 2, DIVISION_BEGIN = 3, DIVISION_OWN = 4,
};
enum {  // what a random number is drawn for (gputme/rng.py)
    STREAM_MOTILITY = 1, STREAM_FATE = 2, STREAM_DIVISION = 3, STREAM_INHERIT = 4, STREAM_PLACE = 5,
    STREAM_TRIAL = 6, STREAM_RECRUIT = 7, STREAM_MEET = 8, STREAM_BIND = 9, STREAM_MATRIX = 10,
    STREAM_VESSEL = 11, STREAM_CASCADE = 12, STREAM_MUTATE = 13, STREAM_LATTICE = 14, STREAM_BIOPSY = 15,
};

#endif
