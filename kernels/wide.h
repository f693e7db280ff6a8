// Included first by kernels that are bound by arithmetic: where the CPU has vectors of 512 bits, GCC uses them, which of
// itself stops at 256, and gathers what lies apart, which it leaves where it does not know the CPU (it is older than it):
// loops that look up voxels would be no vector loops then. Bits are the same. Other compilers pass over it.
#ifdef __AVX512F__
#pragma GCC target("prefer-vector-width=512,tune=skylake-avx512")
#endif
