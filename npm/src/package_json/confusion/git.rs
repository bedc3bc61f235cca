//! Repositories of the known hosts: publishing writes them in another notation than authors do.
//! Source: hosted-git-info.

const HOSTS: [(&str, &str); 3] = [
    ("github", "github.com"),
    ("gitlab", "gitlab.com"),
    ("bitbucket", "bitbucket.org"),
];

/// `host:owner/name#commit` for every way to write a repository of a known host; nothing for anything else.
pub(super) fn canonical(spec: &str) -> Option<String> {
    let (place, commit) = match spec.split_once('#') {
        Some((place, commit)) => (place, Some(commit)),
        None => (spec, None),
    };
    let (host, path) = shortcut(place).or_else(|| address(place))?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/')?;
    let is_plain = |part: &str| !part.is_empty() && !part.contains([':', '@', ' ', '\\']);
    if !is_plain(owner) || !is_plain(name) || name.contains('/') && host != "gitlab" {
        return None;
    }
    let commit = commit.map(|commit| format!("#{commit}"));
    Some(format!("{host}:{path}{}", commit.unwrap_or_default()))
}

/// `github:owner/name`, or `owner/name` alone.
fn shortcut(place: &str) -> Option<(&'static str, &str)> {
    for (host, _) in HOSTS {
        if let Some(path) = place
            .strip_prefix(host)
            .and_then(|rest| rest.strip_prefix(':'))
        {
            return Some((host, path));
        }
    }
    let is_path = place.starts_with(['.', '/', '~', '@']) || place.contains(':');
    (!is_path && place.matches('/').count() == 1).then_some(("github", place))
}

/// `git+ssh://git@github.com/owner/name.git`, `https://github.com/owner/name`, `git@github.com:owner/name`.
fn address(place: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = place.split_once("://").unwrap_or(("ssh", place));
    let is_git = matches!(
        scheme,
        "git" | "git+ssh" | "git+https" | "git+http" | "ssh" | "https" | "http"
    );
    if !is_git {
        return None;
    }
    let rest = match rest.split_once('@') {
        Some((user, rest)) if !user.contains('/') => rest,
        _ => rest,
    };
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    for (host, domain) in HOSTS {
        let Some(path) = rest.strip_prefix(domain) else {
            continue;
        };
        let path = path.strip_prefix(['/', ':'])?;
        // An archive of the host is a file, not a repository.
        let is_archive =
            path.contains("/archive/") || path.contains("/tarball/") || path.contains("/-/");
        return (!is_archive).then_some((host, path));
    }
    None
}
