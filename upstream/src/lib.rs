//! How we ask registries and feeds: limits, retries, redirects, credentials, validators. Nothing here decides or stores.
//! Invariants: credentials go to the registry's own origin only; no body is handed on as whole that was not; every wait and size ends.

mod address;
mod answer;
mod attempts;
mod breaker;
mod client;
mod download;
mod error;
mod feed;
mod flow;
mod inflate;
mod npmrc;
mod pools;
mod post;
mod redirect;
mod registry;
mod retry_after;
mod settings;

pub use answer::{Answer, Document, Passthrough, Validators};
pub use download::Download;
pub use error::{Phase, UpstreamError};
pub use feed::{Feed, Fetched};
pub use npmrc::{Npmrc, NpmrcError};
pub use post::{Posted, Poster};
pub use registry::Registry;
pub use settings::{Auth, FeedSettings, RegistrySettings};
