module mem_1rw (
    input  logic        clk,           // rising edge
    input  logic        rst_n,         // active low
    input  logic  [3:0] masked_addr,
    input  logic        masked_en,
    input  logic [15:0] masked_data,
    input  logic  [1:0] masked_mask,
    input  logic        masked_write,
    output logic [15:0] masked_rdata,
    input  logic  [3:0] plain_addr,
    input  logic        plain_en,
    input  logic [15:0] plain_data,
    input  logic        plain_mask,
    input  logic        plain_write,
    output logic [15:0] plain_rdata,
    input  logic  [3:0] flags_addr,
    input  logic        flags_en,
    input  logic        flags_data,
    input  logic        flags_mask,
    input  logic        flags_write,
    output logic        flags_rdata
);

  logic [15:0] masked_mem_rdata;
  logic [15:0] plain_mem_rdata;
  logic        flags_mem_rdata;

  logic [15:0] masked_mem [0:15];
  logic [15:0] plain_mem [0:15];
  logic        flags_mem [0:15];

  always_ff @(posedge clk) begin : masked_mem_write
    if (masked_en) begin
      if (masked_write) begin
        for (int lane = 0; lane < 2; lane = lane + 1) begin
          if (masked_mask[lane]) begin
            masked_mem[masked_addr][lane * 8 +: 8] <= masked_data[lane * 8 +: 8];
          end
        end
      end else begin
        masked_mem_rdata <= masked_mem[masked_addr];
      end
    end
  end

  always_ff @(posedge clk) begin
    if (plain_en) begin
      if (plain_write) begin
        plain_mem[plain_addr] <= plain_data;
      end else begin
        plain_mem_rdata <= plain_mem[plain_addr];
      end
    end
  end

  always_ff @(posedge clk) begin
    if (flags_en) begin
      if (flags_write) begin
        flags_mem[flags_addr] <= flags_data;
      end else begin
        flags_mem_rdata <= flags_mem[flags_addr];
      end
    end
  end

  assign masked_rdata = masked_mem_rdata;
  assign plain_rdata = plain_mem_rdata;
  assign flags_rdata = flags_mem_rdata;

  // Received but not used.
  wire unused_bits = &{1'b0, rst_n, plain_mask, flags_mask};

endmodule
