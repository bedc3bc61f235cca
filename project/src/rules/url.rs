//! The parts of an address as lockfiles write it. Not a URL parser: what a browser would repair must be seen as it stands.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;

/// `scheme://user@host:port/path?query#fragment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    pub(crate) scheme: &'a str,
    /// What stands before `@`.
    pub(crate) user: Option<&'a str>,
    /// With its port, as it is written.
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) fragment: Option<&'a str>,
}

/// Parts of names that credentials have in a query or fragment.
const SECRETS: &[&str] = &[
    "accesskey",
    "apikey",
    "auth",
    "bearer",
    "credential",
    "jwt",
    "password",
    "passwd",
    "secret",
    "signature",
    "token",
];

/// How tokens of registries and code hosts begin, whatever they are called.
const TOKENS: &[&str] = &[
    "npm_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "eyj0ex",
    "eyjhbg",
];

impl<'a> Address<'a> {
    /// Of an address with `http` or `https`, in any case.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment)),
            None => (rest, None),
        };
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
            fragment,
        })
    }

    /// The host as it is compared.
    pub(crate) fn own_host(&self) -> String {
        compared(self.scheme, self.host)
    }

    /// The path without its percent signs; nothing if they stand for no text.
    fn decoded(&self) -> Option<String> {
        let mut escapes = self.path.split('%').skip(1);
        let is_strict = escapes.all(|rest| {
            let digits = rest.as_bytes().get(..2);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        });
        let decoded = percent_decode_str(self.path).decode_utf8().ok();
        decoded.filter(|_| is_strict).map(Into::into)
    }

    /// Whether the path of a package hides none of its letters, nor a slash: `%65` is an `e`, and only the slash behind a
    /// scope is written as `%2f` by clients.
    pub(crate) fn is_plainly_spelled(&self) -> bool {
        if self.decoded().is_none() {
            return false;
        }
        self.path.match_indices('%').all(|(at, _)| {
            let code = self.path.get(at + 1..at + 3).unwrap_or_default();
            match u8::from_str_radix(code, 16).unwrap_or_default() {
                b'/' => is_scope(&self.path[..at]),
                b'-' | b'.' | b'_' | b'~' | b'%' | b'\\' | 0x7f => false,
                byte => !byte.is_ascii_alphanumeric() && !byte.is_ascii_control(),
            }
        })
    }

    /// The name of what looks like a credential in the query or the fragment.
    pub(crate) fn secret(&self) -> Option<String> {
        let parts = [self.query, self.fragment];
        let pairs = parts
            .iter()
            .flatten()
            .flat_map(|part| part.split(['&', ';', '?']));
        for pair in pairs {
            let decoded = percent_decode_str(pair).decode_utf8_lossy();
            let (name, value) = decoded.split_once('=').unwrap_or(("", &decoded));
            let letters = name.chars().filter(char::is_ascii_alphanumeric);
            let bare: String = letters.collect::<String>().to_ascii_lowercase();
            let is_named = SECRETS.iter().any(|secret| bare.contains(secret))
                || matches!(&*bare, "key" | "sig" | "pass" | "pwd");
            let value = value.to_ascii_lowercase();
            let is_token = TOKENS.iter().any(|token| value.starts_with(token));
            if (is_named && !value.is_empty()) || is_token {
                return Some(name.to_owned());
            }
        }
        None
    }

    /// What the last part of `…/name/-/file.tgz` and the name before it are, decoded.
    pub(crate) fn package(&self) -> Option<(String, String)> {
        let path = self.decoded()?;
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

/// A host as it is compared: in small letters, without the port that the scheme has anyway, without a dot at its end.
pub(crate) fn compared(scheme: &str, host: &str) -> String {
    let host = host.to_ascii_lowercase();
    // The colons within `[::1]` are none of a port.
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host.as_str(), ""),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let usual = match scheme.eq_ignore_ascii_case("http") {
        true => "80",
        false => "443",
    };
    match port.trim_start_matches('0') {
        "" => name.to_owned(),
        number if number == usual => name.to_owned(),
        number => format!("{name}:{number}"),
    }
}

