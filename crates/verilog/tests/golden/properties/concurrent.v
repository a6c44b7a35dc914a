module queue_level (
    input  wire       clk,    // rising edge
    input  wire       rst_n,  // asynchronous, active low
    input  wire       push,
    input  wire       pop,
    input  wire [7:0] data,
    output wire [3:0] level
);

  reg [3:0] level_q;

  wire full = level_q == 4'd5;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      level_q <= 4'd0;
    end else if (pop && !push && (level_q != 4'd0)) begin
      level_q <= level_q - 4'd1;
    end else if (push && !pop && !full) begin
      level_q <= level_q + 4'd1;
    end
  end

  assign level = level_q;

  // Received but not used.
  wire unused_bits = &{1'b0, data};

`ifdef SVA
  wire in_reset = !rst_n;
  wire [4:0] data_3_0_plus_data_7_4 = {1'b0, data[3:0]} + {1'b0, data[7:4]};

  // level beyond
  // the "depth" of 100 %
  in_range: assert property (@(posedge clk) disable iff (in_reset)
      level_q <= 4'd5) else $error("level beyond the 'depth' of 100 %%");

  below_30: assume property (@(posedge clk) disable iff (in_reset)
      push |-> (data_3_0_plus_data_7_4 != 5'd30));

  reaches_full: cover property (@(posedge clk) disable iff (in_reset)
      push && full && (data_3_0_plus_data_7_4 == 5'd9));
`endif

endmodule
