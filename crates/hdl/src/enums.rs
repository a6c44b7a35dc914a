//! Values with names: Rust enums as the type of registers and wires.

use crate::bundle::Fields;
use crate::ports::Ports;
use crate::scope::Scope;
use crate::sig::Sig;
use crate::state::Sink;
use seedbed_ir::{name, Bits, Code, EnumId, Loc, Op, Ty};
use std::any::type_name;
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::panic::Location;

/// How the variants of an [`Enum`] are numbered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    /// 0, 1, 2, ... in as few bits as possible.
    Binary,
    /// One bit per variant: a comparison reads one bit.
    OneHot,
}

/// A Rust enum whose variants are values of hardware.
///
/// `ALL` lists the variants; their places in it are their numbers, and what `Debug` prints are their
/// names in Verilog and in waves.
///
/// ```
/// use seedbed_hdl::{uint, Enum};
///
/// #[derive(Clone, Copy, PartialEq, Eq, Debug)]
/// enum Mode {
///     Off,
///     Slow,
///     Fast,
/// }
///
/// impl Enum for Mode {
///     const ALL: &'static [Mode] = &[Mode::Off, Mode::Slow, Mode::Fast];
/// }
///
/// assert_eq!(Mode::ty(), uint(2));
/// ```
pub trait Enum: Copy + Eq + Debug + 'static {
    /// All variants, in order.
    const ALL: &'static [Self];

    /// The numbering; binary unless stated otherwise.
    const ENCODING: Encoding = Encoding::Binary;

    /// The type of the values, for plain signals that carry them.
    fn ty() -> Ty {
        let count = Self::ALL.len().max(1);
        Ty::uint(match Self::ENCODING {
            Encoding::Binary => crate::clog2(count as u64),
            Encoding::OneHot => count as u32,
        })
    }

    /// The bits that stand for this variant; `None` when `ALL` does not list it.
    fn bits(self) -> Option<Bits> {
        let index = Self::ALL.iter().position(|variant| *variant == self)?;
        Some(numbered::<Self>(index))
    }
}

fn numbered<E: Enum>(index: usize) -> Bits {
    let width = E::ty().width;
    match E::ENCODING {
        Encoding::Binary => Bits::from_u64(width, index as u64),
        Encoding::OneHot => {
            let mut limbs = vec![0; Bits::limbs_for(width)];
            limbs[index / 64] = 1 << (index % 64);
            Bits::from_limbs(width, &limbs)
        }
    }
}

/// A register, wire or other signal that holds a variant of `E`.
pub struct EnumSig<'m, E> {
    sig: Sig<'m>,
    of: PhantomData<E>,
}

impl<E> Clone for EnumSig<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for EnumSig<'_, E> {}

impl<E> Debug for EnumSig<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sig.fmt(f)
    }
}

/// A variant, or a signal that holds one.
pub trait IntoEnum<'m, E> {
    /// Turns `self` into a signal.
    #[track_caller]
    fn into_enum(self, scope: &'m Scope) -> EnumSig<'m, E>;
}

impl<'m, E: Enum> IntoEnum<'m, E> for E {
    #[track_caller]
    fn into_enum(self, scope: &'m Scope) -> EnumSig<'m, E> {
        scope.variant(self)
    }
}

impl<'m, E> IntoEnum<'m, E> for EnumSig<'m, E> {
    fn into_enum(self, _: &'m Scope) -> EnumSig<'m, E> {
        self
    }
}

impl<'m> Ports<'_, 'm> {
    /// A port that the component reads and that holds an enum.
    #[track_caller]
    pub fn enum_input<E: Enum>(&self, name: impl AsRef<str>) -> EnumSig<'m, E> {
        self.scope().labelled(self.input(name, E::ty()), Location::caller().into())
    }

    /// A port that the component drives and that holds an enum: its values are shown by name in waves.
    #[track_caller]
    pub fn enum_output<E: Enum>(&self, name: impl AsRef<str>) -> EnumSig<'m, E> {
        self.scope().labelled(self.output(name, E::ty()), Location::caller().into())
    }
}

impl<'m> Fields<'_, 'm> {
    /// A field that holds an enum and flows with the bundle.
    #[track_caller]
    pub fn enum_field<E: Enum>(&self, name: impl AsRef<str>) -> EnumSig<'m, E> {
        self.scope().labelled(self.field(name, E::ty()), Location::caller().into())
    }

    /// A field that holds an enum and flows against the bundle.
    #[track_caller]
    pub fn enum_back<E: Enum>(&self, name: impl AsRef<str>) -> EnumSig<'m, E> {
        self.scope().labelled(self.back(name, E::ty()), Location::caller().into())
    }
}

