//! How the versions of pnpm's lockfile name packages and lead to them, and what becomes of names when versions change.

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `/@s/name/1.0.0_peer@2.0.0`
    Five,
    /// `/@s/name@1.0.0(peer@2.0.0)`
    Six,
    /// `@s/name@1.0.0(peer@2.0.0)`
    Nine,
}

impl Form {
    pub(super) fn of(version: &str) -> Self {
        match version.split('.').next() {
            Some("5") => Self::Five,
            Some("6") => Self::Six,
            _ => Self::Nine,
        }
    }

    /// The section that says what packages depend on.
    pub(super) fn snapshots(self) -> &'static str {
        match self {
            Self::Five | Self::Six => "packages",
            Self::Nine => "snapshots",
        }
    }

    /// The key of a package without peers.
    pub(super) fn key(self, name: &str, version: &str) -> String {
        match self {
            Self::Five => format!("/{name}/{version}"),
            Self::Six => format!("/{name}@{version}"),
            Self::Nine => format!("{name}@{version}"),
        }
    }

    /// Where peers begin in a key or reference.
    fn peers_at(self, text: &str) -> usize {
        let found = match self {
            Self::Five => {
                let version = text.rfind('/').map_or(0, |at| at + 1);
                // Peers of a scope have `+` for the slash, so that the last one is the key's.
                text[version..].find('_').map(|at| version + at)
            }
            Self::Six | Self::Nine => text.find('('),
        };
        found.unwrap_or(text.len())
    }

    pub(super) fn base(self, key: &str) -> &str {
        &key[..self.peers_at(key)]
    }

    pub(super) fn has_peers(self, key: &str) -> bool {
        self.peers_at(key) < key.len()
    }

    /// Whether peers are written as a hash.
    pub(super) fn hides_peers(self, key: &str) -> bool {
        let peers = &key[self.peers_at(key)..];
        match self {
            Self::Five => !peers.is_empty() && !peers.contains('@'),
            Self::Six | Self::Nine => peers.split(['(', ')']).any(|part| {
                !part.is_empty() && !part.contains('@') && !part.starts_with("patch_hash=")
            }),
        }
    }

    /// The key that a dependency of this name is locked to.
    pub(super) fn key_of(self, name: &str, locked: &str) -> String {
        let base = self.base(locked);
        let is_key = match self {
            Self::Five | Self::Six => base.contains('/'),
            Self::Nine => base.contains('@'),
        };
        match is_key {
            true => locked.to_owned(),
            false => match self {
                Self::Five => format!("/{name}/{locked}"),
                Self::Six => format!("/{name}@{locked}"),
                Self::Nine => format!("{name}@{locked}"),
            },
        }
    }

    /// The other way: what leads from a dependency of this name to a key.
    pub(super) fn reference(self, key: &str, name: &str) -> String {
        let own = self.key(name, "");
        key.strip_prefix(&own).unwrap_or(key).to_owned()
    }
}

/// Versions that become others.
#[derive(Clone, Debug)]
pub(super) struct Renames {
    form: Form,
    /// Name, version, new version.
    all: Vec<(String, String, String)>,
}

impl Renames {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            all: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, name: &str, old: &str, new: &str) {
        self.all
            .push((name.to_owned(), old.to_owned(), new.to_owned()));
    }

    /// A key with its own version and those of its peers as they are now.
    pub(super) fn key(&self, key: &str) -> String {
        let (base, peers) = key.split_at(self.form.peers_at(key));
        let renamed = self.all.iter().find_map(|(name, old, new)| {
            (self.form.key(name, old) == base).then(|| self.form.key(name, new))
        });
        format!(
            "{}{}",
            renamed.as_deref().unwrap_or(base),
            self.peers(peers)
        )
    }

    /// What a dependency of this name is locked to.
    pub(super) fn reference(&self, name: &str, locked: &str) -> String {
        let (base, peers) = locked.split_at(self.form.peers_at(locked));
        let renamed = self.all.iter().find_map(|(known, old, new)| {
            if known == name && old == base {
                return Some(new.clone());
            }
            (self.form.key(known, old) == base).then(|| self.form.key(known, new))
        });
        format!(
            "{}{}",
            renamed.as_deref().unwrap_or(base),
            self.peers(peers)
        )
    }

    fn peers(&self, peers: &str) -> String {
        if peers.is_empty() {
            return String::new();
        }
        let mut text = peers.to_owned();
        for (name, old, new) in &self.all {
            let (name, starts, ends): (_, &[char], &[char]) = match self.form {
                Form::Five => (name.replace('/', "+"), &['_', '+'], &['_', '+']),
                Form::Six | Form::Nine => (name.clone(), &['('], &['(', ')']),
            };
            text = replaced(
                &text,
                &format!("{name}@{old}"),
                &format!("{name}@{new}"),
                starts,
                ends,
            );
        }
        text
    }
}

/// Replaces a word where it stands between these.
fn replaced(text: &str, old: &str, new: &str, starts: &[char], ends: &[char]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (found, _) in text.match_indices(old) {
        let begins = found == 0 || text[..found].ends_with(starts);
        let rest = &text[found + old.len()..];
        if begins && (rest.is_empty() || rest.starts_with(ends)) && found >= at {
            result.push_str(&text[at..found]);
            result.push_str(new);
            at = found + old.len();
        }
    }
    result.push_str(&text[at..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_change_in_keys_references_and_peers() {
        let mut nine = Renames::new(Form::Nine);
        nine.add("debug", "4.4.2", "4.4.1");
        nine.add("@s/x", "1.0.0", "0.9.0");
        assert_eq!(nine.key("debug@4.4.2"), "debug@4.4.1");
        assert_eq!(nine.key("debug@4.4.20"), "debug@4.4.20");
        assert_eq!(
            nine.key("a@1.0.0(debug@4.4.2(@s/x@1.0.0))(xdebug@4.4.2)"),
            "a@1.0.0(debug@4.4.1(@s/x@0.9.0))(xdebug@4.4.2)"
        );
        assert_eq!(
            nine.reference("debug", "4.4.2(@s/x@1.0.0)"),
            "4.4.1(@s/x@0.9.0)"
        );
        assert_eq!(nine.reference("other", "4.4.2"), "4.4.2");
        assert_eq!(nine.reference("bug", "debug@4.4.2"), "debug@4.4.1");

        let mut five = Renames::new(Form::Five);
        five.add("@s/x", "1.0.0", "0.9.0");
        assert_eq!(five.key("/@s/x/1.0.0"), "/@s/x/0.9.0");
        assert_eq!(
            five.key("/a/2.0.0_@s+x@1.0.0+b@1.0.0"),
            "/a/2.0.0_@s+x@0.9.0+b@1.0.0"
        );
        assert_eq!(five.reference("@s/x", "1.0.0"), "0.9.0");

        let mut six = Renames::new(Form::Six);
        six.add("@s/x", "1.0.0", "0.9.0");
        assert_eq!(six.key("/@s/x@1.0.0(b@1.0.0)"), "/@s/x@0.9.0(b@1.0.0)");
        assert_eq!(six.reference("y", "/@s/x@1.0.0"), "/@s/x@0.9.0");
    }

    #[test]
    fn peers_as_a_hash_are_known_as_such() {
        assert!(Form::Nine.hides_peers("a@1.0.0(0123abcd)"));
        assert!(!Form::Nine.hides_peers("a@1.0.0(patch_hash=0123)(b@1.0.0)"));
        assert!(Form::Five.hides_peers("/a/1.0.0_0123abcd"));
        assert!(!Form::Five.hides_peers("/a/1.0.0"));
    }
}
