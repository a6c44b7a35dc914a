//! The words of the text form that stand for values of an enumeration: printer and parser share them.

use crate::module::{Binary, Collision, PropKind, ResetKind, Unary};

/// A value that the text form writes as one word.
pub(super) trait Word: Copy {
    /// The word of this value.
    fn word(self) -> &'static str;
    /// The value of a word.
    fn from_word(word: &str) -> Option<Self>;
}

/// One table per enumeration; a value without a word does not compile.
macro_rules! words {
    ($($kind:ident { $($value:ident = $word:literal,)* })*) => {$(
        impl Word for $kind {
            fn word(self) -> &'static str {
                match self {
                    $($kind::$value => $word,)*
                }
            }

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some($kind::$value),)*
                    _ => None,
                }
            }
        }
    )*};
}

words! {
    Unary {
        Not = "not",
        ReduceOr = "reduce_or",
        ReduceAnd = "reduce_and",
        ReduceXor = "reduce_xor",
    }
    Binary {
        Add = "add",
        Sub = "sub",
        Mul = "mul",
        And = "and",
        Or = "or",
        Xor = "xor",
        Eq = "eq",
        Lt = "lt",
        Shl = "shl",
        Shr = "shr",
    }
    ResetKind {
        AsyncLow = "async_low",
        SyncLow = "sync_low",
        AsyncHigh = "async_high",
        SyncHigh = "sync_high",
    }
    Collision {
        Old = "old",
        New = "new",
        Undefined = "undefined",
    }
    PropKind {
        Assert = "assert",
        Assume = "assume",
        Cover = "cover",
    }
}
