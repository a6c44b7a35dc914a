// Seedbed, golden file

module resets (
    input  wire              clk,    // rising edge
    input  wire              rst_n,  // active low
    input  wire signed [7:0] d,
    output wire signed [7:0] q2,
    output wire signed [7:0] q3
);

  reg signed [7:0] async_q;
  reg signed [7:0] sync_q;
  reg signed [7:0] none_q;
  reg signed [7:0] fixed_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      async_q <= -8'sd3;
      fixed_q <= 8'd7;
    end else begin
      async_q <= d;
      fixed_q <= fixed_q;
    end
  end

  always @(posedge clk) begin
    if (!rst_n) begin
      sync_q <= 8'sh80;
    end else begin
      sync_q <= async_q;
    end
  end

  always @(posedge clk) begin
    none_q <= sync_q;
  end

  assign q2 = none_q;
  assign q3 = fixed_q;

endmodule
