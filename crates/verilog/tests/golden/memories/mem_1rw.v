// Seedbed, golden file

module mem_1rw (
    input  wire        clk,           // rising edge
    input  wire        rst_n,         // active low
    input  wire  [3:0] masked_addr,
    input  wire        masked_en,
    input  wire [15:0] masked_data,
    input  wire  [1:0] masked_mask,
    input  wire        masked_write,
    output wire [15:0] masked_rdata,
    input  wire  [3:0] plain_addr,
    input  wire        plain_en,
    input  wire [15:0] plain_data,
    input  wire        plain_mask,
    input  wire        plain_write,
    output wire [15:0] plain_rdata,
    input  wire  [3:0] flags_addr,
    input  wire        flags_en,
    input  wire        flags_data,
    input  wire        flags_mask,
    input  wire        flags_write,
    output wire        flags_rdata
);

  reg [15:0] masked_mem_rdata;
  reg [15:0] plain_mem_rdata;
  reg        flags_mem_rdata;

  reg [15:0] masked_mem [0:15];
  reg [15:0] plain_mem [0:15];
  reg        flags_mem [0:15];

  always @(posedge clk) begin : masked_mem_write
    integer lane;
    if (masked_en) begin
      if (masked_write) begin
        for (lane = 0; lane < 2; lane = lane + 1) begin
          if (masked_mask[lane]) begin
            masked_mem[masked_addr][lane * 8 +: 8] <= masked_data[lane * 8 +: 8];
          end
        end
      end else begin
        masked_mem_rdata <= masked_mem[masked_addr];
      end
    end
  end

  always @(posedge clk) begin
    if (plain_en) begin
      if (plain_write) begin
        plain_mem[plain_addr] <= plain_data;
      end else begin
        plain_mem_rdata <= plain_mem[plain_addr];
      end
    end
  end

  always @(posedge clk) begin
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
