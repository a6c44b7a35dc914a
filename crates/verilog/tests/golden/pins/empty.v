// Seedbed, golden file

module empty ();

endmodule
