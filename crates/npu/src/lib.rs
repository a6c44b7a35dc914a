//! The accelerator generator.
mod bank;
pub mod front;
pub mod lm;
pub mod load;
pub mod matrix;
pub mod post;
pub mod ps;
mod stage;
pub mod store;
