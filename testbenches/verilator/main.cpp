// Stand-alone Verilator bench of @TOP@: runs one command stream and compares all of external memory
// with the image that the golden model left. Generated; needs only Verilator, a C++ compiler and make.
//
//   memory.bin    external memory before the job (commands, weights, parameters, input), from address 0
//   expected.bin  external memory after it
//   job.h         where the ring lies, where the job reads and writes, how long it may take
//
// A breach of AXI4 on the core's port ends the bench, too: axi_checker.h.
//
// Options: --latency N (cycles from AR to first R, from last W to B), --stall P (probability 0..1 that a
// channel holds in a cycle), --seed S, --waves FILE.vcd (build with `make WAVES=1`).
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "V@TOP@.h"
#include "@HEADER@"
#include "axi_checker.h"
#include "job.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif

namespace {

constexpr unsigned kBusBytes = @BUS_BYTES@;
constexpr uint8_t kDecodeError = 3;

struct Options {
  unsigned latency = 1;
  double stall = 0.0;
  unsigned seed = 1;
  const char* waves = nullptr;
};

std::vector<uint8_t> read_file(const char* name) {
  FILE* file = std::fopen(name, "rb");
  if (!file) {
    std::fprintf(stderr, "cannot open %s (run from the tb folder)\n", name);
    std::exit(2);
  }
  std::vector<uint8_t> bytes;
  int c;
  while ((c = std::fgetc(file)) != EOF) bytes.push_back(uint8_t(c));
  std::fclose(file);
  return bytes;
}

// An AXI4 memory: one address and one beat per cycle and channel, answers in order.
class Memory {
 public:
  Memory(std::vector<uint8_t> bytes, const Options& options)
      : bytes_(std::move(bytes)), options_(options), random_(options.seed) {}

  const std::vector<uint8_t>& bytes() const { return bytes_; }

  void drive(V@TOP@& top) {
    top.m_axi_arready = !hold();
    top.m_axi_awready = !hold();
    top.m_axi_wready = !hold() && !writes_.empty();
    const bool hold_r = hold(), hold_b = hold();
    r_valid_ = r_valid_ || (!hold_r && !reads_.empty() && reads_.front().due <= now_);
    b_valid_ = b_valid_ || (!hold_b && !responses_.empty() && responses_.front().due <= now_);
    top.m_axi_rvalid = r_valid_;
    if (r_valid_) {
      const Read& r = reads_.front();
      top.m_axi_rid = r.id;
      top.m_axi_rresp = r.resp;
      top.m_axi_rlast = r.last;
      std::memcpy(&top.m_axi_rdata, r.data, kBusBytes);
    }
    top.m_axi_bvalid = b_valid_;
    if (b_valid_) {
      top.m_axi_bid = responses_.front().id;
      top.m_axi_bresp = responses_.front().resp;
    }
  }

  void clock(const V@TOP@& top) {
    if (top.m_axi_arvalid && top.m_axi_arready) take_ar(top);
    if (top.m_axi_awvalid && top.m_axi_awready)
      writes_.push_back({top.m_axi_awaddr, top.m_axi_awlen, uint8_t(top.m_axi_awid), 0});
    if (top.m_axi_wvalid && top.m_axi_wready) take_w(top);
    if (r_valid_ && top.m_axi_rready) {
      reads_.pop_front();
      r_valid_ = false;
    }
    if (b_valid_ && top.m_axi_bready) {
      responses_.pop_front();
      b_valid_ = false;
    }
    ++now_;
  }

 private:
  struct Read {
    uint64_t due;
    uint8_t id, resp;
    bool last;
    uint8_t data[kBusBytes];
  };
  struct Write {
    uint64_t addr, beats_left;
    uint8_t id, resp;
  };
  struct Response {
    uint64_t due;
    uint8_t id, resp;
  };

  bool hold() { return options_.stall > 0 && unit_(random_) < options_.stall; }

  bool inside(uint64_t addr) const {
    return addr <= bytes_.size() && bytes_.size() - addr >= kBusBytes;
  }

  void take_ar(const V@TOP@& top) {
    const unsigned beats = top.m_axi_arlen + 1u;
    for (unsigned i = 0; i < beats; ++i) {
      const uint64_t addr = uint64_t(top.m_axi_araddr) + uint64_t(i) * kBusBytes;
      Read r{now_ + options_.latency, uint8_t(top.m_axi_arid), 0, i + 1 == beats, {}};
      if (inside(addr)) {
        std::memcpy(r.data, &bytes_[addr], kBusBytes);
      } else {
        r.resp = kDecodeError;
      }
      reads_.push_back(r);
    }
  }

