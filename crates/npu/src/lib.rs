//! The accelerator generator.
pub mod front;
pub mod lm;
pub mod load;
pub mod matrix;
pub mod post;
pub mod ps;
pub mod store;
