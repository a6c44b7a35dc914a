module mem_odd (
    input  logic       clk,     // rising edge
    input  logic       rst_n,   // active low
    input  logic [3:0] p_addr,
    input  logic       p_en,
    input  logic [7:0] p_data,
    input  logic [1:0] p_mask,
    output logic [7:0] r0,
    output logic [7:0] r1
);

  logic [7:0] nothing_there;
  logic [7:0] table__port1_rdata;

  logic [7:0] table_ [0:9];
  logic [7:0] log [0:15];

  wire [3:0] p_addr_plus_2 = p_addr + 4'd2;
  wire [7:0] not_p_data = ~p_data;
  wire [3:0] table__port2_raddr = 4'd12;

  always_ff @(posedge clk) begin : table__write
    if (p_en && (p_addr_plus_2 < 4'd10)) begin
      for (int lane = 0; lane < 2; lane = lane + 1) begin
        if (p_mask[lane]) begin
          table_[p_addr_plus_2][lane * 4 +: 4] <= not_p_data[lane * 4 +: 4];
        end
      end
    end
    if (p_addr < 4'd10) begin
      table__port1_rdata <= table_[p_addr];
    end else begin
      table__port1_rdata <= 8'd0;
    end
    if (p_en) begin
      nothing_there <= 8'd0;
    end
  end

  always_ff @(posedge clk) begin
    if (p_en) begin
      log[p_addr] <= p_data;
    end
  end

  assign r0 = table__port1_rdata;
  assign r1 = nothing_there;

  // Received but not used.
  wire unused_bits = &{1'b0, rst_n, table__port2_raddr, log[0]};

endmodule
