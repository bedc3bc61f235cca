//! How pnpm names packages, which each version of its lockfile does otherwise.

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
    /// Name and version; either may be missing where a host, folder or address stands there.
    pub(super) fn id(self, key: &str) -> (Option<&str>, Option<&str>) {
        let key = without_peers(key);
        match self {
            Self::Nine => at(key),
            Self::Six => match key.strip_prefix('/') {
                Some(key) => at(key),
                // `host/name@1.0.0`
                None => key
                    .split_once('/')
                    .map_or((None, None), |(_, rest)| match is_host(key) {
                        true => at(rest),
                        false => (None, None),
                    }),
            },
            Self::Five => {
                let path = match key.strip_prefix('/') {
                    Some(path) => path,
                    None if is_host(key) => key.split_once('/').map_or("", |(_, rest)| rest),
                    None => return (None, None),
                };
                match path.rsplit_once('/') {
                    Some((name, version)) => (Some(name), Some(without_old_peers(version))),
                    None => (None, None),
                }
            }
        }
    }

    /// What stands for the version: `1.0.0`, `file:local`, `https://…`.
    pub(super) fn reference(self, key: &str) -> &str {
        match self {
            Self::Nine => at(without_peers(key)).1.unwrap_or_default(),
            Self::Five | Self::Six => match key.strip_prefix('/') {
                Some(_) => self.id(key).1.unwrap_or_default(),
                None => without_peers(
                    key.strip_prefix('@')
                        .filter(|rest| rest.contains("://"))
                        .unwrap_or(key),
                ),
            },
        }
    }

    /// Whether it names a version of a registry, by its form.
    pub(super) fn is_registry_key(self, key: &str) -> bool {
        let version = self.id(key).1;
        version.is_some_and(|version| {
            version.starts_with(|first: char| first.is_ascii_digit())
                && !version.contains([':', '/'])
        })
    }

    /// The key of a dependency, from its name and what it is locked to; nothing for links.
    pub(super) fn key_of(self, name: &str, locked: &str) -> Option<String> {
        if locked.starts_with("link:") || locked.starts_with("workspace:") {
            return None;
        }
        let before_peers = without_peers(locked);
        Some(match self {
            Self::Nine => {
                let at = before_peers.find('@');
                let colon = before_peers.find(':');
                // An alias is locked to the whole key.
                let is_key = at.is_some_and(|at| colon.is_none_or(|colon| at < colon));
                match is_key {
                    true => locked.to_owned(),
                    false => format!("{name}@{locked}"),
                }
            }
            Self::Six if before_peers.contains(['/', ':']) => locked.to_owned(),
            Self::Six => format!("/{name}@{locked}"),
            Self::Five if locked.contains(['/', ':']) => locked.to_owned(),
            Self::Five => format!("/{name}/{locked}"),
        })
    }
}

/// Without `(peer@1.0.0)`.
pub(super) fn without_peers(key: &str) -> &str {
    key.find('(').map_or(key, |at| &key[..at])
}

/// Without `_peer@1.0.0`, or the hash that stands for many.
fn without_old_peers(version: &str) -> &str {
    version.find('_').map_or(version, |at| &version[..at])
}

/// The hash of a patch, which is written among the peers.
pub(super) fn patch(key: &str) -> Option<&str> {
    let start = key.find("(patch_hash=")? + "(patch_hash=".len();
    let end = key[start..].find(')')?;
    Some(&key[start..start + end])
}

/// `name@rest`.
fn at(key: &str) -> (Option<&str>, Option<&str>) {
    let scope = usize::from(key.starts_with('@'));
    match key[scope..].find('@') {
        Some(found) => (Some(&key[..scope + found]), Some(&key[scope + found + 1..])),
        None => (None, None),
    }
}

/// Whether what stands before the first slash is a host.
fn is_host(key: &str) -> bool {
    let host = key.split('/').next().unwrap_or_default();
    host.contains('.') && !host.contains(':') && !host.starts_with('@')
}
