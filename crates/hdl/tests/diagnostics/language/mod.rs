//! Wrong uses of the words of the language.

mod bundles;
mod enums;
mod values;
