//! What npm says: names, versions, ranges, integrity. Pure: no clock, no files, no network, no randomness;
//! the same input gives the same output.

mod as_text;
pub mod digest;
pub mod id;
pub mod integrity;
pub mod lockfile;
pub mod name;
pub mod package_json;
pub mod packument;
pub mod range;
pub mod spec;
pub mod tarball;
pub mod text;
pub mod version;

pub use digest::{Digests, Hasher, hex};
pub use id::{PackageId, PackageIdError};
pub use integrity::{Algorithm, Integrity, IntegrityError, Mismatch, Strength};
pub use lockfile::{Inventory, Locked, Lockfile, LockfileError};
pub use name::{NameError, NamePattern, PackageName};
pub use package_json::{PackageJson, PackageJsonError};
pub use range::{Range, RangeError};
pub use spec::{Spec, SpecError, Wanted};
pub use tarball::{Contents, Tarball, TarballError};
pub use version::{Identifier, Version, VersionError};
