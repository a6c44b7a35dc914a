//! Values of `rust-hdl` and of the netlist.

use num_bigint::BigUint;
use rust_hdl::prelude::{signed_cast, unsigned_cast, Bit, Bits, Signed, Synth};
use seedbed_ir::Bits as Value;

/// A type of `rust-hdl` signals that a port of ours can have.
pub trait Port: Synth {
    /// The bits of `self`.
    fn to_value(self) -> Value;
    /// The value of these bits; there are `Self::BITS` of them.
    fn from_value(value: &Value) -> Self;
}

impl Port for Bit {
    fn to_value(self) -> Value {
        Value::from_u64(1, self.into())
    }

    fn from_value(value: &Value) -> Self {
        value.bit(0)
    }
}

impl<const N: usize> Port for Bits<N> {
    fn to_value(self) -> Value {
        Value::from_limbs(N as u32, &BigUint::from(self).to_u64_digits())
    }

    fn from_value(value: &Value) -> Self {
        let bytes: Vec<u8> = value.limbs().iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigUint::from_bytes_le(&bytes).into()
    }
}

impl<const N: usize> Port for Signed<N> {
    fn to_value(self) -> Value {
        unsigned_cast(self).to_value()
    }

    fn from_value(value: &Value) -> Self {
        signed_cast(Bits::from_value(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<const N: usize>(limbs: &[u64]) {
        let value = Value::from_limbs(N as u32, limbs);
        assert_eq!(Bits::<N>::from_value(&value).to_value(), value, "{N} bits");
        assert_eq!(Signed::<N>::from_value(&value).to_value(), value, "{N} signed bits");
    }

    #[test]
    fn values_of_all_widths_survive() {
        let limbs = [0x8000_0000_0000_0080, 0x0123_4567_89ab_cdef, u64::MAX, 1 << 63];
        round_trip::<1>(&limbs);
        round_trip::<8>(&limbs);
        round_trip::<31>(&limbs);
        round_trip::<32>(&limbs);
        round_trip::<33>(&limbs);
        round_trip::<64>(&limbs);
        round_trip::<65>(&limbs);
        round_trip::<256>(&limbs);
        for bit in [false, true] {
            assert_eq!(Bit::from_value(&bit.to_value()), bit);
        }
    }
}
