//! The worker's side: everything that reads what a package's author wrote.

use super::request::{Asked, AskedContent, AskedPackage};
use super::{Answer, Deadly, excerpts, imports};
use bytes::Bytes;
use lazaret_analysis::report::Incomplete;
use lazaret_analysis::{File, Inspected, Limits, Package, change, inspect};
use lazaret_npm::package_json::confusion;
use lazaret_npm::tarball::{Limits as ArchiveLimits, TarballError};
use lazaret_npm::{Contents, PackageJson, Tarball};

/// The variable that makes a worker yield the processor to others.
pub(crate) const POLITE: &str = "LAZARET_POLITE_WORKER";

/// The variable by which a parent keeps the allocator from starting a thread, which would die of the last layer. Whoever
/// starts a worker by hand does not set it.
pub(crate) const ALLOCATOR: &str = "_RJEM_MALLOC_CONF";

/// Answers requests until the parent hangs up. The first thing that this program does when it is called as a worker.
///
/// A worker makes room for everybody else: serving and other commands go before inspecting where the parent says so
/// ([`Inspector::polite`](crate::Inspector::polite)).
#[expect(
    clippy::exit,
    reason = "it is all that the program does, and nothing was begun"
)]
pub fn run() -> ! {
    if std::env::var_os(ALLOCATOR).is_none() {
        let said =
            "error: this is a worker, which lazaret starts by itself: run `lazaret inspect`\n";
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        std::process::exit(2);
    }
    #[cfg(unix)]
    if std::env::var_os(POLITE).is_some() {
        // It only runs later than it might.
        let _ = rustix::process::nice(10);
    }
    lazaret_sandbox::worker::serve(|request, worker| {
        if let Some(asked) = imports::Asked::read(request) {
            let answer = imports::answer(&asked, &mut |note| worker.note(note));
            return serde_json::to_vec(&answer).unwrap_or_default();
        }
        let answer = answer(request, &mut |note| worker.note(note));
        // A report that cannot be written is no answer, and so a failure.
        serde_json::to_vec(&answer).unwrap_or_default()
    })
}

/// What a worker answers to the bytes of a [`Request`](crate::Request). In this very process, so for tests only: hostile
/// bytes are read in a worker.
///
/// A note is the number of the package and the path of the file that is looked at, so that a crash can be told by it.
pub fn answer(request: &[u8], note: &mut dyn FnMut(&[u8])) -> Answer {
    let Some(asked) = Asked::read(request) else {
        return Answer::Confused;
    };
    let limits = Limits::default();
    let mut inspected: Vec<(Package, Inspected)> = Vec::new();
    let last = asked.packages.len() - 1;
    for (index, package) in asked.packages.into_iter().enumerate() {
        let mut at = |path: &str| note(&noted(index, path));
        at("");
        let mut package = match read(package) {
            Ok(package) => package,
            Err(why) => {
                return Answer::NotAPackage {
                    package: index,
                    why,
                };
            }
        };
        let deadly = asked.deadly.iter();
        let deadly: Vec<&Deadly> = deadly.filter(|deadly| deadly.package == index).collect();
        leave_out(&deadly, &mut package);
        // Compared with another version, history counts in the comparison.
        if last == 0 {
            package.history.clone_from(&asked.history);
        }
        let mut report = inspect(&package, &limits, &mut at);
        name(&deadly, &mut report.report.incomplete);
        if index < last {
            // Its files are not needed again.
            package = Package::default();
        }
        inspected.push((package, report));
    }
    let mut at = |path: &str| note(&noted(last, path));
    let mut inspected = inspected.into_iter();
    match (inspected.next(), inspected.next()) {
        (Some((package, Inspected { report, .. })), None) => {
            let findings = report.findings.iter();
            Answer::Report {
                excerpts: match asked.excerpts {
                    true => excerpts::of(&package, findings, &limits, &mut at),
                    false => Vec::new(),
                },
                report: Box::new(report),
            }
        }
        (Some((_, before)), Some((package, after))) => {
            let change = change(&before, &after, asked.history.as_ref());
            Answer::Change {
                before: before.report.judgement.outcome,
                excerpts: match asked.excerpts {
                    true => excerpts::of(&package, change.new_findings(), &limits, &mut at),
                    false => Vec::new(),
                },
                change: Box::new(change),
            }
        }
        _ => Answer::Confused,
    }
}

