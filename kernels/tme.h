// The kernel dialect (see README.md in this folder): one source, two compilers.
// NVRTC turns it into CUDA, any host C++ compiler into a shared library. No system headers: NVRTC has none.
#ifndef TME_H
#define TME_H

#ifndef TME_REAL
#define TME_REAL float
#endif

typedef unsigned char u8;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
typedef double f64;
typedef TME_REAL real;

#include "numbers.h"

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)  // ------------------------------------------------ CUDA

#define TME_KERNEL extern "C" __global__ void
#define TME_DEVICE static __device__ __forceinline__
#define TME_CONSTANT static __device__ const
#define TME_RESTRICT __restrict__
#define TME_TID_ ((i64)blockIdx.x * blockDim.x + threadIdx.x)
#define TME_THREADS_ ((i64)gridDim.x * blockDim.x)

#define TME_FOR(i, n) for (i64 i = TME_TID_; i < (n); i += TME_THREADS_)
#define TME_ROWS(row, rows, nx)                                                                         \
    for (i64 t_ = TME_TID_, row = 0; t_ < (i64)(rows) * (nx) && (row = t_ / (nx), true); t_ += TME_THREADS_)
#define TME_ALONG(x, row, nx) for (i64 x = t_ - (row) * (nx), once_ = 1; once_; once_ = 0)
#define TME_LINES(block, n) for (i64 block = TME_TID_; block < (n); block += TME_THREADS_)
#define TME_LANE(line, block, n) for (i64 line = block, once_ = 1; once_; once_ = 0)
#define TME_EACH(q, count) for (i64 q = 0; q < (count); q++)
#define TME_LANES 1
#define TME_SLICE(v, n, part, parts) for (i64 v = part; v < (n); v += (parts))
#define TME_ROWS_OF(row, rows, nx, part, parts)                                                         \
    for (i64 t_ = part, row = 0; t_ < (i64)(rows) * (nx) && (row = t_ / (nx), true); t_ += (parts))
#define TME_ALONE false
#define TME_SOON(p) ((void)0)
#define TME_ADD(p, v) atomicAdd((u64*)(p), (u64)(i64)(v))
#define TME_FETCH_ADD(p, v) ((i64)atomicAdd((u64*)(p), (u64)(i64)(v)))
// a plain look first: most values are no new maximum, and an atomic on one address costs every thread
#define TME_MAX(p, v) tme_max_((p), (v))

TME_DEVICE void tme_max_(i64* p, i64 v) { if (*(volatile i64*)p < v) atomicMax(p, v); }
TME_DEVICE void tme_max_(i32* p, i32 v) { if (*(volatile i32*)p < v) atomicMax(p, v); }
TME_DEVICE i64 tme_bits(f64 x) { return __double_as_longlong(x); }
TME_DEVICE f64 tme_from_bits(i64 b) { return __longlong_as_double(b); }
TME_DEVICE i32 tme_lowest(u32 bits) { return __ffs((int)bits) - 1; }
TME_DEVICE f64 tme_floor(f64 x) { return floor(x); }
TME_DEVICE f64 tme_sqrt(f64 x) { return sqrt(x); }
TME_DEVICE float tme_sqrt(float x) { return sqrtf(x); }

#else  // ------------------------------------------------------------------------------------ host C++

#define TME_HOST
#define TME_KERNEL extern "C" void
#define TME_DEVICE static inline __attribute__((always_inline))
#define TME_CONSTANT static const
#define TME_RESTRICT __restrict__

static thread_local i64 tme_part = 0, tme_parts = 1;  // which contiguous share of the loop is ours
static inline i64 tme_lo(i64 n) { return n * tme_part / tme_parts; }
static inline i64 tme_hi(i64 n) { return n * (tme_part + 1) / tme_parts; }

#if defined(__clang__)
#define TME_VECTOR _Pragma("clang loop vectorize(assume_safety)")
#else
#define TME_VECTOR _Pragma("GCC ivdep")
#endif

#ifdef TME_REVERSE  // a kernel's loop in reverse must change nothing: a cheap race detector for the tests
#define TME_FOR(i, n) for (i64 i = tme_hi(n) - 1, e_ = tme_lo(n); i >= e_; i--)
#define TME_ROWS(row, rows, nx) TME_FOR(row, rows)
#define TME_ALONG(x, row, nx) for (i64 x = (nx) - 1; x >= 0; x--)
#define TME_ROWS_OF(row, rows, nx, part, parts)                                                         \
    for (i64 row = (rows) * ((part) + 1) / (parts) - 1, o_ = (rows) * (part) / (parts); row >= o_; row--)
