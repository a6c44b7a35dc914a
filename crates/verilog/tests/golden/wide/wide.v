// Seedbed, golden file

module wide (
    input  wire         clk,       // rising edge
    input  wire         rst_n,     // asynchronous, active low
    input  wire [511:0] bus,
    input  wire         sel,
    output wire [511:0] beat,
    output wire         any,
    output wire         all,
    output wire         parity,
    output wire         none,
    input  wire  [31:0] one_word,
    output wire  [31:0] same,
    output wire [511:0] sum
);

  reg [511:0] beat_q;

  always @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      beat_q <= 512'd0;
    end else if (sel) begin
      beat_q <= {bus[31:0], bus[63:32], bus[95:64], bus[127:96], bus[159:128], bus[191:160],
          bus[223:192], bus[255:224], bus[287:256], bus[319:288], bus[351:320], bus[383:352],
          bus[415:384], bus[447:416], bus[479:448], bus[511:480]};
    end else begin
      beat_q <= bus;
    end
  end

  assign beat = beat_q;
  assign any = |beat_q;
  assign all = &beat_q;
  assign parity = ^beat_q;
  assign none = beat_q == 512'd0;
  assign same = one_word;
  assign sum = beat_q + bus;

endmodule
