module bank (
    input  wire       clk,    // rising edge
    input  wire       rst_n,  // asynchronous, active low
    input  wire       write,
    input  wire [2:0] index,
    input  wire [7:0] data,
    output wire [7:0] value
);

  reg [7:0] bank_0_q;
  reg [7:0] bank_1_q;
  reg [7:0] bank_2_q;
  reg [7:0] bank_3_q;
  reg [7:0] bank_4_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      bank_0_q <= 8'd0;
    end else if (write && (index == 3'd0)) begin
      bank_0_q <= data;
    end
  end

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      bank_1_q <= 8'd1;
    end else if (write && (index == 3'd1)) begin
      bank_1_q <= data;
    end
  end

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      bank_2_q <= 8'd2;
    end else if (write && (index == 3'd2)) begin
      bank_2_q <= data;
    end
  end

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      bank_3_q <= 8'd3;
    end else if (write && (index == 3'd3)) begin
      bank_3_q <= data;
    end
  end

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      bank_4_q <= 8'd4;
    end else if (write && (index == 3'd4)) begin
      bank_4_q <= data;
    end
  end

  assign value =
      index[2] ? bank_4_q
      : index[1] ? (index[0] ? bank_3_q : bank_2_q)
      : index[0] ? bank_1_q
      : bank_0_q;

endmodule
