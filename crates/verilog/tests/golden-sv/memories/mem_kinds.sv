module mem_kinds (
    input  logic        clk,            // rising edge
    input  logic        rst_n,          // active low
    input  logic  [3:0] bytes_a_addr,
    input  logic        bytes_a_en,
    input  logic [15:0] bytes_a_data,
    input  logic  [1:0] bytes_a_mask,
    input  logic        bytes_a_write,
    output logic [15:0] bytes_a_rdata,
    input  logic  [3:0] bytes_b_addr,
    input  logic        bytes_b_en,
    input  logic [15:0] bytes_b_data,
    input  logic  [1:0] bytes_b_mask,
    input  logic        bytes_b_write,
    output logic [15:0] bytes_b_rdata,
    input  logic  [3:0] words_a_addr,
    input  logic        words_a_en,
    input  logic [15:0] words_a_data,
    input  logic        words_a_mask,
    input  logic        words_a_write,
    output logic [15:0] words_a_rdata,
    input  logic  [3:0] words_b_addr,
    input  logic        words_b_en,
    input  logic [15:0] words_b_data,
    input  logic        words_b_mask,
    input  logic        words_b_write,
    output logic [15:0] words_b_rdata,
    input  logic  [2:0] table_addr,
    input  logic        table_en,
    input  logic  [7:0] table_data,
    input  logic        table_mask,
    output logic  [7:0] square,
    output logic  [7:0] value
);

  logic [15:0] bytes_mem_port0_rdata;
  logic [15:0] bytes_mem_port1_rdata;
  logic [15:0] words_mem_port0_rdata;
  logic [15:0] words_mem_port1_rdata;
  logic  [7:0] squares_rdata;
  logic  [7:0] table__rdata;

  logic [15:0] bytes_mem [0:15];
  logic [15:0] words_mem [0:15];
  logic  [7:0] table_ [0:7];

  always_ff @(posedge clk) begin : bytes_mem_write
    if (bytes_a_en) begin
      if (bytes_a_write) begin
        for (int lane = 0; lane < 2; lane = lane + 1) begin
          if (bytes_a_mask[lane]) begin
            bytes_mem[bytes_a_addr][lane * 8 +: 8] <= bytes_a_data[lane * 8 +: 8];
          end
        end
      end else begin
        bytes_mem_port0_rdata <= bytes_mem[bytes_a_addr];
        if ((bytes_b_addr == bytes_a_addr) && bytes_b_en && bytes_b_write) begin
          for (int lane = 0; lane < 2; lane = lane + 1) begin
            if (bytes_b_mask[lane]) begin
              bytes_mem_port0_rdata[lane * 8 +: 8] <= bytes_b_data[lane * 8 +: 8];
            end
          end
        end
      end
    end
    if (bytes_b_en) begin
      if (bytes_b_write) begin
        for (int lane = 0; lane < 2; lane = lane + 1) begin
          if (bytes_b_mask[lane]) begin
            bytes_mem[bytes_b_addr][lane * 8 +: 8] <= bytes_b_data[lane * 8 +: 8];
          end
        end
      end else begin
        bytes_mem_port1_rdata <= bytes_mem[bytes_b_addr];
        if ((bytes_a_addr == bytes_b_addr) && bytes_a_en && bytes_a_write) begin
          for (int lane = 0; lane < 2; lane = lane + 1) begin
            if (bytes_a_mask[lane]) begin
              bytes_mem_port1_rdata[lane * 8 +: 8] <= bytes_a_data[lane * 8 +: 8];
            end
          end
        end
      end
    end
  end

  always_ff @(posedge clk) begin
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

  always_ff @(posedge clk) begin
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