/// Takes the bytes of files that no worker survives. What else the package does is worth knowing all the same.
fn leave_out(deadly: &[&Deadly], package: &mut Package) {
    for deadly in deadly {
        let of_path = |file: &&mut File| file.path == deadly.file;
        for file in package.files.iter_mut().filter(of_path) {
            file.bytes = Bytes::new();
        }
        package.incomplete.push(told(deadly));
    }
}

fn told(deadly: &Deadly) -> String {
    format!("{} was not read: {}", deadly.file, deadly.why)
}

/// Packages know only of themselves what is incomplete: this says of which file it is.
fn name(deadly: &[&Deadly], incomplete: &mut [Incomplete]) {
    for incomplete in incomplete {
        let of_this = |deadly: &&&Deadly| incomplete.why == told(deadly);
        if let Some(deadly) = deadly.iter().find(of_this) {
            incomplete.file = Some(deadly.file.clone());
            incomplete.why.clone_from(&deadly.why);
        }
    }
}

/// `0lib/index.js`.
pub(super) fn noted(package: usize, path: &str) -> Vec<u8> {
    format!("{package}{path}").into_bytes()
}

/// Which package and which file a note names.
pub(super) fn read_note(note: &[u8]) -> Option<(usize, Option<String>)> {
    let (package, path) = note.split_first()?;
    let package = usize::from(package.checked_sub(b'0')?);
    let path = String::from_utf8_lossy(path).into_owned();
    Some((package, (!path.is_empty()).then_some(path)))
}

/// The files of a package, or why it is none.
fn read(asked: AskedPackage) -> Result<Package, String> {
    let mut package = match asked.content {
        AskedContent::Files(files) => Package {
            files: files
                .into_iter()
                .map(|(path, bytes)| File {
                    path,
                    bytes,
                    disputed: false,
                })
                .collect(),
            ..Package::default()
        },
        AskedContent::Tarball(bytes) => {
            let tarball = Tarball::unverified(bytes);
            match tarball.contents(&ArchiveLimits::default()) {
                Ok(contents) => of_contents(contents),
                // Some client may read what we cannot.
                Err(error @ (TarballError::TooLarge { .. } | TarballError::Zstd)) => unread(&error),
                Err(error) if asked.published => unread(&error),
                Err(error) => return Err(error.to_string()),
            }
        }
    };
    package.incomplete.extend(asked.incomplete);
    if let Some(manifest) = &asked.manifest {
        package.confusion = confusion(manifest, &package);
    }
    Ok(package)
}

fn of_contents(contents: Contents) -> Package {
    let irregularities = contents.irregularities.iter();
    let incomplete = contents.incomplete.iter();
    Package {
        archive: irregularities
            .map(|found| format!("{}: {}", found.kind, found.what))
            .collect(),
        incomplete: incomplete
            .map(|hit| format!("{}: {}", hit.limit.as_str(), hit.what))
            .collect(),
        files: contents
            .files
            .into_iter()
            .map(|entry| File {
                path: entry.path,
                bytes: entry.bytes,
                disputed: entry.disputed,
            })
            .collect(),
        ..Package::default()
    }
}

fn unread(error: &TarballError) -> Package {
    Package {
        incomplete: vec![error.to_string()],
        ..Package::default()
    }
}

/// In what the registry's manifest differs from the package's own, in words. An archive may have more than one.
fn confusion(manifest: &str, package: &Package) -> Vec<String> {
    let has_gyp = package.files.iter().any(|file| file.path == "binding.gyp");
    let mut found = Vec::new();
    for file in package
        .files
        .iter()
        .filter(|file| file.path == "package.json")
    {
        // One that cannot be read is told of by itself.
        let Ok(own) = PackageJson::parse(&file.bytes) else {
            continue;
        };
        match confusion::differences(&own, has_gyp, manifest) {
            Ok(differences) => found.extend(differences.iter().map(ToString::to_string)),
            Err(error) => found.push(format!("the registry's manifest cannot be read: {error}")),
        }
    }
    found.dedup();
    found
}
