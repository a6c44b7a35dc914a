module gears (
    input  wire              clk,    // rising edge
    input  wire              rst_n,  // asynchronous, active low
    input  wire        [2:0] want,
    output wire signed [1:0] speed,
    output wire        [2:0] gear,
    output wire              moves
);

  localparam [2:0] GEAR_NEUTRAL = 3'd1;
  localparam [2:0] GEAR_FORWARD = 3'd2;
  localparam [2:0] GEAR_REVERSE = 3'd4;

  reg [2:0] gear_q;

  wire [2:0] next =
      (gear_q[0] || (gear_q[1] ? want[1] : want[2])) ?
          (gear_q[0] ? want : gear_q[1] ? GEAR_FORWARD : GEAR_REVERSE)
      : GEAR_NEUTRAL;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      gear_q <= GEAR_NEUTRAL;
    end else begin
      gear_q <= next;
    end
  end

  assign speed = gear_q[0] ? 2'd0 : gear_q[1] ? 2'd1 : -2'sd1;
  assign gear = gear_q;
  assign moves = gear_q[1] || gear_q[2];

endmodule
