//! Macros of different manners, as tables and as models in Verilog.

/// A single port with a mask bit per bit; read data stay.
pub const MASKED: &str = r#"
[[macro]]
name = "masked"
words = 32
bits = 16
granule = 1
hold = true
tie = { test = "1'b1", unused = "4'h0" }
[[macro.port]]
kind = "rw"
clock = "ck"
enable = "!ce_n"
write = "we"
read = "re"
addr = "a"
wdata = "d"
mask = "bm"
rdata = "q"
"#;

/// A single port that writes whole words, of odd size.
pub const ONE_GRANULE: &str = r#"
[[macro]]
name = "one_granule"
words = 64
bits = 9
hold = true
[[macro.port]]
kind = "rw"
clock = "ck"
enable = "en"
write = "!we_n"
addr = "a"
wdata = "d"
rdata = "q"
"#;

/// Two ports; read data are unknown in the cycle after.
pub const FORGETFUL: &str = r#"
[[macro]]
name = "forgetful"
words = 128
bits = 32
granule = 8
hold = false
[[macro.port]]
kind = "rw"
clock = "ck0"
enable = "!cs0_n"
write = "!we0_n"
addr = "a0"
wdata = "d0"
mask = "wm0"
rdata = "q0"
[[macro.port]]
kind = "r"
clock = "ck1"
enable = "!cs1_n"
addr = "a1"
rdata = "q1"
"#;

/// A port that writes and one that reads.
pub const TWO_PORTS: &str = r#"
[[macro]]
name = "two_ports"
words = 64
bits = 40
granule = 4
hold = true
[[macro.port]]
kind = "w"
clock = "wck"
enable = "we"
addr = "wa"
wdata = "d"
mask = "wm"
[[macro.port]]
kind = "r"
clock = "rck"
enable = "re"
addr = "ra"
rdata = "q"
"#;

/// OpenRAM's macro for SKY130.
pub const SKY130: &str = r#"
[[macro]]
name = "sky130_sram_1rw1r_64x256_8"
words = 256
bits = 64
granule = 8
hold = false
[[macro.port]]
kind = "rw"
clock = "clk0"
enable = "!csb0"
write = "!web0"
addr = "addr0"
wdata = "din0"
mask = "wmask0"
rdata = "dout0"
[[macro.port]]
kind = "r"
clock = "clk1"
enable = "!csb1"
addr = "addr1"
rdata = "dout1"
"#;

/// What the macros do.
pub const VERILOG: &str = "
module masked (input ck, ce_n, we, re, input [4:0] a, input [15:0] d, bm, output reg [15:0] q,
               input test, input [3:0] unused);
  reg [15:0] masked [0:31];
  integer i;
  always @(posedge ck) if (!ce_n && test && unused == 0) begin
    if (we) begin
      for (i = 0; i < 16; i = i + 1) if (bm[i]) masked[a][i] <= d[i];
    end
    if (re) q <= masked[a];
  end
endmodule
module one_granule (input ck, en, we_n, input [5:0] a, input [8:0] d, output reg [8:0] q);
  reg [8:0] m [0:63];
  always @(posedge ck) if (en) begin
    if (!we_n) m[a] <= d; else q <= m[a];
  end
endmodule
module forgetful (input ck0, cs0_n, we0_n, input [6:0] a0, input [31:0] d0, input [3:0] wm0,
                  output reg [31:0] q0, input ck1, cs1_n, input [6:0] a1, output reg [31:0] q1);
  reg [31:0] m [0:127];
  integer i;
  always @(posedge ck0) begin
    q0 <= 32'bx;
    if (!cs0_n && we0_n) q0 <= m[a0];
    for (i = 0; i < 4; i = i + 1) if (!cs0_n && !we0_n && wm0[i]) m[a0][8*i +: 8] <= d0[8*i +: 8];
  end
  always @(posedge ck1) q1 <= cs1_n ? 32'bx : m[a1];
endmodule
module two_ports (input wck, we, input [5:0] wa, input [39:0] d, input [9:0] wm,
                  input rck, re, input [5:0] ra, output reg [39:0] q);
  reg [39:0] m [0:63];
  integer i;
  always @(posedge wck)
    for (i = 0; i < 10; i = i + 1) if (we && wm[i]) m[wa][4*i +: 4] <= d[4*i +: 4];
  always @(posedge rck) if (re) q <= (we && wa == ra) ? 40'bx : m[ra];
endmodule
";

/// Their ports alone.
pub const SHELLS: &str = "
module masked (input ck, ce_n, we, re, input [4:0] a, input [15:0] d, bm, output [15:0] q,
               input test, input [3:0] unused);
  assign q = 16'd0;
endmodule
module two_ports (input wck, we, input [5:0] wa, input [39:0] d, input [9:0] wm,
                  input rck, re, input [5:0] ra, output [39:0] q);
  assign q = 40'd0;
endmodule
";
