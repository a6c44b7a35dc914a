//! Reusable hardware components
