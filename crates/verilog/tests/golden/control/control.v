// Seedbed, golden file

module control (
    input  wire       clk,     // rising edge
    input  wire       rst_n,   // asynchronous, active low
    input  wire       go,
    input  wire [1:0] wanted,
    input  wire [7:0] words,
    input  wire [7:0] data,
    output wire [7:0] cost,
    output wire [7:0] taken,
    output wire [1:0] former,
    output wire [7:0] shown
);

  localparam [1:0] MODE_ONCE    = 2'd0;
  localparam [1:0] MODE_FOREVER = 2'd2;
  localparam [1:0] STATE_IDLE   = 2'd0;
  localparam [1:0] STATE_LOAD   = 2'd1;
  localparam [1:0] STATE_RUN    = 2'd2;
  localparam [1:0] STATE_DONE   = 2'd3;

  reg [1:0] mode_q;
  reg [1:0] state_q;
  reg [1:0] last_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      mode_q <= MODE_ONCE;
    end else if ((state_q == STATE_IDLE) && go) begin
      mode_q <= wanted;
    end
  end

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      state_q <= STATE_IDLE;
    end else begin
      case (state_q)
        STATE_IDLE: begin
          if (go) begin
            state_q <= STATE_LOAD;
          end
        end
        STATE_LOAD: begin
          state_q <= STATE_RUN;
        end
        STATE_RUN: begin
          if (mode_q != MODE_FOREVER) begin
            state_q <= STATE_DONE;
          end
        end
        default: begin  // Done
          state_q <= STATE_IDLE;
        end
      endcase
    end
  end

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      last_q <= STATE_IDLE;
    end else begin
      last_q <= state_q;
    end
  end

  wire [7:0] step =
      (state_q == STATE_IDLE) ? 8'd0
      : (state_q == STATE_LOAD) ? words
      : (state_q == STATE_RUN) ? words + data
      : 8'd1;

  assign cost = step + step;
  assign taken =
      (last_q == STATE_IDLE) ? data
      : (last_q == STATE_LOAD) ? words
      : (last_q == STATE_RUN) ? ~data
      : 8'hff;
  assign former = last_q;
  assign shown =
      (last_q == STATE_IDLE) ? 8'd3
      : (last_q == STATE_LOAD) ? data
      : (last_q == STATE_RUN) ? step
      : words;

endmodule