  void take_w(const V@TOP@& top) {
    Write& w = writes_.front();
    uint8_t data[kBusBytes];
    std::memcpy(data, &top.m_axi_wdata, kBusBytes);
    if (inside(w.addr)) {
      for (unsigned i = 0; i < kBusBytes; ++i)
        if (uint64_t(top.m_axi_wstrb) >> i & 1) bytes_[w.addr + i] = data[i];
    } else {
      w.resp = kDecodeError;
    }
    w.addr += kBusBytes;
    if (w.beats_left-- == 0) {
      responses_.push_back({now_ + options_.latency, w.id, w.resp});
      writes_.pop_front();
    }
  }

  std::vector<uint8_t> bytes_;
  Options options_;
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> unit_{0.0, 1.0};
  uint64_t now_ = 0;
  bool r_valid_ = false, b_valid_ = false;
  std::deque<Read> reads_;
  std::deque<Write> writes_;
  std::deque<Response> responses_;
};

class Bench {
 public:
  Bench(VerilatedContext& context, const Options& options)
      : top_(&context), memory_(read_file("memory.bin"), options) {
#if VM_TRACE
    if (options.waves) {
      context.traceEverOn(true);
      top_.trace(&waves_, 99);
      waves_.open(options.waves);
      tracing_ = true;
    }
#else
    if (options.waves) std::fprintf(stderr, "--waves: build with `make WAVES=1`\n");
#endif
    // Nothing is asked of the core before the first access, whatever its inputs were initialised to.
    top_.s_axil_awvalid = top_.s_axil_wvalid = top_.s_axil_bready = 0;
    top_.s_axil_arvalid = top_.s_axil_rready = 0;
    top_.s_axil_awprot = top_.s_axil_arprot = 0;
    top_.rst_n = 0;
    for (int i = 0; i < 4; ++i) cycle();
    top_.rst_n = 1;
    cycle();
  }

  ~Bench() {
    close();
    top_.final();
  }

  const std::vector<uint8_t>& memory() const { return memory_.bytes(); }
  uint64_t now() const { return now_; }

  // Returns the cycle in which the data were taken.
  uint64_t write(uint32_t addr, uint32_t value) {
    top_.s_axil_awaddr = addr;
    top_.s_axil_wdata = value;
    top_.s_axil_wstrb = 0xf;
    top_.s_axil_awvalid = top_.s_axil_wvalid = top_.s_axil_bready = 1;
    uint64_t taken = 0;
    for (int i = 0; i < 1000; ++i) {
      cycle();
      if (top_.s_axil_awvalid && awready_) top_.s_axil_awvalid = 0;
      if (top_.s_axil_wvalid && wready_) {
        top_.s_axil_wvalid = 0;
        taken = now_;
      }
      if (bvalid_) {
        top_.s_axil_bready = 0;
        return taken;
      }
    }
    std::fprintf(stderr, "FAIL: register 0x%03x does not answer\n", addr);
    std::exit(1);
  }

  uint32_t read(uint32_t addr) {
    top_.s_axil_araddr = addr;
    top_.s_axil_arvalid = top_.s_axil_rready = 1;
    for (int i = 0; i < 1000; ++i) {
      cycle();
      if (top_.s_axil_arvalid && arready_) top_.s_axil_arvalid = 0;
      if (rvalid_) {
        top_.s_axil_rready = 0;
        return rdata_;
      }
    }
    std::fprintf(stderr, "FAIL: register 0x%03x does not answer\n", addr);
    std::exit(1);
  }

  // Returns the cycle in which irq was sampled high, 0 when it did not come.
  uint64_t wait_irq(uint64_t limit) {
    for (uint64_t i = 0; i < limit; ++i) {
      cycle();
      if (irq_) return now_;
    }
    return 0;
  }

 private:
  // One clock; the members named like ports hold what was sampled at its rising edge.
  void cycle() {
    memory_.drive(top_);
    top_.clk = 0;
    top_.eval();
    dump(0);
    awready_ = top_.s_axil_awready;
    wready_ = top_.s_axil_wready;
    bvalid_ = top_.s_axil_bvalid;
    arready_ = top_.s_axil_arready;
    rvalid_ = top_.s_axil_rvalid;
    rdata_ = top_.s_axil_rdata;
    irq_ = top_.irq;
    if (!checker_.clock(top_, now_)) {
      dump(5);
      close();
      std::exit(1);
    }
    if (top_.rst_n) memory_.clock(top_);  // under reset its outputs mean nothing
    top_.clk = 1;
    top_.eval();
    dump(5);
    ++now_;
  }

