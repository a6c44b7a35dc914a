module mem_1r1w (
    input  logic        clk,          // rising edge
    input  logic        rst_n,        // active low
    input  logic  [4:0] raddr,
    input  logic        re,
    input  logic  [4:0] bytes_addr,
    input  logic        bytes_en,
    input  logic [31:0] bytes_data,
    input  logic  [3:0] bytes_mask,
    output logic [31:0] bytes_rdata,
    input  logic  [4:0] words_addr,
    input  logic        words_en,
    input  logic [31:0] words_data,
    input  logic        words_mask,
    output logic [31:0] words_rdata,
    input  logic  [4:0] bits_addr,
    input  logic        bits_en,
    input  logic [31:0] bits_data,
    input  logic [31:0] bits_mask,
    output logic [31:0] bits_rdata
);

  logic [31:0] bytes_mem_rdata;
  logic [31:0] words_mem_rdata;
  logic [31:0] bits_mem_rdata;

  logic [31:0] bytes_mem [0:31];
  logic [31:0] words_mem [0:31];
  logic [31:0] bits_mem [0:31];

  always_ff @(posedge clk) begin : bytes_mem_write
    if (bytes_en) begin
      for (int lane = 0; lane < 4; lane = lane + 1) begin
        if (bytes_mask[lane]) begin
          bytes_mem[bytes_addr][lane * 8 +: 8] <= bytes_data[lane * 8 +: 8];
        end
      end
    end
    if (re) begin
      bytes_mem_rdata <= bytes_mem[raddr];
    end
  end

  always_ff @(posedge clk) begin
    if (words_en && words_mask) begin
      words_mem[words_addr] <= words_data;
    end
    if (re) begin
      words_mem_rdata <= words_mem[raddr];
    end
  end

  always_ff @(posedge clk) begin : bits_mem_write
    if (bits_en) begin
      for (int lane = 0; lane < 32; lane = lane + 1) begin
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
