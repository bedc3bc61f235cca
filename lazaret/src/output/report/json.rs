//! JSON for machines, that a person may look at in a terminal all the same: one document is one line, and characters that
//! move, hide or reorder what is seen are written as escapes.

use lazaret_npm::text::printable_up_to;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use std::borrow::Cow;
use std::io::{self, Write};

/// On one line.
pub(in crate::output) fn compact(value: &impl Serialize, to: &mut impl Write) -> io::Result<()> {
    write(value, CompactFormatter, to)
}

/// On many lines.
pub(in crate::output) fn pretty(value: &impl Serialize, to: &mut impl Write) -> io::Result<()> {
    write(value, PrettyFormatter::new(), to)
}

fn write(value: &impl Serialize, formatter: impl Formatter, to: &mut impl Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *to, Escaping(formatter));
    value.serialize(&mut serializer)?;
    to.write_all(b"\n")
}

struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if let Cow::Borrowed(_) = printable_up_to(fragment, usize::MAX) {
            return writer.write_all(fragment.as_bytes());
        }
        let (mut bytes, mut units) = ([0; 4], [0; 2]);
        for character in fragment.chars() {
            let text: &str = character.encode_utf8(&mut bytes);
            if let Cow::Borrowed(_) = printable_up_to(text, usize::MAX) {
                writer.write_all(text.as_bytes())?;
                continue;
            }
            for unit in character.encode_utf16(&mut units) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }

    // The rest is how the formatter lays it out.

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn text_of(write: fn(&Value, &mut Vec<u8>) -> io::Result<()>, value: &Value) -> String {
        let mut bytes = Vec::new();
        write(value, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_could_deceive_a_reader_is_escaped_and_means_the_same() {
        let text = "a\u{1b}[2J\u{7f}\u{9b}\u{202e}b\u{e0041}\n\"ä🦀";
        let value = serde_json::json!({ text: [text, 1, null, {}] });
        for written in [text_of(compact, &value), text_of(pretty, &value)] {
            let seen = written.replace('\n', "");
            assert!(
                matches!(printable_up_to(&seen, usize::MAX), Cow::Borrowed(_)),
                "{seen:?}"
            );
            assert!(written.contains("ä🦀"));
            assert!(written.contains("\\udb40\\udc41"), "{written}");
            let read: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read, value);
        }
    }

    #[test]
    fn the_layout_is_that_of_serde_json() {
        let value = serde_json::json!({ "a": [1, {}, []], "b": { "c": [] } });
        let same = |written: String, expected: String| assert_eq!(written, expected + "\n");
        same(text_of(compact, &value), value.to_string());
        same(
            text_of(pretty, &value),
            serde_json::to_string_pretty(&value).unwrap(),
        );
    }
}