impl Scope {
    /// A register of an enum, with the variant it takes under reset.
    #[track_caller]
    pub fn enum_reg<E: Enum>(&self, name: impl AsRef<str>, reset: E) -> EnumSig<'_, E> {
        let at = Location::caller().into();
        let sig = self.reg(name, E::ty(), 0);
        let value = self.bits_of_variant(reset, at);
        if let Sink::Reg(reg) = self.sink(sig) {
            let reg = &mut self.state_mut().module.regs[reg];
            reg.reset.iter_mut().for_each(|reset| reset.value = value.clone());
        }
        self.labelled(sig, at)
    }

    /// A wire of an enum, to be [`set`](EnumSig::set) on every path.
    #[track_caller]
    pub fn enum_wire<E: Enum>(&self, name: impl AsRef<str>) -> EnumSig<'_, E> {
        self.labelled(self.wire(name, E::ty()), Location::caller().into())
    }

    /// `sig` as a holder of `E`, at its declaration: a port, register or wire gets the names. A port of
    /// an instance has them in the instance.
    pub(crate) fn labelled<'m, E: Enum>(&self, sig: Sig<'m>, at: Loc) -> EnumSig<'m, E> {
        let op = sig.own_op().filter(|op| matches!(op, Op::Port(_) | Op::Reg(_) | Op::Wire(_)));
        let labels = op.as_ref().filter(|_| sig.ty() == E::ty()).and_then(|_| self.labels::<E>(at));
        let module = &mut self.state_mut().module;
        let place = match op {
            Some(Op::Port(port)) => &mut module.ports[port].labels,
            Some(Op::Reg(reg)) => &mut module.regs[reg].labels,
            Some(Op::Wire(wire)) => &mut module.wires[wire].labels,
            _ => return EnumSig { sig, of: PhantomData },
        };
        *place = place.or(labels);
        EnumSig { sig, of: PhantomData }
    }

    /// A variant as a constant.
    #[track_caller]
    pub fn variant<E: Enum>(&self, variant: E) -> EnumSig<'_, E> {
        let bits = self.bits_of_variant(variant, Location::caller().into());
        EnumSig { sig: self.lit_bits(bits, false), of: PhantomData }
    }

    fn sink(&self, sig: Sig<'_>) -> Sink {
        self.state().targets[sig.target as usize].sink
    }

    /// The bits of `variant`, or zeros and E0014 when `ALL` lacks it.
    pub(crate) fn bits_of_variant<E: Enum>(&self, variant: E, at: Loc) -> Bits {
        variant.bits().unwrap_or_else(|| {
            let message = format!(
                "`{variant:?}` is not in the list of variants of `{}`; add it to `ALL`",
                list_name::<E>()
            );
            self.report(Code::Parameter, message, at, Vec::new());
            Bits::zero(E::ty().width)
        })
    }

    /// The list of the names of `E` in this module; `None` and a mistake when it cannot be had.
    fn labels<E: Enum>(&self, at: Loc) -> Option<EnumId> {
        let name = list_name::<E>();
        let variants: Vec<(String, Bits)> = E::ALL
            .iter()
            .enumerate()
            .map(|(index, variant)| (identifier(&format!("{variant:?}")), numbered::<E>(index)))
            .collect();
        if let Some((code, message)) = problem(&name, &variants) {
            self.report(code, message, at, Vec::new());
            return None;
        }
        let known =
            self.state().module.enums.iter().find(|(_, e)| e.name == name).map(|(id, _)| id);
        let Some(id) = known else {
            let list = seedbed_ir::Enum { name, ty: E::ty(), variants, at };
            return Some(self.state_mut().module.enums.push(list));
        };
        let first = self.state().module.enums[id].clone();
        if first.variants == variants {
            return Some(id);
        }
        let message = format!("two enums of this module are called `{name}`; rename one");
        let notes = vec![("the first is used here".to_string(), Some(first.at))];
        self.report(Code::Name, message, at, notes);
        None
    }
}

