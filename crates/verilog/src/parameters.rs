//! Parameters of instances.

use crate::literal::literal;
use seedbed_ir::Parameter;
use std::fmt::Write;

/// The Verilog text of a value.
pub fn value(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Integer(number) => number.to_string(),
        Parameter::Bits(bits) => literal(bits, false, true),
        Parameter::Text(text) => quoted(text),
        Parameter::Real(real) => format!("{real:?}"),
    }
}

/// A string literal: printable ASCII as it is, all else by escapes, one per byte.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => write!(out, "\\{byte:03o}").expect("writing to a string succeeds"),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_ir::Bits;

    #[test]
    fn values_are_verilog() {
        assert_eq!(value(&(-5).into()), "-5");
        assert_eq!(value(&Bits::from_u64(12, 0xabc).into()), "12'habc");
        assert_eq!(value(&true.into()), "1'b1");
        assert_eq!(
            [2.0, -0.5, 1e-9, 1e300].map(|r| value(&r.into())),
            ["2.0", "-0.5", "1e-9", "1e300"]
        );
        let text = "say \"hi\" \\ 100%\n\t\u{e9}\0";
        assert_eq!(value(&text.into()), r#""say \"hi\" \\ 100%\n\t\303\251\000""#);
    }
}
