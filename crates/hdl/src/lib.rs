//! Hardware construction library
