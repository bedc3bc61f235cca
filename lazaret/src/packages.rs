//! Packages as people name them on the command line: tarballs, folders, versions of a registry.

mod folder;
mod registry;
mod signatures;

#[cfg(test)]
mod tests;

pub(crate) use registry::{Asked, Missed, Source, Version};

use crate::exit::{Exit, Failure};
use crate::inspection::{Content, Given, Input};
use anyhow::{Context, anyhow};
use bytes::Bytes;
use lazaret_npm::{Hasher, PackageId};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// No tarball of npm is that large.
const MOST_TARBALL: u64 = 256 << 20;

/// What an argument names. Nothing is read yet, but it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Tarball(PathBuf),
    Folder(PathBuf),
    Version(PackageId),
}

impl Named {
    /// A version if it can be one, as npm takes it: `./chalk@5.6.1` is a path.
    ///
    /// # Errors
    /// When it is neither a version nor something on disk.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if let Ok(id) = PackageId::parse(text) {
            return Ok(Self::Version(id));
        }
        let path = PathBuf::from(text);
        match std::fs::metadata(&path) {
            Ok(found) if found.is_dir() && !path.join("package.json").exists() => {
                let inside = path.join("package");
                let hint = match inside.join("package.json").exists() {
                    true => format!("; did you mean {}?", inside.display()),
                    false => String::new(),
                };
                let text = format!("{text} is no package: it has no package.json{hint}");
                Err(Failure::new(Exit::Nothing, anyhow!(text)))
            }
            Ok(found) if found.is_dir() => Ok(Self::Folder(path)),
            Ok(found) if found.is_file() => Ok(Self::Tarball(path)),
            Ok(_) => Err(Failure::wrong_use(format!(
                "{text} is neither a file nor a folder"
            ))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(Failure::wrong_use(format!(
                    "there is no {text}: name a tarball, a folder with a package.json, or a version such as chalk@5.6.1"
                )))
            }
            Err(error) => Err(Failure::wrong_use(format!("cannot read {text}: {error}"))),
        }
    }

    /// What reports call it: nothing of this machine is in it.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Version(id) => id.to_string(),
            Self::Tarball(path) | Self::Folder(path) => {
                let whole = match path.file_name() {
                    // `.` and `..` are called what they are.
                    None => std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
                    Some(_) => path.clone(),
                };
                whole
                    .file_name()
                    .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
            }
        }
    }
}

/// A package in memory, unread.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) input: Input,
    pub(crate) body: Body,
    /// What the registry's document says of it.
    pub(crate) manifest: Option<String>,
    /// Why not all of it is here.
    pub(crate) incomplete: Vec<String>,
}

#[derive(Debug)]
pub(crate) enum Body {
    Tarball(Bytes),
    Files(Vec<(String, Vec<u8>)>),
}

impl Default for Body {
    fn default() -> Self {
        Self::Files(Vec::new())
    }
}

impl Package {
    /// Reads a tarball or folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(named: &Named) -> anyhow::Result<Self> {
        let input = Input {
            input: named.label(),
            ..Input::default()
        };
        match named {
            Named::Tarball(path) => {
                let bytes = read_file(path)?;
                Ok(Self {
                    input: Input {
                        integrity: Some(integrity(&bytes)),
                        ..input
                    },
                    body: Body::Tarball(bytes),
                    ..Self::default()
                })
            }
            Named::Folder(path) => {
                let folder = folder::read(path, &folder::Bounds::default());
                Ok(Self {
                    input: Input {
                        left_out: folder.left_out,
                        folder: below_here(path),
                        ..input
                    },
                    body: Body::Files(folder.files),
                    manifest: None,
                    incomplete: folder.incomplete,
                })
            }
            Named::Version(id) => Err(anyhow!("{id} is not on disk")),
        }
    }

    /// As a worker is given it.
    pub(crate) fn given(&self) -> Given<'_> {
        Given {
            content: match &self.body {
                Body::Tarball(bytes) => Content::Tarball(bytes),
                Body::Files(files) => Content::Files(files),
            },
            manifest: self.manifest.as_deref(),
            incomplete: &self.incomplete,
            published: self.manifest.is_some(),
        }
    }
}

/// `packages/tool` of `./packages/tool/`; nothing for what lies elsewhere.
fn below_here(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => parts.push(name.to_string_lossy()),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn read_file(path: &Path) -> anyhow::Result<Bytes> {
    let shown = path.display();
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let mut bytes = Vec::new();
    file.take(MOST_TARBALL + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > MOST_TARBALL {
        return Err(anyhow!(
            "{shown} is larger than 256 MiB, which no tarball is"
        ));
    }
    Ok(bytes.into())
}

/// As lockfiles have it.
fn integrity(bytes: &[u8]) -> String {
    let mut hasher = Hasher::with_sha384(false);
    hasher.update(bytes);
    hasher.finish().integrity()
}
