//! The accelerator generator
