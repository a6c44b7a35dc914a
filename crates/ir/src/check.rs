//! Checks of a whole design, run before emission and simulation.
