module control (
    input  logic       clk,     // rising edge
    input  logic       rst_n,   // asynchronous, active low
    input  logic       go,
    input  logic [1:0] wanted,
    input  logic [7:0] words,
    input  logic [7:0] data,
    output logic [7:0] cost,
    output logic [7:0] taken,
    output logic [1:0] former,
    output logic [7:0] shown
);

  typedef enum logic [1:0] {
    MODE_ONCE    = 2'd0,
    MODE_TWICE   = 2'd1,
    MODE_FOREVER = 2'd2
  } mode_e;

  typedef enum logic [1:0] {
    STATE_IDLE = 2'd0,
    STATE_LOAD = 2'd1,
    STATE_RUN  = 2'd2,
    STATE_DONE = 2'd3
  } state_e;

  logic [1:0] mode_q;
  state_e     state_q;
  state_e     last_q;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      mode_q <= MODE_ONCE;
    end else if ((state_q == STATE_IDLE) && go) begin
      mode_q <= wanted;
    end
  end

  always_ff @(posedge clk or negedge rst_n) begin
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

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      last_q <= STATE_IDLE;
    end else begin
      last_q <= state_q;
    end
  end

  logic [7:0] step;
  always_comb begin
    case (state_q)
      STATE_IDLE: begin
        step = 8'd0;
      end
      STATE_LOAD: begin
        step = words;
      end
      STATE_RUN: begin
        step = words + data;
      end
      default: begin  // Done
        step = 8'd1;
      end
    endcase
  end

  assign cost = step + step;

  always_comb begin
    case (last_q)
      STATE_IDLE: begin
        taken = data;
      end
      STATE_LOAD: begin
        taken = words;
      end
      STATE_RUN: begin
        taken = ~data;
      end
      default: begin  // Done
        taken = 8'hff;
      end
    endcase
  end

  assign former = last_q;

  always_comb begin
    case (last_q)
      STATE_IDLE: begin
        shown = 8'd3;
      end
      STATE_LOAD: begin
        shown = data;
      end
      STATE_RUN: begin
        shown = step;
      end
      default: begin  // Done
        shown = words;
      end
    endcase
  end

endmodule
