//! Wrong uses of the words of the language.

mod enums;
