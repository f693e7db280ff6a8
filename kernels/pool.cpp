// Threads for the host backend: part 0 runs in the caller, the rest in workers that spin briefly, then sleep.
// Plain C library only, so that any C++ compiler (also one from a wheel) builds it.
#include <pthread.h>
#include <unistd.h>

typedef long long i64;
typedef unsigned long long u64;
typedef void (*Call)(u64* args, i64 part, i64 parts);

enum { MAX_WORKERS = 255, SPINS = 4000 };

static pthread_mutex_t entry = PTHREAD_MUTEX_INITIALIZER;  // one launch at a time; a second one runs inline
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static i64 generation = 0, running = 0, asleep = 0, workers = 0, parts_now = 1;
static Call call_now;
static u64* args_now;

static void* work(void* which) {
    i64 part = (i64)which, seen = __atomic_load_n(&generation, __ATOMIC_ACQUIRE) - 1;
    for (;;) {
        for (int s = 0; s < SPINS && __atomic_load_n(&generation, __ATOMIC_ACQUIRE) == seen; s++)
            __asm__ __volatile__("" ::: "memory");
        if (__atomic_load_n(&generation, __ATOMIC_ACQUIRE) == seen) {
            pthread_mutex_lock(&lock);
            asleep++;
            while (generation == seen) pthread_cond_wait(&wake, &lock);
            asleep--;
            pthread_mutex_unlock(&lock);
        }
        seen = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
        if (part < parts_now) {
            call_now(args_now, part, parts_now);
            __atomic_fetch_sub(&running, 1, __ATOMIC_ACQ_REL);
        }
    }
    return 0;
}

static void forget_workers() {  // a forked child has none of them
    workers = 0;
    running = asleep = 0;
    pthread_mutex_init(&entry, 0);
    pthread_mutex_init(&lock, 0);
    pthread_cond_init(&wake, 0);
}

static bool grow(i64 wanted) {
    static bool registered = false;
    if (!registered) { pthread_atfork(0, 0, forget_workers); registered = true; }
    while (workers < wanted && workers < MAX_WORKERS) {
        pthread_t thread;
        if (pthread_create(&thread, 0, work, (void*)(workers + 1))) return false;
        pthread_detach(thread);
        workers++;
    }
    return workers >= wanted;
}

extern "C" void tme_run(Call call, u64* args, i64 parts) {
    if (parts <= 1 || pthread_mutex_trylock(&entry)) { call(args, 0, 1); return; }
    if (!grow(parts - 1)) parts = workers + 1;
    call_now = call;
    args_now = args;
    parts_now = parts;
    __atomic_store_n(&running, parts - 1, __ATOMIC_RELEASE);
    pthread_mutex_lock(&lock);
    __atomic_fetch_add(&generation, 1, __ATOMIC_ACQ_REL);
    if (asleep) pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&lock);
    call(args, 0, parts);
    for (int s = 0; __atomic_load_n(&running, __ATOMIC_ACQUIRE); s++)
        if (s > SPINS) usleep(20);
    pthread_mutex_unlock(&entry);
}

struct Launch {  // as it was prepared: packed once, run many times
    Call call;
    u64* args;
    i64 parts;
};

extern "C" void tme_again(const Launch* launch) { tme_run(launch->call, launch->args, launch->parts); }

extern "C" void tme_replay(const Launch* const* launches, i64 count) {
    for (i64 i = 0; i < count; i++) tme_again(launches[i]);
}
