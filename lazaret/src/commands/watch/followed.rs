//! The lockfiles that are followed: read again when one of them changes.

use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use lazaret_project::{Files, Project};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How often lockfiles are looked for that were not there before.
const LOOK_ANEW: Duration = Duration::from_secs(3600);

/// What the project has.
pub(super) struct Followed {
    root: PathBuf,
    /// One lockfile, or all.
    only: Option<String>,
    pub(super) projects: Vec<Project>,
    /// Files that were not understood, with the reasons.
    pub(super) unread: Vec<String>,
    seen: Vec<(PathBuf, Option<(SystemTime, u64)>)>,
    looked_at: Instant,
}

impl Followed {
    /// Reads what a path means.
    ///
    /// # Errors
    /// When there is nothing there, or no lockfile that is understood.
    pub(super) fn open(path: Option<&Path>, surroundings: &Surroundings) -> Result<Self, Failure> {
        let shown = path.unwrap_or(Path::new("."));
        let full = surroundings.directory.join(shown);
        let wrong = |why: &dyn std::fmt::Display| {
            Failure::wrong_use(format!("cannot read {}: {why}", shown.display()))
        };
        let metadata = std::fs::metadata(&full).map_err(|error| wrong(&error))?;
        let (root, only) = match (metadata.is_dir(), full.file_name(), full.parent()) {
            (true, ..) => (full.clone(), None),
            (false, Some(name), Some(parent)) => {
                (parent.to_owned(), Some(name.to_string_lossy().into_owned()))
            }
            (false, ..) => return Err(wrong(&"it is neither a file nor a folder")),
        };
        let root = std::fs::canonicalize(&root).map_err(|error| wrong(&error))?;
        let mut followed = Self {
            root,
            only,
            projects: Vec::new(),
            unread: Vec::new(),
            seen: Vec::new(),
            looked_at: Instant::now(),
        };
        followed
            .read()
            .map_err(|error| Failure::new(Exit::WrongUse, error))?;
        if followed.projects.is_empty() {
            let why = match followed.unread.as_slice() {
                [] => format!("there is no lockfile in {}", shown.display()),
                unread => unread.join("; "),
            };
            return Err(Failure::new(Exit::Nothing, anyhow::anyhow!(why)));
        }
        Ok(followed)
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// What tells this watch from others: the folder, and the lockfile if it is one alone.
    pub(super) fn key(&self) -> String {
        let root = self.root.to_string_lossy();
        format!("{root}\0{}", self.only.as_deref().unwrap_or_default())
    }

    /// How the project is called.
    pub(super) fn name(&self) -> String {
        let of_manifests = self.projects.iter().filter_map(Project::name);
        let of_lockfiles = self.projects.iter().filter_map(|project| {
            let own = *project.lockfile.importers.first()?;
            let name = &*project.lockfile.entries[own as usize].name;
            (!name.is_empty()).then_some(name)
        });
        let folder = self.root.file_name();
        let folder = || folder.map(|name| name.to_string_lossy().into_owned());
        let mut names = of_manifests.chain(of_lockfiles);
        names
            .next()
            .map(str::to_owned)
            .or_else(folder)
            .unwrap_or_default()
    }

    /// Reads again if something changed; what cannot be read now stays as it was. Gives whether it did.
    pub(super) fn refresh(&mut self) -> bool {
        let is_old = self.looked_at.elapsed() > LOOK_ANEW;
        let changed = self.seen.iter().any(|(path, seen)| stamp(path) != *seen);
        if !changed && !is_old {
            return false;
        }
        let before = std::mem::take(&mut self.projects);
        if self.read().is_err() || self.projects.is_empty() {
            // A branch is being changed, or the disk is away: what was in use still is, as far as we know.
            self.projects = before;
        }
        true
    }

    fn read(&mut self) -> Result<(), lazaret_project::FilesError> {
        self.looked_at = Instant::now();
        let files = Files::below(&self.root)?;
        self.unread = files
            .unread
            .iter()
            .map(|(path, why)| format!("{path}: {why}"))
            .collect();
        self.seen = files
            .contents
            .keys()
            .map(|path| self.root.join(path))
            .map(|path| (path.clone(), stamp(&path)))
            .collect();
        let projects = match &self.only {
            Some(file) => vec![Project::read(&files, file)],
            None => Project::all(&files),
        };
        self.projects.clear();
        for project in projects {
            match project {
                Ok(project) => self.projects.push(project),
                Err(unreadable) => self
                    .unread
                    .push(format!("{}: {}", unreadable.path, unreadable.error)),
            }
        }
        Ok(())
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
