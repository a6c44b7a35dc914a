module link_two (
    input  wire              clk,                // rising edge
    input  wire              rst_n,              // active low
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

  wire              between_valid;
  wire              between_ready;
  wire signed [3:0] between_lane_0_value;
  wire              between_lane_0_last;
  wire signed [3:0] between_lane_1_value;
  wire              between_lane_1_last;
  wire signed [5:0] between_answer_value;
  wire              between_answer_last;
  wire              between_log_valid;
  wire              between_log_ready;
  wire        [1:0] between_log_data;

  link_slice u_first (
      .clk              (clk),
      .rst_n            (rst_n),
      .from_valid       (from_valid),
      .from_ready       (from_ready),
      .from_lane_0_value(from_lane_0_value),
      .from_lane_0_last (from_lane_0_last),
      .from_lane_1_value(from_lane_1_value),
      .from_lane_1_last (from_lane_1_last),
      .from_answer_value(from_answer_value),
      .from_answer_last (from_answer_last),
      .from_log_valid   (from_log_valid),
      .from_log_ready   (from_log_ready),
      .from_log_data    (from_log_data),
      .to_valid         (between_valid),
      .to_ready         (between_ready),
      .to_lane_0_value  (between_lane_0_value),
      .to_lane_0_last   (between_lane_0_last),
      .to_lane_1_value  (between_lane_1_value),
      .to_lane_1_last   (between_lane_1_last),
      .to_answer_value  (between_answer_value),
      .to_answer_last   (between_answer_last),
      .to_log_valid     (between_log_valid),
      .to_log_ready     (between_log_ready),
      .to_log_data      (between_log_data)
  );

  link_slice u_second (
      .clk              (clk),
      .rst_n            (rst_n),
      .from_valid       (between_valid),
      .from_ready       (between_ready),
      .from_lane_0_value(between_lane_0_value),
      .from_lane_0_last (between_lane_0_last),
      .from_lane_1_value(between_lane_1_value),
      .from_lane_1_last (between_lane_1_last),
      .from_answer_value(between_answer_value),
      .from_answer_last (between_answer_last),
      .from_log_valid   (between_log_valid),
      .from_log_ready   (between_log_ready),
      .from_log_data    (between_log_data),
      .to_valid         (to_valid),
      .to_ready         (to_ready),
      .to_lane_0_value  (to_lane_0_value),
      .to_lane_0_last   (to_lane_0_last),
      .to_lane_1_value  (to_lane_1_value),
      .to_lane_1_last   (to_lane_1_last),
      .to_answer_value  (to_answer_value),
      .to_answer_last   (to_answer_last),
      .to_log_valid     (to_log_valid),
      .to_log_ready     (to_log_ready),
      .to_log_data      (to_log_data)
  );

endmodule
