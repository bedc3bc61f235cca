//! Where an entry comes from.

/// Who is asked for the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A registry: the only source whose versions advisories mean.
    #[default]
    Registry,
    /// A tarball at an address that the project or a package wrote down.
    Url,
    Git,
    /// A tarball in the project or on this machine.
    File,
    /// A folder in the project or on this machine, linked or copied.
    Folder,
    /// A part of the project itself.
    Workspace,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Url => "url",
            Self::Git => "git",
            Self::File => "file",
            Self::Folder => "folder",
            Self::Workspace => "workspace",
        }
    }

    /// What a spec (`^1.0.0`, `git+https://…`, `file:../a`, `owner/repository`) asks for.
    pub fn of_spec(spec: &str) -> Self {
        let spec = spec.trim();
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| spec.starts_with(prefix));
        if begins(&[
            "git+",
            "git:",
            "git@",
            "github:",
            "gitlab:",
            "bitbucket:",
            "gist:",
            "ssh:",
        ]) {
            return Self::Git;
        }
        if begins(&["http://", "https://"]) {
            let path = spec.split(['#', '?']).next().unwrap_or(spec);
            return match path.ends_with(".git") {
                true => Self::Git,
                false => Self::Url,
            };
        }
        if begins(&["workspace:"]) {
            return Self::Workspace;
        }
        if begins(&["link:", "portal:"]) {
            return Self::Folder;
        }
        if begins(&["file:", "./", "../", "/", "~/"]) {
            let path = spec.split("::").next().unwrap_or(spec);
            let path = path.split('#').next().unwrap_or(path);
            let is_tarball = [".tgz", ".tar.gz", ".tar"]
                .iter()
                .any(|end| path.ends_with(end));
            return match is_tarball {
                true => Self::File,
                false => Self::Folder,
            };
        }
        if is_shorthand(spec) {
            return Self::Git;
        }
        Self::Registry
    }
}

/// `owner/repository#branch`: GitHub's, by npm's rules.
fn is_shorthand(spec: &str) -> bool {
    let path = spec.split('#').next().unwrap_or(spec);
    let Some((owner, repository)) = path.split_once('/') else {
        return false;
    };
    let is_part = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !part.is_empty() && part.bytes().all(allowed)
    };
    is_part(owner) && is_part(repository)
}
