// Seedbed, golden file

// Multiplies an activation with one of two weights and adds the sum from above.
// `sum_down` follows `a` by 3 cycles.
module systolic_pe_s17_s18_p (
    input  wire               clk,          // rising edge
    input  wire               load,
    input  wire               load_plane,
    input  wire signed  [7:0] w,
    output wire               load_down,
    input  wire signed  [7:0] a,
    input  wire               plane,
    output wire signed  [7:0] a_right,
    output wire               plane_right,
    input  wire signed [16:0] sum,
    output wire signed [17:0] sum_down
);

  reg signed  [7:0] plane0_q;
  reg signed  [7:0] plane1_q;
  reg               load_q;
  reg               plane_q;
  reg signed  [7:0] a_q;
  reg signed  [7:0] weight_q;
  reg signed [15:0] product_q;
  reg signed [17:0] sum_q;

  always @(posedge clk) begin
    if (load && !load_plane) begin
      plane0_q <= w;
    end
  end

  always @(posedge clk) begin
    if (load && load_plane) begin
      plane1_q <= w;
    end
  end

  wire signed [7:0] weight = plane ? plane1_q : plane0_q;
  wire signed [15:0] product = a_q * weight_q;
  wire signed [17:0] next_sum = {sum[16], sum} + {{2{product_q[15]}}, product_q};

  always @(posedge clk) begin
    load_q <= load;
    plane_q <= plane;
    a_q <= a;
    weight_q <= weight;
    product_q <= product;
    sum_q <= next_sum;
  end

  assign load_down = load_q;
  assign a_right = a_q;
  assign plane_right = plane_q;
  assign sum_down = sum_q;

endmodule