#else
#define TME_FOR(i, n) for (i64 i = tme_lo(n), e_ = tme_hi(n); i < e_; i++)
// Voxels row by row: what holds for a row stands before the inner loop, which vectorises.
#define TME_ROWS(row, rows, nx) TME_FOR(row, rows)
#define TME_ALONG(x, row, nx) TME_VECTOR for (i64 x = 0; x < (nx); x++)
#define TME_ROWS_OF(row, rows, nx, part, parts)                                                         \
    for (i64 row = (rows) * (part) / (parts), o_ = (rows) * ((part) + 1) / (parts); row < o_; row++)
#endif
// Many lines at once: the recurrence runs along a line, the vector across a block of neighbouring lines.
#define TME_BLOCK 256
#define TME_LANES TME_BLOCK  // the size of an array with one element per lane of a block
#define TME_LINES(block, n)                                                                             \
    for (i64 b_ = tme_lo(((n) + TME_BLOCK - 1) / TME_BLOCK),                                            \
             e_ = tme_hi(((n) + TME_BLOCK - 1) / TME_BLOCK), block = b_ * TME_BLOCK;                    \
         b_ < e_; b_++, block += TME_BLOCK)
#define TME_LANE(line, block, n)                                                                        \
    TME_VECTOR for (i64 line = block; line < ((block) + TME_BLOCK < (n) ? (block) + TME_BLOCK : (n)); line++)
// The items that a block has gathered into arrays of TME_LANES elements, computed many at once.
#define TME_EACH(q, count) TME_VECTOR for (i64 q = 0; q < (count); q++)
#define TME_SLICE(v, n, part, parts)                                                                    \
    for (i64 v = (n) * (part) / (parts); v < (n) * ((part) + 1) / (parts); v++)

TME_DEVICE void tme_add_(i64* p, i64 v) {
    if (tme_parts > 1) __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
    else *p += v;
}
TME_DEVICE i64 tme_fetch_add_(i64* p, i64 v) {
    if (tme_parts > 1) return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
    i64 old = *p;
    *p = old + v;
    return old;
}
template <class T> TME_DEVICE void tme_raise_(T* p, T v) {
    T seen = __atomic_load_n(p, __ATOMIC_RELAXED);
    while (seen < v && !__atomic_compare_exchange_n(p, &seen, v, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}
TME_DEVICE void tme_max_(i64* p, i64 v) { tme_raise_(p, v); }
TME_DEVICE void tme_max_(i32* p, i32 v) { tme_raise_(p, v); }
#define TME_SOON(p) __builtin_prefetch(p)  // what is read TME_AHEAD items from here, out of order
#define TME_ALONE (tme_parts == 1)  // no other thread adds: asked once, before a loop, it makes additions plain ones
#define TME_ADD(p, v) tme_add_((i64*)(p), (i64)(v))
#define TME_FETCH_ADD(p, v) tme_fetch_add_((p), (i64)(v))
#define TME_MAX(p, v) tme_max_((p), (v))

TME_DEVICE i64 tme_bits(f64 x) { i64 b; __builtin_memcpy(&b, &x, 8); return b; }
TME_DEVICE f64 tme_from_bits(i64 b) { f64 x; __builtin_memcpy(&x, &b, 8); return x; }
TME_DEVICE i32 tme_lowest(u32 bits) { return __builtin_ctz(bits); }  // place of the lowest set bit
TME_DEVICE f64 tme_floor(f64 x) { return __builtin_floor(x); }
TME_DEVICE f64 tme_sqrt(f64 x) { return __builtin_sqrt(x); }
TME_DEVICE float tme_sqrt(float x) { return __builtin_sqrtf(x); }

#endif  // ------------------------------------------------------------------------------------- common

#define IN(T) const T* TME_RESTRICT
#define OUT(T) T* TME_RESTRICT
#define INOUT(T) T* TME_RESTRICT
#define MANY(T) T* const* TME_RESTRICT

#define TME_AHEAD 16

template <class T> TME_DEVICE T tme_min(T a, T b) { return b < a ? b : a; }
template <class T> TME_DEVICE T tme_max(T a, T b) { return a < b ? b : a; }
template <class T> TME_DEVICE T tme_clamp(T x, T lo, T hi) { return x < lo ? lo : (hi < x ? hi : x); }

// Floor of every value that is written: GPUs flush denormals, hosts do not, so what is negligible becomes 0.
TME_DEVICE real tme_flush(real x) { return x < (real)1e-30 && x > (real)-1e-30 ? (real)0 : x; }

// A whole number below 2^51 in size, as such: unlike a cast, host compilers do it for many at once.
TME_DEVICE i64 tme_whole(f64 x) { return tme_bits(x + 6755399441055744.0) - tme_bits(6755399441055744.0); }

// Fixed-point: floats are never added by atomics or in an order that depends on threads. `unit` is a power of
// two, so the product is exact and the sum of integers does not depend on order.
TME_DEVICE i64 tme_fixed(f64 x, f64 per_unit) { return (i64)tme_floor(x * per_unit + 0.5); }

#endif