  void dump(unsigned phase) {
#if VM_TRACE
    if (tracing_) waves_.dump(10 * now_ + phase);
#else
    (void)phase;
#endif
  }

  void close() {
#if VM_TRACE
    if (tracing_) waves_.close();
#endif
  }

  V@TOP@ top_;
  Memory memory_;
  AxiChecker<V@TOP@> checker_;
  uint64_t now_ = 0;
  bool awready_ = false, wready_ = false, bvalid_ = false, arready_ = false, rvalid_ = false;
  bool irq_ = false;
  uint32_t rdata_ = 0;
#if VM_TRACE
  VerilatedVcdC waves_;
  bool tracing_ = false;
#endif
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name.rfind("+verilator+", 0) == 0) continue;
    if (i + 1 == argc) {
      std::fprintf(stderr, "%s needs a value; options: --latency --stall --seed --waves\n",
                   name.c_str());
      std::exit(2);
    }
    const char* value = argv[++i];
    if (name == "--latency") {
      options.latency = unsigned(std::max(1, std::atoi(value)));
    } else if (name == "--stall") {
      options.stall = std::atof(value);
    } else if (name == "--seed") {
      options.seed = unsigned(std::atoi(value));
    } else if (name == "--waves") {
      options.waves = value;
    } else {
      std::fprintf(stderr, "unknown option %s; options: --latency --stall --seed --waves\n",
                   name.c_str());
      std::exit(2);
    }
  }
  return options;
}

int compare(const std::vector<uint8_t>& got, const std::vector<uint8_t>& expected) {
  if (got.size() != expected.size()) {
    std::printf("FAIL: expected.bin has %zu bytes, external memory %zu\n", expected.size(),
                got.size());
    return 1;
  }
  size_t wrong = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i]) continue;
    if (wrong++ < 10)
      std::printf("  0x%08zx: got %02x, expected %02x\n", i, got[i], expected[i]);
  }
  if (wrong) std::printf("FAIL: %zu of %zu bytes differ\n", wrong, got.size());
  return wrong != 0;
}

}  // namespace

int main(int argc, char** argv) {
  VerilatedContext context;
  context.commandArgs(argc, argv);
  const Options options = parse(argc, argv);
  const std::vector<uint8_t> expected = read_file("expected.bin");
  Bench bench(context, options);

  bench.write(@PREFIX@_RING_LO_OFFSET, uint32_t(JOB_RING_ADDR));
  bench.write(@PREFIX@_RING_HI_OFFSET, uint32_t(uint64_t(JOB_RING_ADDR) >> 32));
  bench.write(@PREFIX@_RING_SIZE_OFFSET, JOB_COMMANDS);
  bench.write(@PREFIX@_IRQ_ENABLE_OFFSET, 3);
  const uint64_t start = bench.write(@PREFIX@_DOORBELL_OFFSET, JOB_COMMANDS);
  // JOB_MAX_CYCLES is for latency 1 and no holds; every burst may be a beat and wait for the latency.
  const double holds = options.stall > 0 ? 4.0 / std::max(0.01, 1.0 - options.stall) : 1.0;
  const double slower = std::max(1.0, (1.0 + options.latency) / 2) * holds;
  const uint64_t limit = uint64_t(double(JOB_MAX_CYCLES) * slower);
  const uint64_t end = bench.wait_irq(limit);
  if (!end) {
    std::printf("FAIL: no interrupt within %llu cycles\n", (unsigned long long)limit);
    return 1;
  }
  if (bench.read(@PREFIX@_STATUS_OFFSET) & @PREFIX@_STATUS_FAULT_MASK) {
    std::printf("FAIL: fault, FAULT_INDEX %u, FAULT_INFO 0x%08x\n",
                bench.read(@PREFIX@_FAULT_INDEX_OFFSET), bench.read(@PREFIX@_FAULT_INFO_OFFSET));
    return 1;
  }
  const uint32_t cycles = bench.read(@PREFIX@_CYCLES_OFFSET);
  if (cycles != uint32_t(end - start)) {
    std::printf("FAIL: CYCLES says %u, the bench counted %llu\n", cycles,
                (unsigned long long)(end - start));
    return 1;
  }
  if (compare(bench.memory(), expected)) return 1;
  std::printf("PASS: %zu bytes compared, %u commands, %u cycles\n", expected.size(), JOB_COMMANDS,
              cycles);
  return 0;
}
