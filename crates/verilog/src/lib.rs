//! Verilog-2005 emitter
