//! Random designs, simulated and compared with references that know nothing of netlists: integer
//! arithmetic for values, a sequential interpreter for conditional assignment.

mod assignments;
mod memories;
mod values;

use seedbed_ir::random::Random;
