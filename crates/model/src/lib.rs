//! Reads TFLite models into graphs
