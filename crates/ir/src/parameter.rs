//! Parameters of modules that are described elsewhere.

use crate::module::Inst;
use seedbed_bits::Bits;
use std::fmt;

/// What is known of a module that is described elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BlackBox {
    /// The name of its Verilog module, where that is not the name of the module: several black boxes
    /// may be one Verilog module whose ports depend on its parameters.
    pub verilog: Option<String>,
    /// Its parameters, in order, with the values of instances that give no other.
    pub parameters: Vec<(String, Parameter)>,
    /// Whether outputs may follow inputs within a cycle; else they change at clock edges only.
    pub combinational: bool,
    /// Whether it works in FPGAs only, because its registers have no reset and start from contents.
    pub fpga_only: bool,
}

impl BlackBox {
    /// All parameters, in order, with their values in the instance `inst`.
    pub fn values<'a>(
        &'a self,
        inst: &'a Inst,
    ) -> impl Iterator<Item = (&'a str, &'a Parameter)> + 'a {
        self.parameters.iter().map(|(name, usual)| {
            let own = inst.parameters.iter().find(|(given, _)| given == name);
            (name.as_str(), own.map_or(usual, |(_, value)| value))
        })
    }
}

/// The value of a parameter of a black box.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Parameter {
    /// A number without a size.
    Integer(i32),
    /// A vector.
    Bits(Bits),
    /// A text.
    Text(String),
    /// A number with a fraction.
    Real(Real),
}

/// A number with a fraction. Two are equal when all their bits are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Real(u64);

impl Real {
    /// The number.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<f64> for Real {
    fn from(value: f64) -> Self {
        Real(value.to_bits())
    }
}

impl fmt::Debug for Real {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.get())
    }
}

impl Parameter {
    /// Whether Verilog can write it: a number with a fraction is finite, a vector has bits.
    pub fn is_writable(&self) -> bool {
        match self {
            Parameter::Real(real) => real.get().is_finite(),
            Parameter::Bits(bits) => bits.width() > 0,
            Parameter::Integer(_) | Parameter::Text(_) => true,
        }
    }
}

impl From<i32> for Parameter {
    fn from(value: i32) -> Self {
        Parameter::Integer(value)
    }
}

/// A vector of 32 bits where the number is too large for an integer of Verilog.
impl From<u32> for Parameter {
    fn from(value: u32) -> Self {
        match i32::try_from(value) {
            Ok(value) => Parameter::Integer(value),
            Err(_) => Parameter::Bits(Bits::from_u64(32, value.into())),
        }
    }
}

impl From<bool> for Parameter {
    fn from(value: bool) -> Self {
        Parameter::Bits(Bits::from_u64(1, value.into()))
    }
}

impl From<Bits> for Parameter {
    fn from(value: Bits) -> Self {
        Parameter::Bits(value)
    }
}

impl From<f64> for Parameter {
    fn from(value: f64) -> Self {
        Parameter::Real(value.into())
    }
}

impl From<&str> for Parameter {
    fn from(value: &str) -> Self {
        Parameter::Text(value.into())
    }
}

impl From<String> for Parameter {
    fn from(value: String) -> Self {
        Parameter::Text(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_value() {
        assert_eq!(Parameter::from(-1), Parameter::Integer(-1));
        assert_eq!(Parameter::from(i32::MAX as u32), Parameter::Integer(i32::MAX));
        let large = Parameter::Bits(Bits::from_u64(32, 1 << 31));
        assert_eq!(Parameter::from(1u32 << 31), large);
        assert_eq!(Parameter::from(true), Parameter::Bits(Bits::from_u64(1, 1)));
        assert!(Parameter::from(-0.5).is_writable() && !Parameter::from(f64::NAN).is_writable());
        let bits = |width| Parameter::Bits(Bits::zero(width)).is_writable();
        assert!(bits(1) && !bits(0));
    }
}
