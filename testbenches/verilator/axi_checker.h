// Checks the AXI4 manager port of @TOP@ in every cycle. Included by main.cpp, which ends at the first
// breach; generated.
#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <vector>

#include "job.h"

// What the core promises of its bursts. ID 0 reads for LOAD, ID 1 fetches commands.
struct BurstLimit {
  unsigned beats, outstanding;
};
constexpr BurstLimit kReadLimits[] = {@READ_LIMITS@};
constexpr BurstLimit kWriteLimit = @WRITE_LIMIT@;

// Addresses from `first` to below `end`.
struct Range {
  uint64_t first, end;
};
constexpr Range kReadWindows[] = {JOB_READS};
constexpr Range kWriteWindows[] = {JOB_WRITES};

template <class Top>
class AxiChecker {
 public:
  // One clock: what is sampled at its rising edge. False after a breach, which is printed.
  bool clock(const Top& top, uint64_t cycle) {
    cycle_ = cycle;
    if (!top.rst_n) {
      in_reset(top);
    } else {
      read_address(top);
      write_address(top);
      write_data(top);
      read_data(top);
      write_response(top);
      interrupt(top);
    }
    return ok_;
  }

 private:
  using Payload = std::vector<uint64_t>;
  struct Address {
    uint64_t addr;
    unsigned id, len, size, burst;
  };
  struct Names {
    const char *addr, *len, *size, *burst;
  };
  const Names kRead{"m_axi_araddr", "m_axi_arlen", "m_axi_arsize", "m_axi_arburst"};
  const Names kWrite{"m_axi_awaddr", "m_axi_awlen", "m_axi_awsize", "m_axi_awburst"};

  void breach(const char* signal, const char* what, uint64_t value = 0) {
    if (ok_)
      std::printf("FAIL: cycle %" PRIu64 ": %s: %s (0x%" PRIx64 ")\n", cycle_, signal, what, value);
    ok_ = false;
  }

  void in_reset(const Top& top) {
    // A synchronous reset shows after its first edge.
    if (reset_cycles_++ == 0) return;
    if (top.m_axi_arvalid) breach("m_axi_arvalid", "high in reset");
    if (top.m_axi_awvalid) breach("m_axi_awvalid", "high in reset");
    if (top.m_axi_wvalid) breach("m_axi_wvalid", "high in reset");
  }

  // Whether something new is offered; what was offered stays until it is taken.
  bool offer(const char* valid_signal, const char* payload_signal, bool valid, bool ready,
             const Payload& now, Payload& held) {
    const bool fresh = valid && held.empty();
    if (!valid && !held.empty()) breach(valid_signal, "fell before ready");
    if (valid && !held.empty() && held != now) breach(payload_signal, "changed before ready");
    held = valid && !ready ? now : Payload();
    return fresh;
  }

  void read_address(const Top& top) {
    const Address a{uint64_t(top.m_axi_araddr), top.m_axi_arid, top.m_axi_arlen, top.m_axi_arsize,
                    top.m_axi_arburst};
    const Payload payload{a.addr, a.id, a.len, a.size, a.burst, top.m_axi_arcache,
                          top.m_axi_arprot};
    const unsigned ids = sizeof(kReadLimits) / sizeof(kReadLimits[0]);
    if (offer("m_axi_arvalid", "m_axi_ar*", top.m_axi_arvalid, top.m_axi_arready, payload, ar_)) {
      if (a.id >= ids) {
        breach("m_axi_arid", "no such reader", a.id);
        return;
      }
      burst(kRead, a, kReadLimits[a.id].beats);
      window(kRead, a, kReadWindows, sizeof(kReadWindows) / sizeof(Range));
    }
    if (!top.m_axi_arvalid || !top.m_axi_arready) return;
    reads_.push_back({a.id, a.len + 1});
    unsigned mine = 0;
    for (const Read& read : reads_) mine += read.id == a.id;
    if (mine > kReadLimits[a.id].outstanding) breach("m_axi_arvalid", "too many bursts", mine);
  }