/// Why `variants` cannot be a list of values.
fn problem(name: &str, variants: &[(String, Bits)]) -> Option<(Code, String)> {
    if variants.is_empty() {
        let message = format!("the enum `{name}` has no variants; list them in `ALL`");
        return Some((Code::Parameter, message));
    }
    let repeated = |(index, (name, _)): (usize, &(String, Bits))| {
        variants[..index].iter().any(|(other, _)| other == name)
    };
    let again = variants.iter().enumerate().find(|variant| repeated(*variant))?;
    Some((Code::Name, format!("two variants of `{name}` are called `{}`", again.1 .0)))
}

/// The name of the Rust type, without its path.
fn list_name<E>() -> String {
    let whole = type_name::<E>();
    let plain = whole.split('<').next().unwrap_or(whole);
    identifier(plain.rsplit("::").next().unwrap_or(plain))
}

/// `text` with `_` for what identifiers cannot contain.
fn identifier(text: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let mut words: String = text.chars().map(fits).collect();
    words.truncate(words.trim_end_matches('_').len());
    if !name::is_identifier(&words) {
        words.insert(0, '_');
    }
    words
}

impl<'m> Sig<'m> {
    /// This value read as a variant of `E`; E0001 when its type is not [`Enum::ty`].
    #[track_caller]
    pub fn as_enum<E: Enum>(self) -> EnumSig<'m, E> {
        if self.ty() == E::ty() {
            return EnumSig { sig: self, of: PhantomData };
        }
        let message = format!(
            "a value of type {} is not a `{}`, which is {}",
            self.ty(),
            list_name::<E>(),
            E::ty()
        );
        self.scope.refuse(Code::Type, message, &[self]);
        EnumSig { sig: self.scope.poison(E::ty()), of: PhantomData }
    }
}

impl<'m, E: Enum> EnumSig<'m, E> {
    /// The bits.
    pub fn sig(self) -> Sig<'m> {
        self.sig
    }

    /// Whether this is `variant`.
    #[track_caller]
    pub fn is(self, variant: E) -> Sig<'m> {
        let m = self.sig.scope;
        let bits = m.bits_of_variant(variant, Location::caller().into());
        match (E::ENCODING, E::ALL.iter().position(|v| *v == variant)) {
            (Encoding::OneHot, Some(index)) => self.sig.bit(index as u32),
            _ => self.sig.eq(m.lit_bits(bits, false)),
        }
    }

    /// Whether this is one of `variants`.
    #[track_caller]
    pub fn is_any(self, variants: &[E]) -> Sig<'m> {
        let mut each = Vec::with_capacity(variants.len());
        for variant in variants {
            each.push(self.is(*variant));
        }
        self.sig.scope.any(&each)
    }

    /// Drives it, as [`Sig::set`] does, with a variant or with another signal of the same enum.
    #[track_caller]
    pub fn set(self, value: impl IntoEnum<'m, E>) {
        self.sig.set(value.into_enum(self.sig.scope).sig);
    }

    /// Calls `f` once per variant; what it assigns then happens while this holds that variant. With a
    /// Rust `match` in it the compiler checks that no variant is forgotten.
    ///
    /// Codes that stand for no variant are treated as the last one, so that every path is covered.
    #[track_caller]
    pub fn switch(self, mut f: impl FnMut(E)) {
        let m = self.sig.scope;
        let at = Location::caller().into();
        let outer = m.state().current;
        if let Some((last, others)) = E::ALL.split_last() {
            for variant in others {
                m.arm(self.is(*variant), at, || f(*variant));
            }
            f(*last);
        }
        m.state_mut().current = outer;
    }

    /// The value that `f` gives for the variant held; all of one type. As in
    /// [`switch`](Self::switch), other codes count as the last variant.
    #[track_caller]
    pub fn select(self, f: impl FnMut(E) -> Sig<'m>) -> Sig<'m> {
        let m = self.sig.scope;
        let values: Vec<Sig<'m>> = E::ALL.iter().copied().map(f).collect();
        let Some((&last, others)) = values.split_last() else {
            return m.low();
        };
        let mut chosen = last;
        for (variant, value) in E::ALL.iter().zip(others).rev() {
            chosen = m.mux(self.is(*variant), *value, chosen);
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        assert_eq!(identifier("Step(3)"), "Step_3");
        assert_eq!(identifier("Idle"), "Idle");
        assert_eq!(identifier(""), "_");
        assert_eq!(identifier("3"), "_3");
        assert_eq!(list_name::<Option<u8>>(), "Option");
    }
}
