module loader (
    input  wire       clk,    // rising edge
    input  wire       rst_n,  // asynchronous, active low
    input  wire       go,
    input  wire       last,
    output wire       busy,
    output wire       done,
    output wire [3:0] code
);

  localparam [1:0] STATE_IDLE      = 2'd0;
  localparam [1:0] STATE_LOAD_WORD = 2'd1;
  localparam [1:0] STATE_DONE      = 2'd2;

  reg [1:0] state_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      state_q <= STATE_IDLE;
    end else begin
      case (state_q)
        STATE_IDLE: begin
          if (go) begin
            state_q <= STATE_LOAD_WORD;
          end
        end
        STATE_LOAD_WORD: begin
          if (last) begin
            state_q <= STATE_DONE;
          end
        end
        default: begin  // Done
          state_q <= STATE_IDLE;
        end
      endcase
    end
  end

  assign busy = state_q != STATE_IDLE;
  assign done = state_q == STATE_DONE;
  assign code = (state_q == STATE_IDLE) ? 4'd1 : (state_q == STATE_LOAD_WORD) ? 4'd7 : 4'd9;

endmodule
