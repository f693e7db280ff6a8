// Included first by kernels that are bound by arithmetic: where the CPU has vectors of 512 bits, GCC uses them, which of
// itself stops at 256. Bits are the same. Other compilers pass over it.
#ifdef __AVX512F__
#pragma GCC target("prefer-vector-width=512")
#endif
