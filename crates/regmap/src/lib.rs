//! Register tables: types, checks and exporters
