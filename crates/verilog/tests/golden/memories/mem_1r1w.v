// Seedbed, golden file

module mem_1r1w (
    input  wire        clk,          // rising edge
    input  wire        rst_n,        // active low
    input  wire  [4:0] raddr,
    input  wire        re,
    input  wire  [4:0] bytes_addr,
    input  wire        bytes_en,
    input  wire [31:0] bytes_data,
    input  wire  [3:0] bytes_mask,
    output wire [31:0] bytes_rdata,
    input  wire  [4:0] words_addr,
    input  wire        words_en,
    input  wire [31:0] words_data,
    input  wire        words_mask,
    output wire [31:0] words_rdata,
    input  wire  [4:0] bits_addr,
    input  wire        bits_en,
    input  wire [31:0] bits_data,
    input  wire [31:0] bits_mask,
    output wire [31:0] bits_rdata
);

  reg [31:0] bytes_mem_rdata;
  reg [31:0] words_mem_rdata;
  reg [31:0] bits_mem_rdata;

  reg [31:0] bytes_mem [0:31];
  reg [31:0] words_mem [0:31];
  reg [31:0] bits_mem [0:31];

  always @(posedge clk) begin : bytes_mem_write
    integer lane;
    if (bytes_en) begin
      for (lane = 0; lane < 4; lane = lane + 1) begin
        if (bytes_mask[lane]) begin
          bytes_mem[bytes_addr][lane * 8 +: 8] <= bytes_data[lane * 8 +: 8];
        end
      end
    end
    if (re) begin
      bytes_mem_rdata <= bytes_mem[raddr];
    end
  end

  always @(posedge clk) begin
    if (words_en && words_mask) begin
      words_mem[words_addr] <= words_data;
    end
    if (re) begin
      words_mem_rdata <= words_mem[raddr];
    end
  end

  always @(posedge clk) begin : bits_mem_write
    integer lane;
    if (bits_en) begin
      for (lane = 0; lane < 32; lane = lane + 1) begin
        if (bits_mask[lane]) begin
          bits_mem[bits_addr][lane] <= bits_data[lane];
        end
      end
    end
    if (re) begin
      bits_mem_rdata <= bits_mem[raddr];
    end
  end

  assign bytes_rdata = bytes_mem_rdata;
  assign words_rdata = words_mem_rdata;
  assign bits_rdata = bits_mem_rdata;

  // Received but not used.
  wire unused_bits = &{1'b0, rst_n};

endmodule
