//! A package as it lies in a folder: what `npm pack` would take, and more. Only what is surely not the package's is left
//! out, and that is told.

use std::fs::{DirEntry, File};
use std::io::Read;
use std::path::Path;

/// Folders that installing and version control make.
const NOT_THE_PACKAGES: [&str; 2] = ["node_modules", ".git"];

/// How much of a folder is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) files: usize,
    /// Of all files together.
    pub(super) bytes: u64,
    /// Folders within folders.
    pub(super) depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            files: 50_000,
            bytes: 200 << 20,
            depth: 64,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Folder {
    /// By path, with `/`.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// Sorted.
    pub(super) left_out: Vec<String>,
    /// What should have been read and was not, in words; sorted.
    pub(super) incomplete: Vec<String>,
}

/// Reads the regular files of a folder. Links are not followed: they could lead anywhere, and npm packs none.
pub(super) fn read(root: &Path, bounds: &Bounds) -> Folder {
    let mut reading = Reading {
        folder: Folder::default(),
        bounds,
        left: bounds.bytes,
        is_full: false,
    };
    reading.read(root, "", 0);
    let mut folder = reading.folder;
    folder.files.sort();
    folder.left_out.sort();
    folder.incomplete.sort();
    folder
}

struct Reading<'b> {
    folder: Folder,
    bounds: &'b Bounds,
    left: u64,
    /// A bound was hit and told; nothing more is read.
    is_full: bool,
}

impl Reading<'_> {
    fn read(&mut self, directory: &Path, prefix: &str, depth: usize) {
        let entries = std::fs::read_dir(directory).and_then(Iterator::collect);
        let mut entries: Vec<DirEntry> = match entries {
            Ok(entries) => entries,
            Err(error) => return self.unread(prefix.trim_end_matches('/'), &error),
        };
        // In the order in which the same folder is read on every machine, so that the same bound cuts the same files.
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            if self.is_full {
                return;
            }
            let name = entry.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) => {
                    self.unread(&path, &error);
                    continue;
                }
            };
            if kind.is_symlink() {
                self.folder.left_out.push(format!("{path} (a link)"));
            } else if kind.is_dir() && NOT_THE_PACKAGES.iter().any(|known| name == **known) {
                self.folder.left_out.push(path);
            } else if kind.is_dir() {
                if depth >= self.bounds.depth {
                    let why = format!("{path}: more than {} folders deep", self.bounds.depth);
                    self.folder.incomplete.push(why);
                } else {
                    self.read(&entry.path(), &format!("{path}/"), depth + 1);
                }
            } else if kind.is_file() {
                self.file(&entry.path(), path);
            } else {
                self.folder.left_out.push(format!("{path} (no file)"));
            }
        }
    }

    fn file(&mut self, file: &Path, path: String) {
        if self.folder.files.len() >= self.bounds.files {
            return self.full(format!("more than {} files", self.bounds.files));
        }
        let mut bytes = Vec::new();
        let read = File::open(file).and_then(|file| {
            // It may grow while it is read.
            file.take(self.left + 1).read_to_end(&mut bytes)
        });
        match read {
            Ok(read) if read as u64 > self.left => {
                self.full(format!("more than {} bytes", self.bounds.bytes));
            }
            Ok(read) => {
                self.left -= read as u64;
                self.folder.files.push((path, bytes));
            }
            Err(error) => self.unread(&path, &error),
        }
    }

    fn full(&mut self, why: String) {
        self.is_full = true;
        self.folder
            .incomplete
            .push(format!("the folder has {why}: the rest was not read"));
    }

    fn unread(&mut self, path: &str, error: &std::io::Error) {
        self.folder
            .incomplete
            .push(format!("{path} could not be read: {}", error.kind()));
    }
}
