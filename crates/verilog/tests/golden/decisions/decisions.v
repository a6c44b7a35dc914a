// Seedbed, golden file

module decisions (
    input  wire        clk,    // rising edge
    input  wire        rst_n,  // asynchronous, active low
    input  wire        push,
    input  wire        pop,
    input  wire        clear,
    input  wire [15:0] data,
    output wire  [3:0] level,
    output wire [15:0] last,
    output wire        seen,
    output wire [15:0] hold
);

  reg  [3:0] level_q;
  reg [15:0] last_q;
  reg        seen_q;
  reg [15:0] hold_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      level_q <= 4'd0;
    end else if (clear) begin
      level_q <= 4'd0;
    end else if (push) begin
      level_q <= level_q + 4'd1;
    end else if (pop) begin
      level_q <= level_q - 4'd1;
    end
  end

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      last_q <= 16'd0;
      seen_q <= 1'b0;
    end else if (push) begin
      last_q <= data;
      seen_q <= 1'b1;
    end else if (clear) begin
      seen_q <= 1'b0;
    end
  end

  always @(posedge clk) begin
    if (push && pop) begin
      if (data[15]) begin
        hold_q <= data;
      end else begin
        hold_q <= last_q;
      end
    end
  end

  assign level = level_q;
  assign last = last_q;
  assign seen = seen_q;
  assign hold = hold_q;

endmodule
