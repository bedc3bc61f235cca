//! Edits of JSON that keep its style: indentation, line ends, the space after a colon.

use lazaret_npm::lockfile::node::Node;
use serde_json::Value;

use super::{Edit, line_end};

/// How a document is laid out.
#[derive(Clone, Debug)]
pub(super) struct Style {
    /// Empty where everything stands on one line.
    newline: &'static str,
    unit: String,
    colon: &'static str,
}

impl Style {
    /// That of the document, as its first field shows it.
    pub(super) fn of(text: &str, root: &Node<'_>) -> Self {
        let first = root.fields().first();
        let before =
            first.and_then(|first| text.get(root.at.start as usize + 1..first.at.start as usize));
        let colon =
            first.and_then(|first| text.get(first.at.end as usize..first.node.at.start as usize));
        let colon = match colon {
            Some(":") => ":",
            _ => ": ",
        };
        match before {
            Some(space) if space.contains('\n') => Self {
                newline: line_end(text),
                unit: space.rsplit('\n').next().unwrap_or_default().to_owned(),
                colon,
            },
            Some(_) => Self {
                newline: "",
                unit: String::new(),
                colon,
            },
            None => Self {
                newline: line_end(text),
                unit: "  ".to_owned(),
                colon,
            },
        }
    }

    fn line(&self, depth: usize) -> String {
        format!("{}{}", self.newline, self.unit.repeat(depth))
    }

    /// A value as it would stand at this depth.
    pub(super) fn render(&self, value: &Value, depth: usize) -> String {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let fields: Vec<(String, String)> = fields
                    .iter()
                    .map(|(key, value)| (key.clone(), self.render(value, depth + 1)))
                    .collect();
                self.object(&fields, depth)
            }
            Value::Array(items) if !items.is_empty() => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| format!("{}{}", self.line(depth + 1), self.render(item, depth + 1)))
                    .collect();
                format!("[{}{}]", items.join(","), self.line(depth))
            }
            other => other.to_string(),
        }
    }

    /// An object of rendered values, in this order.
    pub(super) fn object(&self, fields: &[(String, String)], depth: usize) -> String {
        let fields: Vec<String> = fields
            .iter()
            .map(|(key, value)| format!("{}{}", self.line(depth + 1), self.field(key, value)))
            .collect();
        match fields.is_empty() {
            true => "{}".to_owned(),
            false => format!("{{{}{}}}", fields.join(","), self.line(depth)),
        }
    }

    fn field(&self, key: &str, value: &str) -> String {
        format!("{}{}{value}", quoted(key), self.colon)
    }

    /// Takes fields out of an object and puts others in, each before the first that `goes_after` it. `depth` is the object's.
    pub(super) fn change(
        &self,
        text: &str,
        object: &Node<'_>,
        depth: usize,
        removed: impl Fn(usize) -> bool,
        added: Vec<(String, String)>,
        goes_after: impl Fn(&str, &str) -> bool,
    ) -> Vec<Edit> {
        let fields = object.fields();
        let kept: Vec<usize> = (0..fields.len()).filter(|index| !removed(*index)).collect();
        let at = |index: usize| {
            (
                fields[index].at.start as usize,
                fields[index].node.at.end as usize,
            )
        };
        let inside = (
            object.at.start as usize + 1,
            (object.at.end as usize).saturating_sub(1),
        );
        let Some(last_kept) = kept.last().copied() else {
            if fields.is_empty() && added.is_empty() {
                return Vec::new();
            }
            let whole = self.object(&added, depth);
            return vec![Edit::new(
                object.at.start as usize,
                object.at.end as usize,
                whole,
            )];
        };
        let mut edits = Vec::new();
        for index in 0..fields.len() {
            if removed(index) && index < last_kept {
                edits.push(Edit::new(at(index).0, at(index + 1).0, ""));
            }
        }
        if last_kept + 1 < fields.len() {
            edits.push(Edit::new(at(last_kept).1, at(fields.len() - 1).1, ""));
        }
        let between = text.get(inside.0..at(0).0).unwrap_or_default();
        // Where two fields stand apart by an empty line, so does a new one.
        let apart = match fields.len() {
            0 | 1 => between,
            _ => {
                let gap = text.get(at(0).1..at(1).0).unwrap_or_default();
                gap.trim_start().strip_prefix(',').unwrap_or(between)
            }
        };
        for (key, value) in added {
            let field = self.field(&key, &value);
            let before = kept
                .iter()
                .find(|index| goes_after(&fields[**index].key, &key));
            edits.push(match before {
                Some(index) => {
                    let start = at(*index).0;
                    Edit::new(start, start, format!("{field},{apart}"))
                }
                None => {
                    let end = at(last_kept).1;
                    Edit::new(end, end, format!(",{apart}{field}"))
                }
            });
        }
        edits
    }
}

