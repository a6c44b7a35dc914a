module link_slice (
    input  wire              clk,                // rising edge
    input  wire              rst_n,              // asynchronous, active low
    input  wire              from_valid,
    output wire              from_ready,
    input  wire signed [3:0] from_lane_0_value,
    input  wire              from_lane_0_last,
    input  wire signed [3:0] from_lane_1_value,
    input  wire              from_lane_1_last,
    output wire signed [5:0] from_answer_value,
    output wire              from_answer_last,
    input  wire              from_log_valid,
    output wire              from_log_ready,
    input  wire        [1:0] from_log_data,
    output wire              to_valid,
    input  wire              to_ready,
    output wire signed [3:0] to_lane_0_value,
    output wire              to_lane_0_last,
    output wire signed [3:0] to_lane_1_value,
    output wire              to_lane_1_last,
    input  wire signed [5:0] to_answer_value,
    input  wire              to_answer_last,
    output wire              to_log_valid,
    input  wire              to_log_ready,
    output wire        [1:0] to_log_data
);

  reg              full_q;
  reg signed [3:0] lane_0_q_value;
  reg              lane_0_q_last;
  reg signed [3:0] lane_1_q_value;
  reg              lane_1_q_last;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      full_q <= 1'b0;
    end else if (from_ready) begin
      full_q <= from_valid;
    end
  end

  always @(posedge clk) begin
    if (from_ready && from_valid) begin
      lane_0_q_value <= from_lane_0_value;
      lane_0_q_last <= from_lane_0_last;
      lane_1_q_value <= from_lane_1_value;
      lane_1_q_last <= from_lane_1_last;
    end
  end

  assign from_ready = !full_q || to_ready;
  assign from_answer_value = to_answer_value;
  assign from_answer_last = to_answer_last;
  assign from_log_ready = to_log_ready;
  assign to_valid = full_q;
  assign to_lane_0_value = lane_0_q_value;
  assign to_lane_0_last = lane_0_q_last;
  assign to_lane_1_value = lane_1_q_value;
  assign to_lane_1_last = lane_1_q_last;
  assign to_log_valid = from_log_valid;
  assign to_log_data = from_log_data;

endmodule
