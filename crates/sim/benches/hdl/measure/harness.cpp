// Reads numbers of cycles, runs them, writes seconds of processor time and a check of the outputs.
// The stimulus is that of `Stimulus` in arrays.rs.
#include "Varray.h"
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <ctime>

template <class T> void set(T& port, const uint64_t* limbs) { port = T(limbs[0]); }
template <std::size_t N> void set(VlWide<N>& port, const uint64_t* limbs) {
  for (std::size_t k = 0; k < N; k++) port[k] = uint32_t(limbs[k / 2] >> (k % 2 * 32));
}
template <std::size_t N> uint64_t low(const VlWide<N>& port) { return port[0] | uint64_t(port[1]) << 32; }

template <class T> void set_cut(T& port, uint64_t value, int bits) {
  const uint64_t limbs[8] = {bits < 64 ? value & ((1ull << bits) - 1) : value};
  set(port, limbs);
}

int main() {
  Varray model;
  uint64_t random = 1, check = 0, limbs[8];
  long cycle = 0, count;
  model.rst_n = 0;
  model.clk = 0;
  model.eval();
  model.rst_n = 1;
  while (std::scanf("%ld", &count) == 1) {
    const std::clock_t start = std::clock();
    for (long k = 0; k < count; k++, cycle++) {
      random = random * 0x5851f42d4c957f2dull + 1;
      for (int i = 0; i < (SIDE + 7) / 8; i++) limbs[i] = i ? random << 7 * i | random >> (64 - 7 * i) : random;
      set(model.acts, limbs);
      set(model.weights, limbs);
      set_cut(model.plane, random >> 5, SIDE);
      set_cut(model.load, cycle % SIDE ? 0 : random, 2 * SIDE);
      model.clk = 0;
      model.eval();
      model.clk = 1;
      model.eval();
      check = (check << 1 | check >> 63) ^ low(model.sums);
    }
    std::printf("%f %" PRIx64 "\n", double(std::clock() - start) / CLOCKS_PER_SEC, check);
    std::fflush(stdout);
  }
}