  void write_address(const Top& top) {
    const Address a{uint64_t(top.m_axi_awaddr), top.m_axi_awid, top.m_axi_awlen, top.m_axi_awsize,
                    top.m_axi_awburst};
    const Payload payload{a.addr, a.id, a.len, a.size, a.burst, top.m_axi_awcache,
                          top.m_axi_awprot};
    if (offer("m_axi_awvalid", "m_axi_aw*", top.m_axi_awvalid, top.m_axi_awready, payload, aw_)) {
      burst(kWrite, a, kWriteLimit.beats);
      window(kWrite, a, kWriteWindows, sizeof(kWriteWindows) / sizeof(Range));
      writes_.push_back(a.len + 1);
    }
    if (!top.m_axi_awvalid || !top.m_axi_awready) return;
    if (++unanswered_ > kWriteLimit.outstanding)
      breach("m_axi_awvalid", "too many bursts", unanswered_);
  }

  void burst(const Names& names, const Address& a, unsigned most) {
    const uint64_t end = a.addr + uint64_t(a.len + 1) * @BUS_BYTES@;
    if (a.addr % @BUS_BYTES@) breach(names.addr, "is no multiple of the bus", a.addr);
    if (a.addr / 4096 != (end - 1) / 4096) breach(names.addr, "burst crosses 4 KiB", a.addr);
    if (a.len >= most) breach(names.len, "burst is too long", a.len);
    if (a.burst != 1) breach(names.burst, "is not INCR", a.burst);
    if ((1u << a.size) != @BUS_BYTES@) breach(names.size, "beats are not as wide as the bus", a.size);
  }

  void window(const Names& names, const Address& a, const Range* ranges, size_t count) {
    const uint64_t end = a.addr + uint64_t(a.len + 1) * @BUS_BYTES@;
    for (size_t i = 0; i < count; ++i)
      if (ranges[i].first <= a.addr && end <= ranges[i].end) return;
    breach(names.addr, "the job does not go there", a.addr);
  }

  void write_data(const Top& top) {
    Payload payload((@BUS_BYTES@ + 7) / 8);
    std::memcpy(payload.data(), &top.m_axi_wdata, @BUS_BYTES@);
    payload.push_back(uint64_t(top.m_axi_wstrb));
    payload.push_back(top.m_axi_wlast);
    if (offer("m_axi_wvalid", "m_axi_w*", top.m_axi_wvalid, top.m_axi_wready, payload, w_)) {
      if (writes_.empty()) breach("m_axi_wvalid", "data without an address");
      if (uint64_t(top.m_axi_wstrb) != ~uint64_t(0) >> (64 - @BUS_BYTES@))
        breach("m_axi_wstrb", "not the whole beat", uint64_t(top.m_axi_wstrb));
    }
    if (!top.m_axi_wvalid || !top.m_axi_wready || writes_.empty()) return;
    const bool ends = ++beat_ == writes_.front();
    if (bool(top.m_axi_wlast) != ends) breach("m_axi_wlast", "at the wrong beat", beat_);
    if (ends) {
      writes_.pop_front();
      beat_ = 0;
    }
  }

  // Room is reserved before an address goes out, so answers are taken at once.
  void read_data(const Top& top) {
    if (!top.m_axi_rvalid) return;
    if (!top.m_axi_rready) return breach("m_axi_rready", "data are not taken at once");
    for (auto read = reads_.begin(); read != reads_.end(); ++read) {
      if (read->id != top.m_axi_rid) continue;
      if (--read->beats == 0) reads_.erase(read);
      return;
    }
  }

  void write_response(const Top& top) {
    if (!top.m_axi_bvalid) return;
    if (!top.m_axi_bready) return breach("m_axi_bready", "a response is not taken at once");
    if (unanswered_ > 0) --unanswered_;
  }

  void interrupt(const Top& top) {
    const bool offers = top.m_axi_arvalid || top.m_axi_awvalid || top.m_axi_wvalid;
    const bool busy = offers || !reads_.empty() || !writes_.empty() || unanswered_ > 0;
    if (top.irq && !irq_ && busy) breach("irq", "rises while bursts are in flight");
    irq_ = top.irq;
  }

  struct Read {
    unsigned id, beats;
  };

  bool ok_ = true, irq_ = false;
  uint64_t cycle_ = 0, reset_cycles_ = 0;
  Payload ar_, aw_, w_;         // offered and not yet taken
  std::deque<Read> reads_;      // taken and not yet answered
  std::deque<unsigned> writes_; // beats of bursts whose data are not complete
  unsigned beat_ = 0;           // beats taken of the first of them
  unsigned unanswered_ = 0;     // write bursts in flight
};
