//! Finding the registry that packages come from: what lazaret is told, else what npm is configured with.
//! No registry's name is written here.

mod npm;

#[cfg(test)]
mod tests;

use crate::config::{self, Config, Loaded};
use crate::exit::Failure;
use crate::surroundings::Surroundings;
use anyhow::Context;
use lazaret_upstream::{Auth, Npmrc, RegistrySettings};
use npm::NpmrcFile;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// The registry, where it was found, and what to say to it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) url: Url,
    pub(crate) source: String,
    pub(crate) auth: Option<Auth>,
    /// Where the credentials were found.
    pub(crate) auth_source: Option<String>,
    /// A file of certificates to trust besides, and where it was named.
    pub(crate) ca_file: Option<(PathBuf, String)>,
}

impl Found {
    /// How to ask it.
    ///
    /// # Errors
    /// When the certificates cannot be read.
    pub(crate) fn settings(&self, config: &Config) -> anyhow::Result<RegistrySettings> {
        const MEBIBYTE: u64 = 1 << 20;
        let upstream = &config.upstream;
        let mut settings = RegistrySettings::new(self.url.clone());
        settings.auth.clone_from(&self.auth);
        settings.connect_timeout = Duration::from_secs(upstream.connect_timeout);
        settings.read_timeout = Duration::from_secs(upstream.read_timeout);
        settings.total_timeout = Duration::from_secs(upstream.total_timeout);
        settings.retries = upstream.retries;
        settings.max_packument = upstream.max_packument * MEBIBYTE;
        settings.max_tarball = upstream.max_tarball * MEBIBYTE;
        settings.extra_ca = self.extra_ca()?;
        Ok(settings)
    }

    /// The certificates to trust besides the platform's.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn extra_ca(&self) -> anyhow::Result<Option<Vec<u8>>> {
        let Some((path, source)) = &self.ca_file else {
            return Ok(None);
        };
        let pem = std::fs::read(path).with_context(|| {
            format!(
                "cannot read the certificates in {} (named in {source})",
                path.display()
            )
        })?;
        Ok(Some(pem))
    }
}

/// Looks in the order of docs/reference/config.md.
///
/// # Errors
/// When there is none, when it is no http(s) URL, or when it is lazaret itself; all say what to set.
pub(crate) fn find(loaded: &Loaded, surroundings: &Surroundings) -> Result<Found, Failure> {
    let files = npm::files(surroundings);
    let told = loaded
        .config
        .upstream
        .registry
        .clone()
        .map(|url| (url, loaded.source("upstream.registry")));
    let (url, source) = match told {
        Some(told) => told,
        // Any folder's .npmrc could name a registry and be sent the token.
        None if loaded.config.upstream.token.is_some() => {
            return Err(Failure::wrong_use(
                "a token is set, but not the registry it is for: say --upstream URL, set LAZARET_UPSTREAM, \
                 or write `registry` below [upstream] in lazaret.toml",
            ));
        }
        None => configured_in_npm(&files, surroundings)?,
    };
    if is_own_address(&url, &loaded.config) {
        return Err(points_here(
            &url,
            &source,
            &loaded.config,
            &files,
            surroundings,
        ));
    }
    let (auth, auth_source) = credentials(loaded, &url, &files);
    let ca_file = ca_file(loaded, &files, surroundings);
    Ok(Found {
        url,
        source,
        auth,
        auth_source,
        ca_file,
    })
}

/// npm's own order: variable, project, user, global, then whatever npm itself says.
fn configured_in_npm(
    files: &[NpmrcFile],
    surroundings: &Surroundings,
) -> Result<(Url, String), Failure> {
    let found = npm_candidates(files, surroundings).next();
    let (text, source) = found.or_else(|| npm::asked(surroundings)).ok_or_else(|| {
        Failure::wrong_use(
            "no registry to ask for packages was found: npm is not configured with one and could not be asked.\n\
             Say --upstream URL, set LAZARET_UPSTREAM, or write `registry = \"https://registry.example/\"` below [upstream] in lazaret.toml",
        )
    })?;
    let url = config::url(&text)
        .map_err(|message| Failure::wrong_use(format!("the registry in {source} {message}")))?;
    Ok((url, source))
}

