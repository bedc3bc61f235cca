//! What a worker is asked: the length of a head in four bytes, the head as JSON, then the bytes that the head gives the
//! lengths of, one after the other.

use bytes::Bytes;
use lazaret_analysis::History;
use serde::{Deserialize, Serialize};

/// Longer heads are not read: a hundred thousand paths of the longest kind fit.
const MOST_HEAD: usize = 128 << 20;

/// One package to inspect, or two to compare: the version before comes first.
#[derive(Debug)]
pub struct Request<'b> {
    pub packages: Vec<Given<'b>>,
    /// What the registry tells of the last package.
    pub history: Option<&'b History>,
    /// Whether minified code is to be shown round what was found.
    pub excerpts: bool,
    /// Files on which workers died: they are not read again.
    pub deadly: Vec<Deadly>,
}

/// A file on which a worker died.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deadly {
    /// Which of the packages, from 0.
    pub package: usize,
    pub file: String,
    /// Of what.
    pub why: String,
}

/// One package.
#[derive(Debug)]
pub struct Given<'b> {
    pub content: Content<'b>,
    /// What the registry's document says of this version, to compare it with the package's own `package.json`.
    pub manifest: Option<&'b str>,
    /// Why not all of it is here, in words.
    pub incomplete: &'b [String],
    /// It is a package whatever its bytes look like: a registry has it.
    pub published: bool,
}

#[derive(Debug)]
pub enum Content<'b> {
    Tarball(&'b [u8]),
    /// Paths below the folder, with `/`.
    Files(&'b [(String, Vec<u8>)]),
}

/// A request as bytes, in pieces that are not copied.
pub struct Encoded<'b> {
    head: Vec<u8>,
    bodies: Vec<&'b [u8]>,
}

/// A request as the worker reads it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) packages: Vec<AskedPackage>,
    pub(super) history: Option<History>,
    pub(super) excerpts: bool,
    pub(super) deadly: Vec<Deadly>,
}

#[derive(Debug)]
pub(super) struct AskedPackage {
    pub(super) content: AskedContent,
    pub(super) manifest: Option<String>,
    pub(super) incomplete: Vec<String>,
    pub(super) published: bool,
}

#[derive(Debug)]
pub(super) enum AskedContent {
    Tarball(Bytes),
    Files(Vec<(String, Bytes)>),
}

#[derive(Serialize, Deserialize)]
struct Head {
    packages: Vec<Package>,
    history: Option<History>,
    excerpts: bool,
    deadly: Vec<Deadly>,
}

#[derive(Serialize, Deserialize)]
struct Package {
    shape: Shape,
    manifest: Option<String>,
    incomplete: Vec<String>,
    published: bool,
}

/// With the lengths of what follows.
#[derive(Serialize, Deserialize)]
enum Shape {
    Tarball(usize),
    Files(Vec<(String, usize)>),
}

impl<'b> Request<'b> {
    /// As bytes.
    ///
    /// # Errors
    /// Never for what commands put together.
    pub fn encoded(&self) -> serde_json::Result<Encoded<'b>> {
        let mut bodies = Vec::new();
        let packages = self.packages.iter().map(|given| Package {
            shape: match given.content {
                Content::Tarball(bytes) => {
                    bodies.push(bytes);
                    Shape::Tarball(bytes.len())
                }
                Content::Files(files) => {
                    bodies.extend(files.iter().map(|(_, bytes)| bytes.as_slice()));
                    let length = |(path, bytes): &(String, Vec<u8>)| (path.clone(), bytes.len());
                    Shape::Files(files.iter().map(length).collect())
                }
            },
            manifest: given.manifest.map(str::to_owned),
            incomplete: given.incomplete.to_vec(),
            published: given.published,
        });
        let head = Head {
            packages: packages.collect(),
            history: self.history.cloned(),
            excerpts: self.excerpts,
            deadly: self.deadly.clone(),
        };
        let mut bytes = vec![0; 4];
        serde_json::to_writer(&mut bytes, &head)?;
        // A head that is too long for its own length is refused by who reads it.
        let length = u32::try_from(bytes.len() - 4).unwrap_or(u32::MAX);
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        Ok(Encoded {
            head: bytes,
            bodies,
        })
    }
}

impl Encoded<'_> {
    /// All of it, in order.
    pub fn pieces(&self) -> Vec<&[u8]> {
        let head = std::iter::once(self.head.as_slice());
        head.chain(self.bodies.iter().copied()).collect()
    }
}

impl Asked {
    /// Reads what [`Request::encoded`] writes; `None` for anything else.
    pub(super) fn read(request: &[u8]) -> Option<Self> {
        let (length, rest) = request.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if length > MOST_HEAD {
            return None;
        }
        let (head, bodies) = rest.split_at_checked(length)?;
        let head: Head = serde_json::from_slice(head).ok()?;
        let mut bodies = Bytes::copy_from_slice(bodies);
        let mut next = |length: usize| (length <= bodies.len()).then(|| bodies.split_to(length));
        let mut packages = Vec::new();
        for package in head.packages {
            let content = match package.shape {
                Shape::Tarball(length) => AskedContent::Tarball(next(length)?),
                Shape::Files(files) => AskedContent::Files(
                    files
                        .into_iter()
                        .map(|(path, length)| Some((path, next(length)?)))
                        .collect::<Option<_>>()?,
                ),
            };
            packages.push(AskedPackage {
                content,
                manifest: package.manifest,
                incomplete: package.incomplete,
                published: package.published,
            });
        }
        (bodies.is_empty() && matches!(packages.len(), 1 | 2)).then_some(Self {
            packages,
            history: head.history,
            excerpts: head.excerpts,
            deadly: head.deadly,
        })
    }
}