/// Whether a path ends in a scope: `/npm/@own`, or `%40own`.
fn is_scope(path: &str) -> bool {
    let part = path.rsplit('/').next().unwrap_or(path);
    let name = part.strip_prefix('@').or_else(|| part.strip_prefix("%40"));
    name.is_some_and(|name| !name.is_empty() && !name.contains('%'))
}

/// What stands before the first colon of an address, if that is before any slash.
pub(crate) fn scheme(address: &str) -> Option<&str> {
    let first = address.split(['/', '\\', '?', '#']).next()?;
    first.split_once(':').map(|(scheme, _)| scheme)
}

/// A host, with or without a port, that no packet leaves for.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_as_clients_understand_them() {
        for (address, host) in [
            ("https://Registry.EXAMPLE/a", "registry.example"),
            ("HTTPS://registry.example:443/a", "registry.example"),
            ("https://registry.example.:0443/a", "registry.example"),
            ("https://registry.example:/a", "registry.example"),
            ("http://registry.example:80", "registry.example"),
            ("http://registry.example:443/", "registry.example:443"),
            ("https://registry.example../", "registry.example."),
            ("https://[::1]:443/", "[::1]"),
            ("https://[::1]/", "[::1]"),
            ("https://[::1]:4873/", "[::1]:4873"),
        ] {
            assert_eq!(
                Address::parse(address).unwrap().own_host(),
                host,
                "{address}"
            );
        }
    }

    #[test]
    fn only_what_must_be_is_encoded() {
        for (path, is_plain) in [
            ("/a/-/a-1.0.0.tgz", true),
            ("/@own%2fa/-/a-1.0.0.tgz", true),
            ("/npm/%40own%2Fa/-/a-1.0.0.tgz", true),
            ("/My%20Feed/a/-/a-1.0.0%2Bb.tgz", true),
            ("/%65/-/e-1.0.0.tgz", false),
            ("/a/%2d/a-1.0.0.tgz", false),
            ("/a%2F-/a-1.0.0.tgz", false),
            ("/@own%2fa%2fb/-/a-1.0.0.tgz", false),
            ("/@%2fa/-/a-1.0.0.tgz", false),
            ("/a/-/a-1%2e0.0.tgz", false),
            ("/%2565/-/e-1.0.0.tgz", false),
            ("/a%00/-/a-1.0.0.tgz", false),
            ("/a%5c/-/a-1.0.0.tgz", false),
            ("/a%/-/a-1.0.0.tgz", false),
            ("/a%4", false),
            ("/a%+1", false),
            ("/%ff/-/a-1.0.0.tgz", false),
            ("/ä%é", false),
        ] {
            let text = format!("https://registry.example{path}");
            let address = Address::parse(&text).unwrap();
            assert_eq!(address.is_plainly_spelled(), is_plain, "{path}");
        }
    }

    #[test]
    fn credentials_are_seen_by_their_names_or_beginnings() {
        for (rest, secret) in [
            ("?token=x", Some("token")),
            ("?a=1&Access_Token=x", Some("Access_Token")),
            ("?a=1;%74oken=x", Some("token")),
            ("#private-token=x", Some("private-token")),
            ("#0123?auth=x", Some("auth")),
            ("?X-Amz-Signature=x", Some("X-Amz-Signature")),
            ("?npm_0123456789", Some("")),
            ("?v=ghp_0123456789", Some("v")),
            ("?token=", None),
            ("?cache=0&sync_timestamp=1575&other_urls=x", None),
            ("#da39a3ee5e6b4b0d3255bfef95601890afd80709", None),
            ("", None),
        ] {
            let text = format!("https://registry.example/a/-/a-1.0.0.tgz{rest}");
            let address = Address::parse(&text).unwrap();
            assert_eq!(address.secret().as_deref(), secret, "{rest}");
        }
    }
}
