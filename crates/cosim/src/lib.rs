//! Co-simulation of generated RTL
