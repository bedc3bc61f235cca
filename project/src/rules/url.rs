//! The parts of an address as lockfiles write it. Not a URL parser: what a browser would repair must be seen as it stands.

use percent_encoding::percent_decode_str;

/// `scheme://user@host:port/path?query#fragment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    pub(crate) scheme: &'a str,
    /// What stands before `@`.
    pub(crate) user: Option<&'a str>,
    /// With its port.
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
}

impl<'a> Address<'a> {
    /// Of an address with `http` or `https`, in any case.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.find(['/', '\\']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        Some(Self {
            scheme,
            user,
            host,
            path,
            query,
        })
    }

    /// What the last part of `…/name/-/file.tgz` and the name before it are, decoded.
    pub(crate) fn package(&self) -> Option<(String, String)> {
        let path = percent_decode_str(self.path)
            .decode_utf8_lossy()
            .into_owned();
        let (name, file) = path.rsplit_once("/-/")?;
        let mut parts = name.rsplit('/');
        let bare = parts.next()?;
        let scope = parts.next().filter(|scope| scope.starts_with('@'));
        let name = match scope {
            Some(scope) => format!("{scope}/{bare}"),
            None => bare.to_owned(),
        };
        Some((name, file.to_owned()))
    }

    /// The version in the name of the file, if the file is named after the package.
    pub(crate) fn version(&self, name: &str) -> Option<String> {
        let (_, file) = self.package()?;
        let file = file.rsplit('/').next().unwrap_or(&file);
        let bare = name.rsplit('/').next().unwrap_or(name);
        let version = file.strip_prefix(bare)?.strip_prefix('-')?;
        let version = version
            .strip_suffix(".tgz")
            .or_else(|| version.strip_suffix(".tar.gz"))?;
        Some(version.to_owned())
    }
}
