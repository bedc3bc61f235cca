//! A small fake npm on loopback for tests: real tarballs, npm-shaped packuments, faults on demand.
//! `Npm::new().package("chalk", |p| p.version("5.6.0", |v| v)).start().await` is a registry real clients install from.

mod answer;
pub mod archives;
mod fault;
mod fixed;
mod handle;
mod package;
mod packument;
mod padding;
mod record;
mod release;
mod server;
mod tarball;
mod world;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use fixed::Fixed;
pub use handle::FakeNpm;
pub use package::Package;
pub use record::Request;
pub use release::Release;
pub use tarball::{gzip, sha1_hex, sha512_integrity, tarball};

use serde_json::Value;
use world::World;

/// A registry being described; nothing listens until [`Npm::start`].
///
/// Wrong descriptions (two versions of one number, a path that does not fit in a tar header) panic: this is a test tool.
#[derive(Default)]
pub struct Npm {
    world: World,
}

impl Npm {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a package; its `latest` is the version named last unless a tag says otherwise.
    #[must_use]
    pub fn package(mut self, name: &str, describe: impl FnOnce(Package) -> Package) -> Self {
        self.world.insert(describe(Package::new(name)));
        self
    }

    /// Adds a package whose full packument has `versions` versions and about `bytes` bytes.
    ///
    /// Versions are `0.0.0`, `0.1.0` and so on, ten minors to a major. Rendering 90 MB takes about a second on the first request.
    #[must_use]
    pub fn big(self, name: &str, versions: usize, bytes: usize) -> Self {
        let each = bytes / versions.max(1);
        self.package(name, |mut package| {
            for index in 0..versions {
                let version = format!("{}.{}.0", index / 10, index % 10);
                package = package.version(&version, |release| release.padding(each));
            }
            package
        })
    }

    /// Serves these bytes as the packument of `name`, whatever they are.
    #[must_use]
    pub fn raw_packument(self, name: &str, bytes: impl Into<bytes::Bytes>) -> Self {
        self.route(
            &format!("/{name}"),
            Fixed::new(bytes).content_type("application/json"),
        )
    }

    /// Serves a fixed body at an exact path (with its query, if the route is to need one). Goes before everything else.
    #[must_use]
    pub fn route(mut self, path: &str, fixed: Fixed) -> Self {
        self.world.route(path, fixed);
        self
    }

    /// The answer of `/-/npm/v1/keys`; without it that route is a 404, as on a registry that signs nothing.
    #[must_use]
    pub fn keys(mut self, keys: Value) -> Self {
        self.world.keys = Some(keys);
        self
    }

    /// Every request needs `Authorization: Bearer TOKEN`, else 401. Use [`Npm::basic`] for the other scheme.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.world.authorization = Some(format!("Bearer {token}"));
        self
    }

    /// Every request needs `Authorization: Basic CREDENTIALS` (already base64), else 401.
    #[must_use]
    pub fn basic(mut self, credentials: &str) -> Self {
        self.world.authorization = Some(format!("Basic {credentials}"));
        self
    }

    /// Serves the registry below a path such as `/repository/npm`, as company registries do.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.world.prefix = format!("/{}", prefix.trim_matches('/'));
        self
    }

    /// Makes `dist.tarball` point at another origin (`http://127.0.0.1:4444`); tarballs are still served here as well.
    #[must_use]
    pub fn tarball_origin(mut self, origin: &str) -> Self {
        self.world.tarball_origin = Some(origin.trim_end_matches('/').to_owned());
        self
    }

    /// Listens on a free port of 127.0.0.1, on a thread and runtime of its own.
    ///
    /// # Panics
    /// When no port can be bound.
    pub async fn start(self) -> FakeNpm {
        self.start_blocking()
    }

    /// [`Npm::start`] for tests without a runtime.
    ///
    /// # Panics
    /// When no port can be bound.
    pub fn start_blocking(self) -> FakeNpm {
        FakeNpm::start(self.world)
    }
}
