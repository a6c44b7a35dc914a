// Traces that break one rule each of the stand-alone bench's AXI4 checker; argument: the trace.
// The job reads 0x1f00 to 0x2100 and writes 0x4f00 to 0x5100 on a bus of 4 bytes.
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "axi_checker.h"

struct Port {
  bool rst_n = true, irq = false;
  uint32_t m_axi_araddr = 0x1f00, m_axi_awaddr = 0x4f00, m_axi_wdata = 7;
  uint8_t m_axi_arid = 0, m_axi_arlen = 1, m_axi_arsize = 2, m_axi_arburst = 1;
  uint8_t m_axi_awid = 0, m_axi_awlen = 1, m_axi_awsize = 2, m_axi_awburst = 1;
  uint8_t m_axi_arcache = 3, m_axi_arprot = 0, m_axi_awcache = 3, m_axi_awprot = 0;
  uint8_t m_axi_wstrb = 0xf, m_axi_wlast = 0, m_axi_rid = 0;
  bool m_axi_arvalid = false, m_axi_arready = true, m_axi_awvalid = false, m_axi_awready = true;
  bool m_axi_wvalid = false, m_axi_wready = true, m_axi_rvalid = false, m_axi_rready = true;
  bool m_axi_bvalid = false, m_axi_bready = true;
};

using Change = std::function<void(Port&)>;

AxiChecker<Port> checker;
uint64_t now = 0;

// One cycle of an idle port with changes.
void step(const Change& change = [](Port&) {}) {
  Port port;
  change(port);
  if (!checker.clock(port, now++)) std::exit(1);
}

void ar(const Change& change = [](Port&) {}) {
  step([&](Port& p) { p.m_axi_arvalid = true, change(p); });
}

void aw(const Change& change = [](Port&) {}) {
  step([&](Port& p) { p.m_axi_awvalid = true, change(p); });
}

void w(bool last, const Change& change = [](Port&) {}) {
  step([&](Port& p) { p.m_axi_wvalid = true, p.m_axi_wlast = last, change(p); });
}

void r(unsigned id) {
  step([&](Port& p) { p.m_axi_rvalid = true, p.m_axi_rid = id; });
}

void b() {
  step([](Port& p) { p.m_axi_bvalid = true; });
}

void irq() {
  step([](Port& p) { p.irq = true; });
}

// Reads of both IDs, two writes, with and without holds: nothing is wrong.
void good() {
  for (int i = 0; i < 3; ++i) step([](Port& p) { p.rst_n = false; });
  ar([](Port& p) { p.m_axi_arready = false; });
  ar();
  ar([](Port& p) { p.m_axi_arid = 1, p.m_axi_araddr = 0x3000, p.m_axi_arlen = 15; });
  aw([](Port& p) { p.m_axi_awready = false; });
  w(false, [](Port& p) { p.m_axi_awvalid = true; });
  w(true, [](Port& p) { p.m_axi_wready = false; });
  w(true);
  r(1), r(0), r(0);
  for (int i = 0; i < 15; ++i) r(1);
  aw([](Port& p) { p.m_axi_awaddr = 0x50fc, p.m_axi_awlen = 0; });
  w(true);
  b(), b();
  irq();
}

const std::map<std::string, void (*)()> kTraces = {
    {"good", good},
    {"reset",
     [] {
       for (int i = 0; i < 2; ++i) step([](Port& p) { p.rst_n = false, p.m_axi_wvalid = true; });
     }},
    {"dropped", [] { ar([](Port& p) { p.m_axi_arready = false; }), step(); }},
    {"changed",
     [] {
       aw([](Port& p) { p.m_axi_awready = false; });
       aw([](Port& p) { p.m_axi_awlen = 2; });
     }},
    {"data changed",
     [] {
       aw(), w(false, [](Port& p) { p.m_axi_wready = false; });
       w(false, [](Port& p) { p.m_axi_wdata = 8; });
     }},
    {"4 KiB", [] { ar([](Port& p) { p.m_axi_araddr = 0x1ffc; }); }},
    {"unaligned", [] { ar([](Port& p) { p.m_axi_araddr = 0x1f02; }); }},
    {"type", [] { aw([](Port& p) { p.m_axi_awburst = 2; }); }},
    {"size", [] { ar([](Port& p) { p.m_axi_arsize = 1; }); }},
    {"length", [] { aw([](Port& p) { p.m_axi_awlen = 16; }); }},
    {"id", [] { ar([](Port& p) { p.m_axi_arid = 2; }); }},
    {"read outside", [] { ar([](Port& p) { p.m_axi_araddr = 0x20fc; }); }},
    {"write outside", [] { aw([](Port& p) { p.m_axi_awaddr = 0x1f00; }); }},
    {"reads",
     [] {
       for (int i = 0; i < 5; ++i) ar();
     }},
    {"writes",
     [] {
       for (int i = 0; i < 5; ++i) aw();
     }},
    {"no address", [] { w(false); }},
    {"early", [] { aw(), w(true); }},
    {"missing", [] { aw(), w(false), w(false); }},
    {"strobes", [] { aw(), w(false, [](Port& p) { p.m_axi_wstrb = 7; }); }},
    {"no room", [] { ar(), step([](Port& p) { p.m_axi_rvalid = true, p.m_axi_rready = false; }); }},
    {"no room for B",
     [] {
       aw(), w(false), w(true);
       step([](Port& p) { p.m_axi_bvalid = true, p.m_axi_bready = false; });
     }},
    {"busy read", [] { ar(), r(0), irq(); }},
    {"busy write", [] { aw(), w(false), w(true), irq(); }},
};

int main(int, char** argv) {
  const auto trace = kTraces.find(argv[1]);
  if (trace == kTraces.end()) return 3;
  trace->second();
  return 0;
}
