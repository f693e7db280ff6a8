// Threads for the host backend. A launch is cut into parts. Every thread has a row of them, the same in each launch, so
// that what it wrote lies in its own cache, and goes on with those of the others: who wakes late, or was put aside by
// the system, does fewer, and nobody waits for a part that has not begun. Workers spin for a while after a launch, then
// sleep; waking them takes as long as a small launch, so one that finds them asleep runs alone.
// Plain C library only, so that any C++ compiler (also one from a wheel) builds it.
#include <pthread.h>
#include <sched.h>
#include <time.h>

typedef long long i64;
typedef unsigned long long u64;
typedef void (*Call)(u64* args, i64 part, i64 parts);

struct Launch {  // as it was prepared: packed once, run many times
    Call call;
    u64* args;
    i64 grains;   // work, in shares that are worth a thread's while
    i64 threads;  // that may take part, at most MAX_WORKERS + 1
};

enum { MAX_WORKERS = 255, PARTS_PER_THREAD = 4, MAX_PARTS = 1024, WAKE = 8, SPIN_NS = 40000 };

static pthread_mutex_t entry = PTHREAD_MUTEX_INITIALIZER;  // one launch at a time; a second one runs inline
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static u64 number = 0;  // of the launch
static i64 finished = 0, asleep = 0, workers = 0, calls = 0, threads_now = 1, parts_now = 1;
static struct { u64 next; char apart[56]; } row[MAX_WORKERS + 1];  // number << 32 | end of the row << 16 | next part
static Call call_now;
static u64* args_now;

#define LOAD(x) __atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define STORE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELEASE)

static inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#else
    __asm__ __volatile__("" ::: "memory");
#endif
}

static i64 now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// Take parts of a thread's row as long as there are any. What is read of a launch is used only if the row has not moved
// meanwhile, and a next launch is prepared only when all parts of the one before are finished.
static void take_row(i64 of) {
    for (;;) {
        u64 seen = LOAD(row[of].next);
        i64 end = (seen >> 16) & 0xffff, part = seen & 0xffff;
        if (part >= end) return;
        Call call = LOAD(call_now);
        u64* args = LOAD(args_now);
        i64 parts = LOAD(parts_now);
        if (!__atomic_compare_exchange_n(&row[of].next, &seen, seen + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
        call(args, part, parts);
        __atomic_fetch_add(&finished, 1, __ATOMIC_RELEASE);
    }
}

static void take_parts(i64 thread) {
    i64 threads = LOAD(threads_now);
    if (thread >= threads) return;
    take_row(thread);
    for (i64 k = 1; k < threads; k++) take_row((thread + k) % threads);
}

static void* work(void* which) {
    i64 worker = (i64)which, called = LOAD(calls) - 1;
    for (;;) {
        u64 launch = LOAD(number);
        take_parts(worker);
        i64 until = now() + SPIN_NS;
        do {
            for (int s = 0; s < 32 && LOAD(number) == launch; s++) relax();
        } while (LOAD(number) == launch && now() < until);
        if (LOAD(number) != launch) continue;
        pthread_mutex_lock(&lock);
        STORE(asleep, asleep + 1);
        while (called == calls) pthread_cond_wait(&wake, &lock);
        called = calls;
        STORE(asleep, asleep - 1);
        pthread_mutex_unlock(&lock);
    }
    return 0;
}

static void forget_workers() {  // a forked child has none of them
    workers = 0;
    asleep = 0;
    pthread_mutex_init(&entry, 0);
    pthread_mutex_init(&lock, 0);
    pthread_cond_init(&wake, 0);
}

static void grow(i64 wanted) {
    static bool registered = false;
    if (!registered) { pthread_atfork(0, 0, forget_workers); registered = true; }
    while (workers < wanted && workers < MAX_WORKERS) {
        pthread_t thread;
        if (pthread_create(&thread, 0, work, (void*)(workers + 1))) return;
        pthread_detach(thread);
        workers++;
    }
}

static void wake_all() {
    pthread_mutex_lock(&lock);
    calls++;
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&lock);
}

static void share(const Launch* launch) {
    u64 parts = launch->grains, most = PARTS_PER_THREAD * launch->threads;
    if (parts > most) parts = most;
    if (parts > MAX_PARTS) parts = MAX_PARTS;
    STORE(call_now, launch->call);
    STORE(args_now, launch->args);
    STORE(threads_now, launch->threads);
    STORE(parts_now, parts);
    STORE(finished, 0);
    u64 next = LOAD(number) + 1, threads = launch->threads;
    for (u64 t = 0; t < threads; t++)
        STORE(row[t].next, next << 32 | (parts * (t + 1) / threads) << 16 | parts * t / threads);
    STORE(number, next);
    if (launch->grains >= WAKE && LOAD(asleep)) wake_all();
    take_parts(0);
    for (i64 spins = 0; LOAD(finished) < (i64)parts; spins++) {
        if (spins < 1000) relax();
        else sched_yield();
    }
}

extern "C" void tme_again(const Launch* launch) {
    bool alone = launch->threads <= 1 || launch->grains <= 1;
    if (!alone) alone = launch->grains < WAKE && LOAD(asleep) >= LOAD(workers);
    if (alone || pthread_mutex_trylock(&entry)) { launch->call(launch->args, 0, 1); return; }
    grow(launch->threads - 1);
    share(launch);
    pthread_mutex_unlock(&entry);
}

extern "C" void tme_run(Call call, u64* args, i64 grains, i64 threads) {
    Launch launch = {call, args, grains, threads};
    tme_again(&launch);
}

// Several sequences of launches as one: a[0] of them, then where each one's launches stand and how many there are.
extern "C" void tme_chains(u64* a, i64 part, i64 parts) {
    for (i64 k = (i64)a[0] * part / parts; k < (i64)a[0] * (part + 1) / parts; k++) {
        const Launch* const* launches = (const Launch* const*)a[1 + 2 * k];
        for (u64 i = 0; i < a[2 + 2 * k]; i++) launches[i]->call(launches[i]->args, 0, 1);
    }
}

// What follows is worth waking the workers for, though each launch of it may not be.
static void be_awake(i64 threads) {
    if (pthread_mutex_trylock(&entry)) return;
    grow(threads - 1);
    if (LOAD(asleep)) wake_all();
    pthread_mutex_unlock(&entry);
}

// Launches in their order in each of several rounds. `slots`: where each launch has some of its arguments; `values`: of
// each round these arguments, and then the grains of each launch.
extern "C" void tme_repeat(Launch* const* launches, i64 count, u64* const* slots, i64 names, const u64* values, i64 rounds) {
    for (i64 r = 0; r < rounds; r++, values += names + count) {
        for (i64 l = 0; l < count; l++) {
            for (i64 k = 0; k < names; k++) *slots[l * names + k] = values[k];
            launches[l]->grains = (i64)values[names + l];
            tme_again(launches[l]);
        }
    }
}

extern "C" void tme_replay(const Launch* const* launches, i64 count) {
    i64 grains = 0;
    for (i64 i = 0; i < count && grains < WAKE; i++)
        if (launches[i]->threads > 1) grains += launches[i]->grains;
    if (grains >= WAKE) be_awake(launches[0]->threads);
    for (i64 i = 0; i < count; i++) tme_again(launches[i]);
}
