//! Reusable hardware components.
