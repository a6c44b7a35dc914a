// Seedbed, golden file

module mem_kinds (
    input  wire        clk,            // rising edge
    input  wire        rst_n,          // active low
    input  wire  [3:0] bytes_a_addr,
    input  wire        bytes_a_en,
    input  wire [15:0] bytes_a_data,
    input  wire  [1:0] bytes_a_mask,
    input  wire        bytes_a_write,
    output wire [15:0] bytes_a_rdata,
    input  wire  [3:0] bytes_b_addr,
    input  wire        bytes_b_en,
    input  wire [15:0] bytes_b_data,
    input  wire  [1:0] bytes_b_mask,
    input  wire        bytes_b_write,
    output wire [15:0] bytes_b_rdata,
    input  wire  [3:0] words_a_addr,
    input  wire        words_a_en,
    input  wire [15:0] words_a_data,
    input  wire        words_a_mask,
    input  wire        words_a_write,
    output wire [15:0] words_a_rdata,
    input  wire  [3:0] words_b_addr,
    input  wire        words_b_en,
    input  wire [15:0] words_b_data,
    input  wire        words_b_mask,
    input  wire        words_b_write,
    output wire [15:0] words_b_rdata,
    input  wire  [2:0] table_addr,
    input  wire        table_en,
    input  wire  [7:0] table_data,
    input  wire        table_mask,
    output wire  [7:0] square,
    output wire  [7:0] value
);

  reg [15:0] bytes_mem_port0_rdata;
  reg [15:0] bytes_mem_port1_rdata;
  reg [15:0] words_mem_port0_rdata;
  reg [15:0] words_mem_port1_rdata;
  reg  [7:0] squares_rdata;
  reg  [7:0] table__rdata;

  reg [15:0] bytes_mem [0:15];
  reg [15:0] words_mem [0:15];
  reg  [7:0] table_ [0:7];

  always @(posedge clk) begin : bytes_mem_write
    integer lane;
    if (bytes_a_en) begin
      if (bytes_a_write) begin
        for (lane = 0; lane < 2; lane = lane + 1) begin
          if (bytes_a_mask[lane]) begin
            bytes_mem[bytes_a_addr][lane * 8 +: 8] <= bytes_a_data[lane * 8 +: 8];
          end
        end
      end else begin
        bytes_mem_port0_rdata <= bytes_mem[bytes_a_addr];
        if ((bytes_b_addr == bytes_a_addr) && bytes_b_en && bytes_b_write) begin
          for (lane = 0; lane < 2; lane = lane + 1) begin
            if (bytes_b_mask[lane]) begin
              bytes_mem_port0_rdata[lane * 8 +: 8] <= bytes_b_data[lane * 8 +: 8];
            end
          end
        end
      end
    end
    if (bytes_b_en) begin
      if (bytes_b_write) begin
        for (lane = 0; lane < 2; lane = lane + 1) begin
          if (bytes_b_mask[lane]) begin
            bytes_mem[bytes_b_addr][lane * 8 +: 8] <= bytes_b_data[lane * 8 +: 8];
          end
        end
      end else begin
        bytes_mem_port1_rdata <= bytes_mem[bytes_b_addr];
        if ((bytes_a_addr == bytes_b_addr) && bytes_a_en && bytes_a_write) begin
          for (lane = 0; lane < 2; lane = lane + 1) begin
            if (bytes_a_mask[lane]) begin
              bytes_mem_port1_rdata[lane * 8 +: 8] <= bytes_a_data[lane * 8 +: 8];
            end
          end
        end
      end
    end
  end

  always @(posedge clk) begin
    if (words_a_en) begin
      if (words_a_write) begin
        if (words_a_mask) begin
          words_mem[words_a_addr] <= words_a_data;
        end
      end else begin
        words_mem_port0_rdata <= words_mem[words_a_addr];
        if ((words_b_addr == words_a_addr) && words_b_en && words_b_write && words_b_mask) begin
          words_mem_port0_rdata <= words_b_data;
        end
      end
    end
    if (words_b_en) begin
      if (words_b_write) begin
        if (words_b_mask) begin
          words_mem[words_b_addr] <= words_b_data;
        end
      end else begin
        words_mem_port1_rdata <= words_mem[words_b_addr];
        if ((words_a_addr == words_b_addr) && words_a_en && words_a_write && words_a_mask) begin
          words_mem_port1_rdata <= words_a_data;
        end
      end
    end
  end

  always @(posedge clk) begin
    if (table_en) begin
      case (table_addr)
        3'd1: squares_rdata <= 8'd1;
        3'd2: squares_rdata <= 8'd4;
        3'd3: squares_rdata <= 8'd9;
        default: squares_rdata <= 8'd0;
      endcase
    end
  end

  initial begin
    table_[0] = 8'd5;
    table_[1] = 8'd6;
    table_[2] = 8'd7;
  end

  always @(posedge clk) begin
    if (table_mask) begin
      table_[table_addr] <= table_data;
    end
    if (table_en) begin
      table__rdata <= table_[table_addr];
    end
  end

  assign bytes_a_rdata = bytes_mem_port0_rdata;
  assign bytes_b_rdata = bytes_mem_port1_rdata;
  assign words_a_rdata = words_mem_port0_rdata;
  assign words_b_rdata = words_mem_port1_rdata;
  assign square = squares_rdata;
  assign value = table__rdata;

  // Received but not used.
  wire unused_bits = &{1'b0, rst_n};

endmodule
