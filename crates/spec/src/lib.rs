//! What hardware, model and compiler all obey