/// As JSON writes a text.
pub(super) fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// Another text in the place of a value.
pub(super) fn set(node: &Node<'_>, text: &str) -> Edit {
    Edit::new(node.at.start as usize, node.at.end as usize, quoted(text))
}

/// The value that a node means.
pub(super) fn value(node: &Node<'_>) -> Value {
    use lazaret_npm::lockfile::node::Value as Read;
    match &node.value {
        Read::Null => Value::Null,
        Read::Boolean(value) => Value::Bool(*value),
        Read::Number(number) => serde_json::from_str(number).unwrap_or(Value::Null),
        Read::Text(text) => Value::String(text.to_string()),
        Read::List(items) => Value::Array(items.iter().map(value).collect()),
        Read::Object(fields) => {
            let fields = fields.iter();
            Value::Object(
                fields
                    .map(|field| (field.key.to_string(), value(&field.node)))
                    .collect(),
            )
        }
    }
}

/// How npm orders keys: as people read them, `a` before `B`; good enough to keep a list in order.
pub(super) fn by_name(known: &str, new: &str) -> bool {
    let folded = |text: &str| text.to_lowercase();
    (folded(known), known) > (folded(new), new)
}

#[cfg(test)]
mod tests {
    use super::super::applied;
    use super::*;
    use lazaret_npm::lockfile::json::{Dialect, parse};

    fn changed(text: &str, removed: &[usize], added: &[&str]) -> String {
        let root = parse(text, Dialect::Comments).unwrap();
        let style = Style::of(text, &root);
        let added = added
            .iter()
            .map(|key| ((*key).to_owned(), "0".to_owned()))
            .collect();
        let edits = style.change(
            text,
            &root,
            0,
            |index| removed.contains(&index),
            added,
            by_name,
        );
        applied(text, edits).unwrap()
    }

    #[test]
    fn fields_come_and_go_and_the_rest_keeps_its_bytes() {
        let text = "{\n\t\"a\": 1,\n\t\"c\": 2,\n\t\"e\": 3\n}\n";
        for (removed, added, expected) in [
            (&[0][..], &[][..], "{\n\t\"c\": 2,\n\t\"e\": 3\n}\n"),
            (&[1], &[], "{\n\t\"a\": 1,\n\t\"e\": 3\n}\n"),
            (&[1, 2], &[], "{\n\t\"a\": 1\n}\n"),
            (&[0, 1, 2], &[], "{}\n"),
            (&[0, 1, 2], &["x"], "{\n\t\"x\": 0\n}\n"),
            (
                &[2],
                &["b", "f"],
                "{\n\t\"a\": 1,\n\t\"b\": 0,\n\t\"c\": 2,\n\t\"f\": 0\n}\n",
            ),
            (&[1], &["d"], "{\n\t\"a\": 1,\n\t\"d\": 0,\n\t\"e\": 3\n}\n"),
            (
                &[],
                &["A", "b"],
                "{\n\t\"a\": 1,\n\t\"b\": 0,\n\t\"c\": 2,\n\t\"e\": 3\n}\n",
            ),
        ] {
            let expected = match added.first() {
                Some(&"A") => {
                    "{\n\t\"A\": 0,\n\t\"a\": 1,\n\t\"b\": 0,\n\t\"c\": 2,\n\t\"e\": 3\n}\n"
                }
                _ => expected,
            };
            assert_eq!(changed(text, removed, added), expected);
        }
        assert_eq!(
            changed("{\"a\":1,\"c\":2}", &[0], &["b"]),
            "{\"b\":0,\"c\":2}"
        );
        assert_eq!(changed("{}", &[], &["b"]), "{\n  \"b\": 0\n}");
        let bun = "{\n  \"a\": 1,\n\n  \"c\": 2,\n}\n";
        assert_eq!(
            changed(bun, &[1], &["d"]),
            "{\n  \"a\": 1,\n\n  \"d\": 0,\n}\n"
        );
    }
}
