// Seedbed, golden file

module memories (
    input  wire        clk,                // rising edge
    input  wire        rst_n,              // active low
    input  wire  [4:0] _1r1w_raddr,
    input  wire        _1r1w_re,
    input  wire  [4:0] _1r1w_bytes_addr,
    input  wire        _1r1w_bytes_en,
    input  wire [31:0] _1r1w_bytes_data,
    input  wire  [3:0] _1r1w_bytes_mask,
    input  wire  [4:0] _1r1w_words_addr,
    input  wire        _1r1w_words_en,
    input  wire [31:0] _1r1w_words_data,
    input  wire        _1r1w_words_mask,
    input  wire  [4:0] _1r1w_bits_addr,
    input  wire        _1r1w_bits_en,
    input  wire [31:0] _1r1w_bits_data,
    input  wire [31:0] _1r1w_bits_mask,
    output wire [31:0] _1r1w_bytes_rdata,
    output wire [31:0] _1r1w_words_rdata,
    output wire [31:0] _1r1w_bits_rdata,
    input  wire  [3:0] _1rw_masked_addr,
    input  wire        _1rw_masked_en,
    input  wire [15:0] _1rw_masked_data,
    input  wire  [1:0] _1rw_masked_mask,
    input  wire        _1rw_masked_write,
    input  wire  [3:0] _1rw_plain_addr,
    input  wire        _1rw_plain_en,
    input  wire [15:0] _1rw_plain_data,
    input  wire        _1rw_plain_mask,
    input  wire        _1rw_plain_write,
    input  wire  [3:0] _1rw_flags_addr,
    input  wire        _1rw_flags_en,
    input  wire        _1rw_flags_data,
    input  wire        _1rw_flags_mask,
    input  wire        _1rw_flags_write,
    output wire [15:0] _1rw_masked_rdata,
    output wire [15:0] _1rw_plain_rdata,
    output wire        _1rw_flags_rdata,
    input  wire  [3:0] odd_p_addr,
    input  wire        odd_p_en,
    input  wire  [7:0] odd_p_data,
    input  wire  [1:0] odd_p_mask,
    output wire  [7:0] odd_r0,
    output wire  [7:0] odd_r1
);

  mem_1r1w u_1r1w (
      .clk        (clk),
      .rst_n      (rst_n),
      .raddr      (_1r1w_raddr),
      .re         (_1r1w_re),
      .bytes_addr (_1r1w_bytes_addr),
      .bytes_en   (_1r1w_bytes_en),
      .bytes_data (_1r1w_bytes_data),
      .bytes_mask (_1r1w_bytes_mask),
      .bytes_rdata(_1r1w_bytes_rdata),
      .words_addr (_1r1w_words_addr),
      .words_en   (_1r1w_words_en),
      .words_data (_1r1w_words_data),
      .words_mask (_1r1w_words_mask),
      .words_rdata(_1r1w_words_rdata),
      .bits_addr  (_1r1w_bits_addr),
      .bits_en    (_1r1w_bits_en),
      .bits_data  (_1r1w_bits_data),
      .bits_mask  (_1r1w_bits_mask),
      .bits_rdata (_1r1w_bits_rdata)
  );

  mem_1rw u_1rw (
      .clk         (clk),
      .rst_n       (rst_n),
      .masked_addr (_1rw_masked_addr),
      .masked_en   (_1rw_masked_en),
      .masked_data (_1rw_masked_data),
      .masked_mask (_1rw_masked_mask),
      .masked_write(_1rw_masked_write),
      .masked_rdata(_1rw_masked_rdata),
      .plain_addr  (_1rw_plain_addr),
      .plain_en    (_1rw_plain_en),
      .plain_data  (_1rw_plain_data),
      .plain_mask  (_1rw_plain_mask),
      .plain_write (_1rw_plain_write),
      .plain_rdata (_1rw_plain_rdata),
      .flags_addr  (_1rw_flags_addr),
      .flags_en    (_1rw_flags_en),
      .flags_data  (_1rw_flags_data),
      .flags_mask  (_1rw_flags_mask),
      .flags_write (_1rw_flags_write),
      .flags_rdata (_1rw_flags_rdata)
  );

  mem_odd u_odd (
      .clk   (clk),
      .rst_n (rst_n),
      .p_addr(odd_p_addr),
      .p_en  (odd_p_en),
      .p_data(odd_p_data),
      .p_mask(odd_p_mask),
      .r0    (odd_r0),
      .r1    (odd_r1)
  );

endmodule
