//! Places the input and output pieces of one layer in the activation part of LM.
//!
//! Banks are single-ported and MATRIX reads activations in nearly every cycle, with the highest
//! priority. So a block that is loaded, requantised or stored meanwhile should lie in another bank:
//! each slot begins in a bank of its own if there is room, and follows its predecessor otherwise. Outputs
//! may instead lie beside the first slot of the input: in a short program MATRIX is done with it when they
//! are written.

use crate::geometry::{Gemm, Geometry};
use crate::plan::{LayerPlan, Order, Place};

/// Which layer, and whether its tensors are in external memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ends {
    /// Index of the layer; its input is the tensor of that number, its output the next one.
    pub index: usize,
    pub input: bool,
    pub output: bool,
}

/// Fills in the places of `plan`. `None` when the pieces do not fit below `limit`.
pub(crate) fn place(
    geometry: &Geometry,
    gemm: &Gemm,
    plan: &mut LayerPlan,
    ends: Ends,
    limit: u64,
) -> Option<()> {
    let mut free = Free { low: 0, high: limit };
    if !ends.input {
        plan.input.place = Place::Whole(free.take(ends.index, gemm.rows * gemm.in_row)?);
    }
    if !ends.output {
        plan.output.place = Place::Whole(free.take(ends.index + 1, gemm.rows * gemm.out_row)?);
    }
    let input = ends.input.then(|| input_request(geometry, gemm, plan));
    let output = ends.output.then(|| output_request(geometry, gemm, plan));
    let (input, output) = slots(geometry, &free, input, output, plan.beside)?;
    plan.input.place = input.unwrap_or(plan.input.place.clone());
    plan.output.place = output.unwrap_or(plan.output.place.clone());
    Some(())
}

/// The free bytes between the tensors that stay in LM.
struct Free {
    low: u64,
    high: u64,
}

impl Free {
    /// Takes `bytes` for tensor `number` at its end of the range.
    fn take(&mut self, number: usize, bytes: u64) -> Option<u64> {
        if self.low + bytes > self.high {
            return None;
        }
        if number % 2 == 0 {
            self.low += bytes;
            Some(self.low - bytes)
        } else {
            self.high -= bytes;
            Some(self.high)
        }
    }
}

/// Space wanted: `count` pieces of `bytes` each, or one whole tensor.
#[derive(Clone, Copy)]
struct Request {
    count: u64,
    bytes: u64,
    whole: bool,
    /// All pieces may share a bank.
    together: bool,
}

fn input_request(geometry: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> Request {
    if plan.order == Order::Groups {
        let bytes = gemm.rows * gemm.in_row;
        return Request { count: 1, bytes, whole: true, together: true };
    }
    let several = plan.split_input || plan.blocks.len() > 1;
    let bytes = plan.input_piece(geometry, gemm);
    Request { count: 1 + u64::from(several), bytes, whole: false, together: false }
}

fn output_request(geometry: &Geometry, gemm: &Gemm, plan: &LayerPlan) -> Request {
    if plan.order == Order::Groups && !plan.slice_output {
        let bytes = gemm.rows * gemm.out_row;
        return Request { count: 1, bytes, whole: true, together: true };
    }
    let several = plan.slice_output || plan.blocks.len() > 1;
    let bytes = plan.output_piece(geometry, gemm);
    Request { count: 1 + u64::from(several), bytes, whole: false, together: true }
}

type Places = (Option<Place>, Option<Place>);

/// Places both requests, in banks of their own if possible, or the output `beside` the first slot of the
/// input.
fn slots(
    g: &Geometry,
    free: &Free,
    input: Option<Request>,
    output: Option<Request>,
    beside: bool,
) -> Option<Places> {
    [true, false].into_iter().find_map(|apart| {
        let mut cursor = Cursor { at: free.low, high: free.high, bank: g.lm_bank, apart };
        if let (Some(input), Some(output), true) = (input, output, beside) {
            return cursor.beside(input, output);
        }
        let input = match input {
            Some(request) => Some(cursor.place(request)?),
            None => None,
        };
        let output = match output {
            Some(request) => Some(cursor.place(request)?),
            None => None,
        };
        Some((input, output))
    })
}

struct Cursor {
    at: u64,
    high: u64,
    bank: u64,
    apart: bool,
}

impl Cursor {
    fn place(&mut self, request: Request) -> Option<Place> {
        let addresses: Option<Vec<u64>> = (0..request.count)
            .map(|index| self.next(request.bytes, self.apart && !(request.together && index > 0)))
            .collect();
        let addresses = addresses?;
        Some(if request.whole { Place::Whole(addresses[0]) } else { Place::Slots(addresses) })
    }

    /// The first slot of the input and behind it, in the same bank, all of the output; then the other slots.
    fn beside(&mut self, input: Request, output: Request) -> Option<Places> {
        let mut inputs = vec![self.next(input.bytes, self.apart)?];
        let apart = std::mem::replace(&mut self.apart, false);
        let output = self.place(output)?;
        for _ in 1..input.count {
            inputs.push(self.next(input.bytes, apart)?);
        }
        Some((Some(Place::Slots(inputs)), Some(output)))
    }

    fn next(&mut self, bytes: u64, new_bank: bool) -> Option<u64> {
        let at = if new_bank { self.at.next_multiple_of(self.bank) } else { self.at };
        self.at = at + bytes;
        (self.at <= self.high).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANK: u64 = 100;

    fn free() -> Free {
        Free { low: 0, high: 4 * BANK }
    }

    fn geometry() -> Geometry {
        let config = seedbed_spec::Config::preset("small").unwrap();
        Geometry { lm_bank: BANK, ..Geometry::new(&config) }
    }

    fn request(count: u64, bytes: u64, together: bool) -> Option<Request> {
        Some(Request { count, bytes, whole: false, together })
    }

    #[test]
    fn slots_lie_in_banks_of_their_own() {
        let input = request(2, 40, false);
        let places = slots(&geometry(), &free(), input, request(2, 30, true), false).unwrap();
        assert_eq!(places.0, Some(Place::Slots(vec![0, 100])));
        assert_eq!(places.1, Some(Place::Slots(vec![200, 230])));
    }

    #[test]
    fn slots_follow_each_other_when_banks_do_not_suffice() {
        let tight = Free { low: 10, high: 160 };
        let wanted = (request(2, 40, false), request(2, 35, true));
        let places = slots(&geometry(), &tight, wanted.0, wanted.1, false);
        let (input, output) = places.unwrap();
        assert_eq!(input, Some(Place::Slots(vec![10, 50])));
        assert_eq!(output, Some(Place::Slots(vec![90, 125])));
        let tighter = Free { low: 10, high: 159 };
        assert!(slots(&geometry(), &tighter, wanted.0, wanted.1, false).is_none());
    }

    #[test]
    fn outputs_lie_beside_the_first_input() {
        let (input, output) = (request(2, 40, false), request(2, 30, true));
        let places = slots(&geometry(), &free(), input, output, true).unwrap();
        assert_eq!(places.0, Some(Place::Slots(vec![0, 100])));
        assert_eq!(places.1, Some(Place::Slots(vec![40, 70])));
    }

    #[test]
    fn tensors_of_neighbouring_numbers_take_opposite_ends() {
        let mut free = free();
        assert_eq!(free.take(4, 60), Some(0));
        assert_eq!(free.take(5, 60), Some(340));
        assert_eq!((free.low, free.high), (60, 340));
        assert_eq!(free.take(6, 281), None);
    }
}
