//! Every address of the npm API that a mirror answers, and who asks for it.
//!
//! The table is [`Route`]; [`Route::of`] reads a path. Pages and everything else under `/-/lazaret/` are in
//! [`crate::pages`].

use lazaret_npm::PackageName;
use percent_encoding::percent_decode_str;

use crate::problem::Problem;

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    // Every client, on every install.
    /// `GET /{name}`
    Packument(PackageName),
    /// `GET /{name}/-/{file}.tgz`; the version is as the file name says.
    Tarball(PackageName, Box<str>),

    // Tools.
    /// `GET /{name}/{version or tag}`
    Manifest(PackageName, String),
    /// `GET /-/package/{name}/dist-tags`
    DistTags(PackageName),
    /// `GET /-/v1/search?text=…`
    Search,
    /// `GET /-/ping`
    Ping,

    // npm audit, npm audit signatures, pnpm's lockfile check.
    /// `POST /-/npm/v1/security/advisories/bulk`
    AuditBulk,
    /// `POST /-/npm/v1/security/audits/quick` (older clients)
    AuditQuick,
    /// `POST /-/npm/v1/security/audits` (npm 6, pnpm 8)
    AuditFull,
    /// `GET /-/npm/v1/keys`
    Keys,
    /// `GET /-/npm/v1/attestations/{name}@{version}`
    Attestations(PackageName, Box<str>),

    // Writing, logging in, organisations: answered with a refusal in words.
    Write,
}

/// Longest path that is looked at, in bytes; the longest name has 214 characters, each up to three bytes when encoded.
const MAX_PATH: usize = 2048;

impl Route {
    /// The route of a path as it stands in the request line. Names are decoded once, then parsed strictly: what is
    /// not a package name is 400 or 404, never passed on to the upstream.
    pub(crate) fn of(path: &str) -> Result<Self, Problem> {
        if path.len() > MAX_PATH {
            return Err(Problem::bad_request("the address is too long"));
        }
        let unknown = || Problem::no_route(path);
        let rest = path.strip_prefix('/').ok_or_else(unknown)?;
        if let Some(special) = rest.strip_prefix("-/") {
            return Self::of_special(special).ok_or_else(unknown)?;
        }
        let decoded = decode(rest)?;
        let (name, rest) = split_name(&decoded).ok_or_else(unknown)?;
        if name.is_empty() {
            return Err(unknown());
        }
        let name = parse_name(name)?;
        match rest {
            "" => Ok(Self::Packument(name)),
            rest => match rest.strip_prefix("-/") {
                Some(file) => {
                    let version = version_of_file(&name, file)
                        .ok_or_else(|| Problem::no_version(&name, file))?;
                    Ok(Self::Tarball(name, version.into()))
                }
                None if rest.contains('/') => Err(unknown()),
                None => Ok(Self::Manifest(name, rest.to_owned())),
            },
        }
    }

    fn of_special(path: &str) -> Option<Result<Self, Problem>> {
        let route = match path.trim_end_matches('/') {
            "ping" => Self::Ping,
            "v1/search" => Self::Search,
            "npm/v1/keys" => Self::Keys,
            "npm/v1/security/advisories/bulk" => Self::AuditBulk,
            "npm/v1/security/audits/quick" => Self::AuditQuick,
            "npm/v1/security/audits" => Self::AuditFull,
            "whoami" | "v1/login" => Self::Write,
            path => {
                if let Some(id) = path.strip_prefix("npm/v1/attestations/") {
                    return Some(attestations(id));
                }
                if let Some(rest) = path.strip_prefix("package/") {
                    return Some(of_package(rest));
                }
                let is_account = ["user/", "npm/v1/", "stage", "org/", "team/", "v1/"]
                    .iter()
                    .any(|prefix| path.starts_with(prefix));
                return is_account.then_some(Ok(Self::Write));
            }
        };
        Some(Ok(route))
    }
}

/// `/-/package/{name}/…`: tags can be read, the rest is writing.
fn of_package(path: &str) -> Result<Route, Problem> {
    let decoded = decode(path)?;
    let (name, rest) = split_name(&decoded).ok_or_else(|| Problem::no_route(path))?;
    let name = parse_name(name)?;
    match rest {
        "dist-tags" => Ok(Route::DistTags(name)),
        _ => Ok(Route::Write),
    }
}

fn attestations(id: &str) -> Result<Route, Problem> {
    let decoded = decode(id)?;
    let at = decoded.rfind('@').filter(|at| *at > 0);
    let Some((name, version)) = at.map(|at| (&decoded[..at], &decoded[at + 1..])) else {
        return Err(Problem::bad_request(
            "attestations are asked for as NAME@VERSION",
        ));
    };
    Ok(Route::Attestations(parse_name(name)?, version.into()))
}

/// Decodes one level of percent-encoding. What is still encoded after it is no npm name.
fn decode(path: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(path)
        .decode_utf8()
        .map_err(|_| Problem::bad_request("the address is not UTF-8 once decoded"))?;
    if decoded.contains(['\0', '\\', '%']) || decoded.chars().any(char::is_control) {
        return Err(Problem::bad_request(
            "the address holds characters that no npm name has",
        ));
    }
    Ok(decoded.into_owned())
}

/// `@scope/name/rest` or `name/rest`; slashes at the end are dropped.
fn split_name(decoded: &str) -> Option<(&str, &str)> {
    let decoded = decoded.trim_end_matches('/');
    let end = if decoded.starts_with('@') {
        let scope = decoded.find('/')?;
        decoded[scope + 1..].find('/').map(|at| scope + 1 + at)
    } else {
        decoded.find('/')
    };
    match end {
        Some(end) => Some((&decoded[..end], &decoded[end + 1..])),
        None => Some((decoded, "")),
    }
}

fn parse_name(name: &str) -> Result<PackageName, Problem> {
    PackageName::parse(name).map_err(|error| Problem::bad_request(error.to_string()))
}

/// The version in a tarball's file name. Old lockfiles may repeat the scope: `@s/n/-/@s/n-1.0.0.tgz`.
fn version_of_file<'a>(name: &PackageName, file: &'a str) -> Option<&'a str> {
    let file = match name.scope() {
        Some(scope) => file
            .strip_prefix(scope)
            .and_then(|file| file.strip_prefix('/'))
            .unwrap_or(file),
        None => file,
    };
    let version = file
        .strip_prefix(name.bare())?
        .strip_prefix('-')?
        .strip_suffix(".tgz")?;
    let plausible = !version.is_empty() && version.len() <= 256 && !version.contains('/');
    plausible.then_some(version)
}

#[cfg(test)]
mod tests;
