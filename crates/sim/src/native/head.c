typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef unsigned __int128 u128;
/* noipa: gcc 12 takes some functions that store only through restrict pointers for pure, and drops the calls. */
#define PART static void __attribute__((noinline, noipa))
#define ARGUMENTS const char*restrict s, char*restrict d, char*restrict t, const char*restrict p, const u64 m
/* No element of a loop reads what another one writes. */
#ifdef __clang__
#define FREE _Pragma("clang loop vectorize(assume_safety)")
#else
#define FREE _Pragma("GCC ivdep")
#endif
#define EACH(k, n) FREE for (long k = 0; k < n; k++)

static inline void w_add(u64*o, const u64*a, const u64*b, u32 n, u64 flip) {
  u64 carry = flip & 1;
  for (u32 k = 0; k < n; k++) {
    u128 sum = (u128)a[k] + (b[k] ^ flip) + carry;
    o[k] = (u64)sum;
    carry = (u64)(sum >> 64);
  }
}
static inline void w_mul(u64*o, const u64*a, const u64*b, u32 n) {
  for (u32 k = 0; k < n; k++) o[k] = 0;
  for (u32 k = 0; k < n; k++) {
    u64 carry = 0;
    for (u32 j = 0; j + k < n; j++) {
      u128 sum = (u128)a[k] * b[j] + o[j + k] + carry;
      o[j + k] = (u64)sum;
      carry = (u64)(sum >> 64);
    }
  }
}
static inline u32 w_less(const u64*a, const u64*b, u32 n, u32 is_signed) {
  u64 flip = (u64)is_signed << 63, x = a[n - 1] ^ flip, y = b[n - 1] ^ flip;
  for (u32 k = n - 1; k > 0 && x == y; k--) x = a[k - 1], y = b[k - 1];
  return x < y;
}
static inline void w_shl(u64*o, const u64*a, u32 n, u64 by, u32 is_signed) {
  u64 skip = by / 64, bits = by % 64;
  for (u32 k = 0; k < n; k++) {
    u64 here = k >= skip ? a[k - skip] << bits : 0;
    u64 below = bits && k > skip ? a[k - skip - 1] >> (64 - bits) : 0;
    o[k] = here | below;
  }
}
static inline void w_shr(u64*o, const u64*a, u32 n, u64 by, u32 is_signed) {
  u64 skip = by / 64, bits = by % 64, fill = is_signed ? (u64)((i64)a[n - 1] >> 63) : 0;
  for (u32 k = 0; k < n; k++) {
    u64 here = k + skip < n ? a[k + skip] : fill;
    u64 above = k + skip + 1 < n ? a[k + skip + 1] : fill;
    o[k] = bits ? here >> bits | above << (64 - bits) : here;
  }
}
/* Each of `count` bits over `granule` bits. */
static inline void w_spread(u64*o, const u64*bits, u32 count, u32 granule, u32 n) {
  for (u32 k = 0; k < n; k++) o[k] = 0;
  for (u32 i = 0; i < count; i++) {
    if (!(bits[i / 64] >> (i % 64) & 1)) continue;
    for (u32 at = i * granule, end = at + granule; at < end;) {
      u32 left = 64 - at % 64, size = left < end - at ? left : end - at;
      o[at / 64] |= (size == 64 ? ~0ull : (1ull << size) - 1) << at % 64;
      at += size;
    }
  }
}
/* Runs of elements: first, number. Elements whose lane of `z` is `on` get `value`; 1 when any changed. */
#define FORCE(bits) \
static u32 __attribute__((unused, noinline)) force##bits(u##bits*restrict q, const u32 (*runs)[2], const u64*values, u32 n, const u8*restrict z, u32 on) { \
  u32 changed = 0; \
  for (u32 k = 0; k < n; k++) { \
    u##bits value = (u##bits)values[k], any = 0; \
    for (u64 e = runs[k][0], end = e + runs[k][1]; e < end; e++) \
      EACH(l, L) { \
        u##bits old = q[e * L + l], v = z[l] == (u8)on ? value : old; \
        any |= old ^ v; \
        q[e * L + l] = v; \
      } \
    changed |= any != 0; \
  } \
  return changed; \
}
FORCE(8)
FORCE(16)
FORCE(32)
FORCE(64)
static u32 __attribute__((unused)) is_on(const u8*z, u32 on) {
  u32 any = 0;
  for (u32 l = 0; l < L; l++) any |= z[l] == on;
  return any;
}
