//! Words from one domain to another, one at a time.

use super::two_flops;
use seedbed_hdl::{bit, Domain, Module, Ports, Scope, Stream, Ty};

/// Carries words with a handshake: the word stays still until its arrival is acknowledged.
///
/// | port | direction | type | domain |
/// |---|---|---|---|
/// | `src_clk`, `src_rst_n` | in | clock, reset | |
/// | `dst_clk`, `dst_rst_n` | in | clock, reset | |
/// | `sink` | stream in | `ty` | `src` |
/// | `source` | stream out | `ty` | `dst` |
///
/// Timing: a word appears three to four cycles of `dst` after it was taken; the next one is taken two to three
/// cycles of `src` after that. For more, use [`AsyncFifo`](super::AsyncFifo).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Handshake {
    /// Type of a word.
    pub ty: Ty,
}

/// Ports of [`Handshake`].
pub struct HandshakeIo<'m> {
    /// The domain of the words in.
    pub src: Domain<'m>,
    /// The domain of the words out.
    pub dst: Domain<'m>,
    /// Words in.
    pub sink: Stream<'m>,
    /// Words out.
    pub source: Stream<'m>,
}

impl Module for Handshake {
    type Io<'m> = HandshakeIo<'m>;

    fn name(&self) -> String {
        format!("cdc_handshake_{}", self.ty)
    }

    fn doc(&self) -> String {
        "Carries words to another clock domain, one at a time.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> HandshakeIo<'m> {
        let src = p.domain("src_clk", "src_rst_n");
        let dst = p.domain("dst_clk", "dst_rst_n");
        let sink = p.within(src, |p| p.sink("sink", self.ty));
        let source = p.within(dst, |p| p.source("source", self.ty));
        HandshakeIo { src, dst, sink, source }
    }

    fn build<'m>(&self, m: &'m Scope, HandshakeIo { src, dst, sink, source }: HandshakeIo<'m>) {
        let (request, word) =
            m.within(src, || (m.reg("request_q", bit(), 0), m.reg_no_reset("word_q", self.ty)));
        let done = m.within(dst, || {
            let seen = two_flops(m, "request", request);
            let done = m.reg("done_q", bit(), 0);
            let valid = m.reg("valid_q", bit(), 0);
            let data = m.reg_no_reset("data_q", self.ty);
            m.when(source.ready, || valid.set(0));
            m.when((seen ^ done) & !valid, || {
                data.set(word);
                done.set(seen);
                valid.set(1);
            });
            source.valid.set(valid);
            source.data.set(data);
            done
        });
        m.within(src, || {
            let idle = request.eq(two_flops(m, "done", done)).named("idle");
            sink.ready.set(idle);
            m.when(sink.valid & idle, || {
                word.set(sink.data);
                request.set(!request);
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdc::tests::{stream, TwoClocks, RATIOS};
    use seedbed_hdl::uint;

    #[test]
    fn words_arrive_in_order_at_any_ratio() {
        let words: Vec<u64> = (0..40).map(|i| (i * 0x2b1) & 0xffff).collect();
        for periods in RATIOS {
            for hold in [[0, 0], [60, 0], [0, 60]] {
                let mut b = TwoClocks::new(&Handshake { ty: uint(16) }, periods);
                assert_eq!(stream(&mut b, &words, hold), words, "{periods:?} {hold:?}");
            }
        }
    }
}
