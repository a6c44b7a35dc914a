module fsm (
    input  logic clk,     // rising edge
    input  logic rst_n,   // asynchronous, active low
    input  logic start,
    input  logic done,
    input  logic abort_,
    output logic busy,
    output logic flag
);

  logic [1:0] state_q;
  logic       busy_q;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      state_q <= 2'd0;
    end else begin
      case (state_q)
        2'd0: begin
          if (start) begin
            state_q <= 2'd1;
          end
        end
        2'd1: begin
          if (abort_) begin
            state_q <= 2'd3;
          end else if (done) begin
            state_q <= 2'd2;
          end
        end
        2'd2: begin
          state_q <= 2'd0;
        end
        default: ;
      endcase
    end
  end

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      busy_q <= 1'b0;
    end else if (abort_) begin
      busy_q <= 1'b0;
    end else begin
      case (state_q)
        2'd0: begin
          busy_q <= start;
        end
        2'd2: begin
          busy_q <= 1'b0;
        end
        default: ;
      endcase
    end
  end

  assign busy = busy_q;
  assign flag = (state_q == 2'd3) || (state_q != 2'd0);

endmodule
