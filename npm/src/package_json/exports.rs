//! `exports` and `imports`: which file answers for which path under which conditions, in Node's order.

use super::ENTRIES_LIMIT;
use super::read::Value;

/// One possible answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `.`, `./sub`, `./features/*`, or `#internal`.
    pub subpath: String,
    /// All that must hold, outermost first: `["node", "import"]`.
    pub conditions: Vec<String>,
    /// The file, or another package of `imports`. Nothing if the path is closed (`null`).
    pub path: Option<String>,
}

/// Every target of a field in the order of the document, and whether there are more.
pub(super) fn targets(value: &Value) -> (Vec<Target>, bool) {
    let mut reader = Reader {
        targets: Vec::new(),
        bytes: 0,
        is_cut: false,
    };
    let is_map = |pairs: &[(String, Value)]| {
        let first = pairs.first();
        first.is_some_and(|(key, _)| key.starts_with(['.', '#']))
    };
    match value {
        Value::Object(pairs) if is_map(pairs) => {
            for (subpath, value) in pairs {
                reader.add(subpath, &mut Vec::new(), value);
            }
        }
        value => reader.add(".", &mut Vec::new(), value),
    }
    (reader.targets, reader.is_cut)
}

struct Reader {
    targets: Vec<Target>,
    /// Of conditions, which repeat from target to target.
    bytes: usize,
    is_cut: bool,
}

impl Reader {
    /// The document's nesting is bounded by its reader, so this recursion is.
    fn add<'a>(&mut self, subpath: &str, conditions: &mut Vec<&'a str>, value: &'a Value) {
        match value {
            Value::Text(path) => self.push(subpath, conditions, Some(path)),
            Value::Null => self.push(subpath, conditions, None),
            Value::List(values) => {
                for value in values {
                    self.add(subpath, conditions, value);
                }
            }
            Value::Object(pairs) => {
                for (condition, value) in pairs {
                    conditions.push(condition);
                    self.add(subpath, conditions, value);
                    conditions.pop();
                }
            }
            Value::Boolean(_) | Value::Number => {}
        }
    }

    fn push(&mut self, subpath: &str, conditions: &[&str], path: Option<&String>) {
        let parts = conditions.iter().map(|condition| condition.len());
        self.bytes += parts.sum::<usize>() + subpath.len();
        if self.targets.len() == ENTRIES_LIMIT || self.bytes > super::PACKAGE_JSON_LIMIT {
            self.is_cut = true;
            return;
        }
        self.targets.push(Target {
            subpath: subpath.to_owned(),
            conditions: conditions.iter().map(|one| (*one).to_owned()).collect(),
            path: path.cloned(),
        });
    }
}
