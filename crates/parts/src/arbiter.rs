//! Choosing one of several requests.

use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig};

/// One grant per request, at most one high: that of the first request that is high.
pub fn priority<'m>(m: &'m Scope, requests: &[Sig<'m>]) -> Vec<Sig<'m>> {
    let mut earlier = m.low();
    let mut grants = Vec::with_capacity(requests.len());
    for (i, &request) in requests.iter().enumerate() {
        grants.push(if i == 0 { request } else { request & !earlier });
        earlier = if i == 0 { request } else { earlier | request };
    }
    grants
}

/// A fair arbiter: after a request was served it is the last in line.
///
/// | port | direction | type |
/// |---|---|---|
/// | `request` | in | `uint(clients)` |
/// | `taken` | in | `bit`: the granted request was served in this cycle |
/// | `grant` | out | `uint(clients)`, one-hot; zero without a request |
///
/// Timing: `grant` follows `request` in the same cycle; the order changes after a cycle with `taken`.
/// Without `taken` the grant may move to a request that comes later but stands earlier in line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RoundRobin {
    /// Number of requests, at least 2.
    pub clients: u32,
}

/// Ports of [`RoundRobin`].
pub struct RoundRobinIo<'m> {
    /// One bit per client.
    pub request: Sig<'m>,
    /// The granted request was served.
    pub taken: Sig<'m>,
    /// One-hot choice.
    pub grant: Sig<'m>,
}

impl Module for RoundRobin {
    type Io<'m> = RoundRobinIo<'m>;

    fn name(&self) -> String {
        format!("round_robin_{}", self.clients)
    }

    fn doc(&self) -> String {
        "Fair arbiter: the client after the one served last is the first in line.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RoundRobinIo<'m> {
        RoundRobinIo {
            request: p.input("request", uint(self.clients)),
            taken: p.input("taken", bit()),
            grant: p.output("grant", uint(self.clients)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: RoundRobinIo<'m>) {
        if self.clients < 2 {
            m.error("a RoundRobin of fewer than 2 clients has nothing to choose");
            return io.grant.set(m.zero(io.grant.ty()));
        }
        // The clients after the one served last; they come before all others.
        let after = m.reg("after_q", uint(self.clients), 0);
        let ahead = (io.request & after).named("ahead");
        let grant = m.mux(ahead.or_reduce(), lowest(ahead), lowest(io.request)).named("choice");
        io.grant.set(grant);
        m.when(io.taken & grant.or_reduce(), || after.set(above(m, grant)));
    }
}

/// The lowest set bit of `x` alone.
fn lowest(x: Sig<'_>) -> Sig<'_> {
    let minus_x = (!x).wrapping_add(1);
    x & minus_x
}

/// All bits above the one that is set in `one_hot`.
fn above<'m>(m: &'m Scope, one_hot: Sig<'m>) -> Sig<'m> {
    let mut seen = one_hot.bit(0);
    let mut bits = vec![m.low()];
    for i in 1..one_hot.width() {
        bits.push(seen);
        seen = seen | one_hot.bit(i);
    }
    bits.reverse();
    m.cat(&bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, Random};

    /// The reference: the first request after `last`, going round.
    fn reference(request: u64, last: u32, clients: u32) -> u64 {
        (1..=clients)
            .map(|i| (last + i) % clients)
            .find(|i| request >> i & 1 == 1)
            .map_or(0, |i| 1 << i)
    }

    #[test]
    fn round_robin_follows_its_reference() {
        for clients in [2, 3, 5, 8] {
            let mut b = Bench::new(&RoundRobin { clients });
            let (mut random, mut last) = (Random(7), clients - 1);
            for _ in 0..500 {
                let (request, taken) = (random.below(1 << clients), random.below(2));
                b.set("request", request);
                b.set("taken", taken);
                let grant = b.get("grant");
                assert_eq!(grant, reference(request, last, clients), "{request:b} after {last}");
                if taken == 1 && grant != 0 {
                    last = grant.ilog2();
                }
                b.tick();
            }
        }
    }

    /// [`priority`] as a module.
    #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    struct First;

    impl Module for First {
        type Io<'m> = (Sig<'m>, Sig<'m>);
        fn name(&self) -> String {
            "first".into()
        }
        fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
            (p.input("request", uint(5)), p.output("grant", uint(5)))
        }
        fn build<'m>(&self, m: &'m Scope, (request, grant): Self::Io<'m>) {
            let requests: Vec<Sig> = (0..5).map(|i| request.bit(i)).collect();
            let mut grants = priority(m, &requests);
            grants.reverse();
            grant.set(m.cat(&grants));
        }
    }

    #[test]
    fn priority_grants_the_lowest_request() {
        let mut b = Bench::new(&First);
        for request in 0..32u64 {
            b.set("request", request);
            assert_eq!(b.get("grant"), request & request.wrapping_neg());
        }
    }
}