fn npm_candidates<'f>(
    files: &'f [NpmrcFile],
    surroundings: &'f Surroundings,
) -> impl Iterator<Item = (String, String)> + 'f {
    let variable = surroundings
        .npm_variable("npm_config_registry")
        .map(|(name, value)| (value.to_owned(), format!("environment variable {name}")));
    let in_files = files.iter().filter_map(|file| {
        Some((
            file.npmrc.registry()?.to_owned(),
            file.path.display().to_string(),
        ))
    });
    variable.into_iter().chain(in_files)
}

fn credentials(loaded: &Loaded, url: &Url, files: &[NpmrcFile]) -> (Option<Auth>, Option<String>) {
    if let Some(token) = &loaded.config.upstream.token {
        let source = loaded.source("upstream.token");
        return (Some(Auth::Bearer(token.0.clone())), Some(source));
    }
    let merged = files.iter().fold(Npmrc::default(), |above, file| {
        above.over(file.npmrc.clone())
    });
    let auth = merged.credentials_for(url);
    let holds = |file: &&NpmrcFile| file.npmrc.credentials_for(url) == auth;
    let source = auth.as_ref().and_then(|_| files.iter().find(holds));
    (auth, source.map(|file| file.path.display().to_string()))
}

/// `[upstream] ca-file`, else npm's `cafile`.
fn ca_file(
    loaded: &Loaded,
    files: &[NpmrcFile],
    surroundings: &Surroundings,
) -> Option<(PathBuf, String)> {
    if let Some(path) = &loaded.config.upstream.ca_file {
        return Some((path.clone(), loaded.source("upstream.ca-file")));
    }
    let (file, named) = files
        .iter()
        .find_map(|file| Some((file, file.npmrc.cafile()?)))?;
    let path = match (named.strip_prefix("~/"), &surroundings.home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => file.path.parent()?.join(named),
    };
    Some((path, file.path.display().to_string()))
}

/// Whether asking this registry would be asking ourselves.
fn is_own_address(registry: &Url, config: &Config) -> bool {
    let port = registry.port_or_known_default();
    if let Some(public) = &config.server.public_url
        && registry.host() == public.host()
        && port == public.port_or_known_default()
    {
        return true;
    }
    let listen = config.server.listen;
    if listen.port() == 0 || port != Some(listen.port()) {
        return false;
    }
    let is_local = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    let address: IpAddr = match registry.host() {
        Some(url::Host::Ipv4(address)) => address.into(),
        Some(url::Host::Ipv6(address)) => address.into(),
        Some(url::Host::Domain(name)) => {
            let local_name = name == "localhost" || name.ends_with(".localhost");
            return local_name && is_local(listen.ip());
        }
        None => return false,
    };
    address == listen.ip() || is_local(address) && is_local(listen.ip())
}

/// npm already points here. What it would use without that is a good guess, but only a person may choose it:
/// taking it silently could swap a company's registry for another.
fn points_here(
    url: &Url,
    source: &str,
    config: &Config,
    files: &[NpmrcFile],
    surroundings: &Surroundings,
) -> Failure {
    let other = npm_candidates(files, surroundings)
        .chain(std::iter::once_with(|| npm::asked(surroundings)).flatten())
        .filter_map(|(text, _)| config::url(&text).ok())
        .find(|other| !is_own_address(other, config));
    let guess = match other {
        Some(other) => format!("lazaret serve --upstream {other}"),
        None => "lazaret serve --upstream URL".to_owned(),
    };
    Failure::wrong_use(format!(
        "the registry in {source} is lazaret itself ({url}), so lazaret does not know where packages come from.\n\
         Say it with --upstream, LAZARET_UPSTREAM or `[upstream] registry` in lazaret.toml, for example:\n  {guess}"
    ))
}
